from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reputation.console.desk_labels import ITEM_KINDS_MANY, SEVERITIES, TIERS
from reputation.console.forms import Filters
from reputation.governance.desk import selectors


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
        choices=[("", _("by anybody or nobody")), ("mine", _("by me")), ("free", _("by nobody")),
                 ("others", _("by others")), ("skipped", _("skipped by me"))],
    )  # fmt: skip
    due = forms.ChoiceField(
        label=_("Due"), required=False,
        choices=[("", _("any time")), ("soon", _("by the next working day")), ("overdue", _("overdue"))],
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, words in (("rule", _("All rules")), ("category", _("All categories"))):
            self.fields[name].widget.choices = [("", words), *((value, value) for value in selectors.choices(name))]

    def filters(self) -> selectors.Filters:
        return selectors.Filters.of(self.wanted())


class ViewForm(forms.Form):
    name = forms.CharField(label=_("Save these filters as"), max_length=60)
