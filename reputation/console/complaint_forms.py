"""What staff write about a complaint."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.intake.deciding import LONGEST_REASON


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=_("Why is it not taken up?"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The one who complained reads it."),
    )  # fmt: skip


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Decision"),
        widget=forms.RadioSelect,
        choices=[
            ("upheld", _("Uphold: it is as they say, and counts against the subject")),
            ("settled", _("Settled: they have come to terms; it counts only with a refund")),
            ("rejected", _("Reject: it counts against nobody")),
        ],
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=LONGEST_REASON, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Both sides read it, so name nobody."),
    )  # fmt: skip


FORMS: dict[str, type[forms.Form]] = {"refuse": RefuseForm, "decide": DecideForm}
