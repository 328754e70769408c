"""What every kind of item page is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.models import User

from reputation.governance.models import WorkItem

Sent = Any  # request.POST, or None where the form was not sent
Forms = Mapping[str, forms.Form]  # deed -> its form, empty where deciding is for others


@dataclass(frozen=True)
class Deed:
    """One of the ways to decide: its form, and what sending it does. `do` returns what the person is told, and raises
    ValidationError for what stands against it."""

    form: Callable[[WorkItem, Sent], forms.Form]
    do: Callable[[WorkItem, User, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Page:
    """`context`: what the template shows beside the forms; `offered`: what whoever decides may choose from, by what they
    search for."""

    template: str
    deeds: Mapping[str, Deed]
    context: Callable[[WorkItem, User, Forms], dict[str, Any]]
    offered: Callable[[WorkItem, Forms, str], dict[str, Any]] = lambda _item, _filled, _search: {}


class ReasonForm(forms.Form):
    """A decision that only needs its reason."""

    reason = forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, label: Any, help_text: Any = "", required: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        field.label, field.help_text, field.required = label, help_text, required
