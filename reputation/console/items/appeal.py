"""An appeal: what the subject says against an action, decided by somebody who had no part in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.console.dossier import record
from reputation.console.dossier.about import about
from reputation.console.dossier.units import disputed
from reputation.console.items import readings
from reputation.console.items.page import Deed, Forms, Page, ReasonForm, Sent
from reputation.governance.appeals.services import appeal_decide
from reputation.governance.appeals.units import REASON
from reputation.governance.facts import measure_sentence
from reputation.governance.models import WorkItem

NEWEST = 5


def context(item: WorkItem, user: User, filled: Forms) -> dict[str, Any]:
    appeal = item.appeal
    action = appeal.action
    of = (action.kind, action.subject_id)
    rule = readings.rule_of(action.policy, action.rule)
    return {
        "appeal": appeal,
        "action": action,
        "sentence": measure_sentence(action),
        "own": user.pk in (action.proposer_id, action.seconder_id),
        "files": appeal.files.defer("content").order_by("id"),
        "units": disputed(*of, appeal.units),
        "excluded": set(appeal.excluded),
        "ticked": set(filled["won"]["exclude"].value() or ()) if "won" in filled and appeal.units else set(),
        "rule": rule,
        "condition": readings.rule_in_words(rule) if rule else "",
        "readings": readings.lines(action.facts.get("readings", [])),
        "about": about(*of),
        "earlier": record.appeals(*of).exclude(pk=appeal.pk)[:NEWEST],
    }


class WonForm(ReasonForm):
    """The appeal is right; what it disputes is set aside as far as it is ticked. The boxes stand beside the evidence,
    outside the form, which they name."""

    exclude = forms.MultipleChoiceField(
        label=gettext_lazy("Set aside, for this subject alone"), required=False, widget=forms.CheckboxSelectMultiple
    )
    because = forms.ChoiceField(
        label=gettext_lazy("Set aside because of"), required=False,
        choices=[("", gettext_lazy("nothing is set aside")), *REASON.items()],
    )  # fmt: skip

    def __init__(self, *args: Any, units: list[str], **kwargs: Any) -> None:
        super().__init__(*args, label=gettext_lazy("What the subject is told"), **kwargs)
        self.fields["exclude"].choices = [(unit, unit) for unit in units]
        if not units:
            del self.fields["exclude"], self.fields["because"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("exclude")) != bool(given.get("because")):
            raise ValidationError(_("Tick what is set aside and say because of what, or neither."))
        return given


def _won_form(item: WorkItem, sent: Sent) -> WonForm:
    return WonForm(sent, prefix="won", units=item.appeal.units)


def _won(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    _decide(item, user, won=True, given=given)
    return _("The appeal is won: the action is undone, and nights that counted what is set aside are rated anew.")


def _lost_form(item: WorkItem, sent: Sent) -> ReasonForm:
    return ReasonForm(sent, prefix="lost", label=gettext_lazy("What the subject is told"))


def _lost(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    _decide(item, user, won=False, given=given)
    return _("The appeal is lost: the action stands, and the subject is told why.")


def _decide(item: WorkItem, user: User, *, won: bool, given: Mapping[str, Any]) -> None:
    appeal_decide(
        appeal=item.appeal, by=user, won=won, reason=given["reason"], exclude=given.get("exclude", []),
        because=given.get("because") or "other",
    )  # fmt: skip


PAGE = Page("appeal.html", {"won": Deed(_won_form, _won), "lost": Deed(_lost_form, _lost)}, context)
