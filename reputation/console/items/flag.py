"""A flag: what the rule says, what it read, and whether anything is to be done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.console.dossier import incidents, record
from reputation.console.dossier.about import about
from reputation.console.items import readings
from reputation.console.items.page import Deed, Forms, Page, ReasonForm, Sent
from reputation.console.items.wanted import WantedForm, of_flag, wanted_of
from reputation.governance.actions.selectors import persons_only_until
from reputation.governance.actions.services import action_propose
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import ActionState, WorkItem
from reputation.governance.sanctions import needs_second

NEWEST = 5


def context(item: WorkItem, user: User, filled: Forms) -> dict[str, Any]:
    flag = item.flag
    of = (flag.kind, flag.subject_id)
    rule = readings.rule_of(flag.policy, flag.rule)
    return {
        "flag": flag,
        "rule": rule,
        "condition": readings.rule_in_words(rule) if rule else "",
        "reason": readings.reason_of(rule),
        "readings": readings.lines(flag.readings),
        "about": about(*of),
        "other_flags": record.flags(*of).exclude(pk=flag.pk)[:NEWEST],
        "other_actions": record.actions(*of)[:NEWEST],
        "led_to": flag.actions.order_by("-id"),
        "second": needs_second(flag.sanction, item.tier),
        "persons_only": persons_only_until(flag.rule),
        "newest": incidents.newest_query({reading["metric"] for reading in flag.readings}),
    }


def _act_form(item: WorkItem, sent: Sent) -> WantedForm:
    rule = readings.rule_of(item.flag.policy, item.flag.rule)
    first = of_flag(item.flag, rule.reason if rule else {})
    return WantedForm(sent, initial=first, kind=item.flag.kind, cured=True, prefix="act")


def _act(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    flag = item.flag
    action = action_propose(
        kind=flag.kind, subject_id=flag.subject_id, wanted=wanted_of(given), by=user, request=given["request"],
        flag=flag,
    )  # fmt: skip
    return said(action.state)


def said(state: str) -> str:
    """What a person is told of an action that was just proposed."""
    if state == ActionState.HELD:
        return _("Proposed. It waits for a second person; nobody outside is told until then.")
    return _("Done: it is in force, and the subject and the platform are told.")


def _dismiss_form(item: WorkItem, sent: Sent) -> ReasonForm:
    return ReasonForm(
        sent, prefix="dismiss", label=gettext_lazy("Why nothing is to be done"),
        help_text=gettext_lazy("Staff alone read it. The flag stays on record."),
    )  # fmt: skip


def _dismiss(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    flag_dismiss(flag=item.flag, by=user, reason=given["reason"])
    return _("Dismissed. Nobody is asked again while it goes on firing.")


PAGE = Page("flag.html", {"act": Deed(_act_form, _act), "dismiss": Deed(_dismiss_form, _dismiss)}, context)
