"""What the pages of policies show alike: `{% load policies %}`."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext_lazy

from reputation.governance.models import PolicyTrial
from reputation.governance.wording import POLICY_STATES, SCOPES
from scoring.policy import Policy

register = template.Library()
_LOOKS = {"live": "tag-good", "announced": "tag-warn", "shadow": "", "draft": "", "retired": ""}
_TRIALS = {
    "waiting": (pgettext_lazy("backtest", "waiting"), ""),
    "running": (pgettext_lazy("backtest", "running"), "tag-warn"),
    "done": (pgettext_lazy("backtest", "done"), "tag-good"),
    "failed": (pgettext_lazy("backtest", "failed"), "tag-bad"),
    "stopped": (pgettext_lazy("backtest", "stopped"), ""),
}


@register.simple_tag
def policy_state(state: str) -> SafeString:
    return format_html('<span class="tag {}">{}</span>', _LOOKS.get(state, ""), POLICY_STATES.get(state, state))


@register.simple_tag
def trial_state(trial: PolicyTrial) -> SafeString:
    word, look = _TRIALS[trial.state]
    return format_html('<span class="tag {}">{}</span>', look, word)


@register.simple_tag
def scope_word(scope: str) -> str:
    return str(SCOPES.get(scope, scope))


@register.simple_tag
def about(policy: Policy) -> str:
    """Its purpose in the language of the moment."""
    language = "zh-hans" if (get_language() or "").startswith("zh") else "en"
    return policy.about.get(language, "")


@register.simple_tag
def options(name: str, choices: Iterable[tuple[str, str | Promise]], chosen: str) -> SafeString:
    """A select; a choice that is not among them, which somebody's file or hand put there, stays to be seen."""
    known = list(choices)
    if chosen not in [value for value, _label in known]:
        known.insert(0, (chosen, chosen))
    marked = ((value, SafeString(" selected") if value == chosen else "", label) for value, label in known)
    inner = format_html_join("", '<option value="{}"{}>{}</option>', marked)
    return format_html('<select id="{0}" name="{0}">{1}</select>', name, inner)


@register.simple_tag
def dossier_address(kind: str, subject_id: str) -> str:
    return reverse("console:dossier", args=[kind, subject_id])
