"""Small forms of the policy pages; the rule itself is no form of Django's, for its conditions nest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from scoring.policy import MOST_BYTES


class FileForm(forms.Form):
    """A policy as a file, typed or sent up; what is sent up counts."""

    content = forms.CharField(
        label=_("The file"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"class": "raw-text policy-text", "spellcheck": "false", "rows": 28}),
    )
    upload = forms.FileField(
        label=_("Or send a file"), required=False, widget=forms.FileInput(attrs={"accept": ".yaml,.yml,text/plain"})
    )

    def clean_upload(self) -> str:
        """Its text; empty without one."""
        upload = self.cleaned_data.get("upload")
        if upload is None:
            return ""
        if upload.size > MOST_BYTES:
            raise ValidationError(_("A policy holds at most %(most)s KiB."), params={"most": MOST_BYTES // 1024})
        try:
            return str(upload.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValidationError(_("The file is not UTF-8; save it as UTF-8.")) from error

    def text(self) -> str:
        """What was sent: line breaks as files have them."""
        return (self.cleaned_data["upload"] or self.cleaned_data["content"]).replace("\r\n", "\n")


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept with the version; staff read it."),
    )


class MoveForm(NoteForm):
    to = forms.ChoiceField(choices=[("shadow", ""), ("announced", ""), ("retired", "")])
    seen = forms.CharField(max_length=9)  # the state that the page showed

    def clean_note(self) -> str:
        return str(self.cleaned_data["note"])


class SpanForm(forms.Form):
    """Nights of a backtest."""

    first = forms.DateField(label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and first > last:
            raise ValidationError(_("The first night lies after the last."))
        return cleaned


class TeamForm(forms.Form):
    """What the team can decide in a day."""

    team = forms.IntegerField(label=_("Our team decides a day"), min_value=0, max_value=100_000, required=False)


class HeadForm(forms.Form):
    """Name and purpose of a policy."""

    name = forms.RegexField(
        r"^[a-z][a-z0-9_]{0,59}$",
        label=_("Name"),
        error_messages={"invalid": _("Use small letters, digits and _, at most 60, a letter first.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    about_en = forms.CharField(
        label=_("What it is for, or why it changes (English)"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    about_zh = forms.CharField(
        label=_("What it is for, or why it changes (Chinese)"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def about(self) -> dict[str, str]:
        """By language; the public reads it."""
        return {"en": self.cleaned_data["about_en"], "zh-hans": self.cleaned_data["about_zh"]}
