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
from reputation.governance.appeals.services import MOST_UNITS, appeal_decide
from reputation.governance.appeals.units import REASON, subject_units, units_told
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
        "aside": disputed(*of, [unit for unit in appeal.excluded if unit not in appeal.units]),
        "ticked": set(_ticked(filled["won"])) if "won" in filled else set(),
        "rule": rule,
        "condition": readings.rule_in_words(rule) if rule else "",
        "readings": readings.lines(action.facts.get("readings", [])),
        "about": about(*of),
        "earlier": record.appeals(*of).exclude(pk=appeal.pk)[:NEWEST],
    }


def offered(item: WorkItem, filled: Forms, search: str) -> dict[str, Any]:
    """Beside what is disputed, what else speaks against the subject: what was ticked, then the latest that counts."""
    appeal, action = item.appeal, item.appeal.action
    of, room = (action.kind, action.subject_id), max(MOST_UNITS - len(appeal.units), 0)
    found = subject_units(*of, search=search, size=room, answers=True).units if room else []
    names = [*_ticked(filled["won"]), *(one.unit for one in found if one.incident.counts)]
    others = [unit for unit in dict.fromkeys(names) if unit not in set(appeal.units)]
    return {"others": disputed(*of, others[:room])}


def _ticked(form: forms.Form) -> list[str]:
    """What is no choice was ticked by hand."""
    choices = dict(form.fields["exclude"].choices)
    return [unit for unit in form["exclude"].value() or () if unit in choices]


class WonForm(ReasonForm):
    """The appeal is right; what is ticked is set aside, disputed or not. The boxes stand beside the evidence, outside the
    form, which they name."""

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

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("exclude")) != bool(given.get("because")):
            raise ValidationError(_("Tick what is set aside and say because of what, or neither."))
        return given


def _won_form(item: WorkItem, sent: Sent) -> WonForm:
    """Whatever was searched for: one can tick what the appeal disputes, and every other incident of the subject."""
    action, units = item.appeal.action, item.appeal.units
    ticked = [unit for unit in sent.getlist("won-exclude") if unit not in units] if sent else []
    others = units_told(action.kind, action.subject_id, ticked[:MOST_UNITS], answers=True) if ticked else []
    return WonForm(sent, prefix="won", units=[*units, *(one.unit for one in others)])


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


PAGE = Page("appeal.html", {"won": Deed(_won_form, _won), "lost": Deed(_lost_form, _lost)}, context, offered)
