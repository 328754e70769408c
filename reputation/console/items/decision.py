"""A held action: somebody proposed it, and a second person agrees, refuses, or decides something else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.console.dossier import record
from reputation.console.dossier.about import about
from reputation.console.items import readings
from reputation.console.items.page import Deed, Forms, Page, ReasonForm, Sent
from reputation.console.items.wanted import WantedForm, of_action, wanted_of
from reputation.governance.actions.services import action_second
from reputation.governance.facts import measure_sentence
from reputation.governance.models import ActionState, WorkItem

NEWEST = 5


def context(item: WorkItem, user: User, filled: Forms) -> dict[str, Any]:
    action = item.action
    of = (action.kind, action.subject_id)
    rule = readings.rule_of(action.policy, action.rule)
    return {
        "action": action,
        "sentence": measure_sentence(action),
        "own": action.proposer_id == user.pk,
        "rule": rule,
        "condition": readings.rule_in_words(rule) if rule else "",
        "readings": readings.lines(action.facts.get("readings", [])),
        "about": about(*of),
        "other_actions": record.actions(*of).exclude(pk=action.pk)[:NEWEST],
    }


def _agree_form(item: WorkItem, sent: Sent) -> ReasonForm:
    return ReasonForm(sent, prefix="agree", label=gettext_lazy("Remark"), required=False)


def _agree(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    action_second(action=item.action, by=user, decision="agree", reason=given["reason"])
    return _("Agreed: it is in force, and the subject and the platform are told.")


def _refuse_form(item: WorkItem, sent: Sent) -> ReasonForm:
    return ReasonForm(sent, prefix="refuse", label=gettext_lazy("Why it is refused"))


def _refuse(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    action_second(action=item.action, by=user, decision="refuse", reason=given["reason"])
    return _("Refused. It never counted, and the record says why.")


class OtherForm(WantedForm):
    """Something else instead, with why."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"] = ReasonForm(label=gettext_lazy("Why something else")).fields["reason"]


def _other_form(item: WorkItem, sent: Sent) -> OtherForm:
    action = item.action
    return OtherForm(sent, initial=of_action(action), kind=action.kind, cured=bool(action.rule), prefix="other")


def _other(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    made = action_second(action=item.action, by=user, decision="other", reason=given["note"], other=wanted_of(given))
    if made.state == ActionState.HELD:
        return _("It goes further than what was proposed, so it waits for a second person in its turn.")
    return _("Done: this is in force instead, and the record names both of you.")


PAGE = Page(
    "decision.html",
    {"agree": Deed(_agree_form, _agree), "refuse": Deed(_refuse_form, _refuse), "other": Deed(_other_form, _other)},
    context,
)
