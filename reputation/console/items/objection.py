"""An objection: incidents that a subject says are not its doing, each accepted or refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.console.dossier import record
from reputation.console.dossier.about import about
from reputation.console.dossier.units import Disputed, disputed
from reputation.console.items.page import Deed, Forms, Page, Sent
from reputation.governance.models import Objection, ObjectionLine, WorkItem
from reputation.governance.objections.services import objection_decide

NEWEST = 5
_OPEN = ObjectionLine.State.OPEN
VERDICTS = {"accepted": gettext_lazy("Accept"), "refused": gettext_lazy("Refuse")}


class Contested(NamedTuple):
    line: ObjectionLine
    evidence: Disputed
    verdict: forms.BoundField | None  # None: decided, or not theirs to decide
    reason: forms.BoundField | None


def context(item: WorkItem, user: User, filled: Forms) -> dict[str, Any]:
    objection = item.objection
    of = (objection.kind, objection.subject_id)
    return {
        "objection": objection,
        "files": objection.files.defer("content").order_by("id"),
        "about": about(*of),
        "earlier": record.objections(*of).exclude(pk=objection.pk)[:NEWEST],
        "contested": contested(objection, filled.get("decide")),
    }


def contested(objection: Objection, form: Any) -> list[Contested]:
    """Its lines, each with its evidence and, where they are to be decided, the fields for that."""
    lines = list(objection.lines.select_related("decided_by").order_by("id"))
    found = disputed(objection.kind, objection.subject_id, [line.unit for line in lines])
    return [
        Contested(line, evidence, *(form.fields_of(line) if form else (None, None)))
        for line, evidence in zip(lines, found, strict=True)
    ]


class DecideForm(forms.Form):
    """A verdict for each open line that is decided now, with a reason of its own or the one that stands for all."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for every line without its own"), required=False, max_length=2000,
        help_text=gettext_lazy("The subject reads it, so name no buyer and no other merchant."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, lines: list[ObjectionLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[f"verdict-{line.pk}"] = forms.ChoiceField(
                label=_("Verdict on %(unit)s") % {"unit": line.unit}, required=False, choices=list(VERDICTS.items()),
                widget=forms.RadioSelect,
            )  # fmt: skip
            self.fields[f"reason-{line.pk}"] = forms.CharField(
                label=_("Reason"),
                required=False,
                max_length=2000,
                widget=forms.TextInput(attrs={"placeholder": _("Reason")}),
            )

    def fields_of(self, line: ObjectionLine) -> tuple[forms.BoundField | None, forms.BoundField | None]:
        if f"verdict-{line.pk}" not in self.fields:
            return None, None
        return self[f"verdict-{line.pk}"], self[f"reason-{line.pk}"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["verdicts"] = told = _told(given)
        if not told:
            raise ValidationError(_("Accept or refuse at least one incident."))
        if not all(reason for _verdict, reason in told.values()):
            raise ValidationError(_("Give a reason for each line, or one for all of them."))
        return given


def _told(given: Mapping[str, Any]) -> dict[int, tuple[str, str]]:
    """Line -> verdict and reason, of those that have a verdict."""
    verdicts = {name.removeprefix("verdict-"): said for name, said in given.items() if name.startswith("verdict-")}
    return {
        int(pk): (said, given.get(f"reason-{pk}") or given.get("reason", "")) for pk, said in verdicts.items() if said
    }


def _form(item: WorkItem, sent: Sent) -> DecideForm:
    open_lines = list(item.objection.lines.filter(state=_OPEN).order_by("id"))
    return DecideForm(sent, lines=open_lines, prefix="decide")


def _decide(item: WorkItem, user: User, given: Mapping[str, Any]) -> str:
    decided = objection_decide(objection=item.objection, by=user, verdicts=given["verdicts"])
    if decided.state == Objection.State.OPEN:
        return _("Decided as far as you chose; the others stay open.")
    return _("Decided. What is accepted does not count against the subject from the next night on.")


PAGE = Page("objection.html", {"decide": Deed(_form, _decide)}, context)
