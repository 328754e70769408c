import re
from typing import Any, Self

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.console.labels import HOLD_STATUSES, KINDS, PATTERNS
from reputation.evidence.models import Hold
from reputation.ratings.models import Rating
from reputation.subjects.models import SubjectKind


class Filters(forms.Form):
    """What a list is narrowed to. Whatever a field does not know is left aside instead of failing the page."""

    def wanted(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) or field.initial or "" for name, field in self.fields.items()}


class RejectedFilters(Filters):
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All kinds")), *KINDS.items()])
    state = forms.ChoiceField(
        label=_("State"), required=False, initial="open",
        choices=[("open", _("open")), ("mended", _("mended"))],
    )  # fmt: skip


class HoldFilters(Filters):
    pattern = forms.ChoiceField(
        label=_("Pattern"), required=False, choices=[("", _("All patterns")), *PATTERNS.items()]
    )
    status = forms.ChoiceField(
        label=_("State"), required=False, initial="held", choices=[*HOLD_STATUSES.items(), ("all", _("all"))]
    )
    subject = forms.CharField(label=_("Store or anchor"), required=False, max_length=200)


_DECISIONS = [
    (Hold.Status.RELEASED, _("Release: it was honest trade and counts again from the next night")),
    (Hold.Status.CONFIRMED, _("Confirm: it was not, and stays aside for good")),
]


class ResendForm(forms.Form):
    raw = forms.CharField(
        label=_("The row, to be mended"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "class": "raw-text", "spellcheck": "false"}),
    )

    def clean_raw(self) -> str:
        """One JSON object on one line: a form sends line breaks of its own, which JSON allows between fields alone."""
        raw = re.sub(r"\r\n?|\n", " ", self.cleaned_data["raw"]).strip()
        if not raw.startswith("{"):
            raise forms.ValidationError(_("Send one JSON object: it begins with { and ends with }."))
        return raw


class DecisionForm(forms.Form):
    """`seen` is the status that the page showed: a decision is taken on that, or not at all."""

    seen = forms.ChoiceField(choices=Hold.Status, widget=forms.HiddenInput)
    decision = forms.ChoiceField(label=_("Decision"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Required. The store or anchor reads it, so name no buyer and no other merchant."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, hold: Hold, **kwargs: Any) -> None:
        super().__init__(*args, initial={"seen": hold.status}, **kwargs)
        waits = hold.status == Hold.Status.HELD
        self.fields["decision"].choices = _DECISIONS if waits or self.is_bound else _DECISIONS[:1]


class ClearanceForm(forms.Form):
    """`night`: the newest one when the page was shown; a jump of a later night is another one."""

    kind = forms.ChoiceField(choices=SubjectKind, widget=forms.HiddenInput)
    subject_id = forms.CharField(max_length=200, strip=False, widget=forms.HiddenInput)
    night = forms.DateField(widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("What you found"),
        help_text=_("Required, and kept in the audit log. From the next night on it is shown again."),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @classmethod
    def of(cls, rating: Rating, number: int) -> Self:
        """The form of one of several on a page."""
        seen = {"kind": rating.kind, "subject_id": rating.subject_id, "night": rating.night.isoformat()}
        return cls(initial=seen, auto_id=f"id_{number}_%s")
