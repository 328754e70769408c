from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.console.desk_labels import ITEM_KINDS_MANY, SEVERITIES, TIERS, sanction_label
from reputation.console.forms import Filters
from reputation.governance.desk import selectors
from reputation.governance.desk.bulk import AS_PROPOSED, DISMISS, Decision, sanctions_for_many
from reputation.governance.sanctions import SANCTIONS
from scoring.policy.parse import MOST_REASON
from scoring.policy.vocabulary import LONGEST_EXPIRY

_DIGITS = 19  # what a number of an item fits in


class QueueFilters(Filters):
    """Names as in governance.desk.selectors.Filters. The kind has tabs of its own above the form."""

    kind = forms.ChoiceField(
        required=False, choices=[("", _("All kinds")), *ITEM_KINDS_MANY.items()], widget=forms.HiddenInput
    )
    subject = forms.CharField(label=_("Store or anchor"), required=False, max_length=200)
    severity = forms.ChoiceField(
        label=_("Severity"), required=False, choices=[("", _("All severities")), *SEVERITIES.items()]
    )
    tier = forms.ChoiceField(label=_("Reach"), required=False, choices=[("", _("All reaches")), *TIERS.items()])
    rule = forms.CharField(label=_("Rule"), required=False, widget=forms.Select)
    category = forms.CharField(label=_("Category"), required=False, widget=forms.Select)
    whose = forms.ChoiceField(
        label=_("Claimed"), required=False,
        choices=[("", _("by anyone, or not")), ("mine", _("by me")), ("free", _("by nobody")),
                 ("others", _("by others")), ("skipped", _("skipped by me"))],
    )  # fmt: skip
    due = forms.ChoiceField(
        label=_("Due"), required=False,
        choices=[("", _("any time")), ("soon", _("by the next working day")), ("overdue", _("overdue"))],
    )  # fmt: skip

    def __init__(self, *args: Any, rules: Sequence[str], categories: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words, values in (("rule", _("All rules"), rules), ("category", _("All categories"), categories)):
            self.fields[name].widget.choices = [("", words), *((value, value) for value in values)]

    def filters(self) -> selectors.Filters:
        return selectors.Filters.of(self.wanted())


class BulkForm(forms.Form):
    """One decision for many flags. `items`: their numbers; `request`: the same form sent twice is one batch."""

    items = forms.CharField(widget=forms.HiddenInput)
    request = forms.UUIDField(widget=forms.HiddenInput)
    what = forms.ChoiceField(label=_("Decision"))
    reason = forms.CharField(
        label=_("Why nothing is to be done"), required=False, max_length=2000,
        help_text=_("For a dismissal. Staff read it."), widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    days = forms.IntegerField(
        label=_("How many days"), required=False, min_value=1, max_value=LONGEST_EXPIRY,
        help_text=_("Empty: as long as this sanction usually lasts."),
    )  # fmt: skip
    share = forms.IntegerField(
        label=_("Reach that is left, in %"), required=False, min_value=1, max_value=99,
        help_text=_("For reduced reach alone."),
    )  # fmt: skip
    told_en = forms.CharField(
        label=_("Reason that the subjects are told, in English"), required=False, max_length=MOST_REASON,
        help_text=_("Empty in both languages: what each rule says to the public."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    told_zh = forms.CharField(
        label=_("Reason that the subjects are told, in Chinese"), required=False, max_length=MOST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sanctions = [(key, sanction_label(key)) for key in sanctions_for_many()]
        self.fields["what"].choices = [
            ("", _("Choose")),
            (DISMISS, _("Dismiss: nothing is to be done")),
            (AS_PROPOSED, _("Act, each as its rule proposes")),
            (_("Act, all alike"), sanctions),
        ]

    def clean_items(self) -> list[int]:
        numbers = self.cleaned_data["items"].split(",")
        if not all(number.isdecimal() and len(number) < _DIGITS for number in numbers):
            raise forms.ValidationError(_("Choose the flags again."))
        return [int(number) for number in numbers]

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("what") == DISMISS and not given.get("reason", "").strip():
            self.add_error("reason", _("Give the reason: whoever looks at this subject later reads it."))
        if bool(given.get("told_en", "").strip()) != bool(given.get("told_zh", "").strip()):
            self.add_error("told_zh", _("Give the reason in both languages, or in neither."))
        step = SANCTIONS.get(given.get("what", ""))
        if step and step.needs_share and not given.get("share"):
            self.add_error("share", _("Say how much of the reach is left."))
        return given

    def decision(self) -> Decision:
        """Of a valid form: what the chosen decision does not use is left out."""
        given = self.cleaned_data
        step = SANCTIONS.get(given["what"])
        told = {"en": given["told_en"], "zh-hans": given["told_zh"]} if given["what"] != DISMISS else {}
        return Decision(
            what=given["what"],
            reason=given["reason"].strip() if given["what"] == DISMISS else "",
            told={language: text.strip() for language, text in told.items() if text.strip()},
            days=(given["days"] or step.default_days) if step else None,
            share=given["share"] / 100 if step and step.needs_share else None,
        )


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Save these filters as"), max_length=60)
