"""A rule and what it read, in words and bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from reputation.governance.facts import amount_in_words, reading_sentence
from reputation.governance.models import PolicyVersion
from reputation.governance.selectors import policy_of
from reputation.governance.wording import Words, condition_words
from reputation.ratings import pictures
from scoring.policy import Policy
from scoring.policy.rules import Rule


class Line(NamedTuple):
    """A comparison that held. `value` beyond `limit` is what fired."""

    sentence: str
    value: str
    limit: str
    picture: SafeString
    metric: str


def lines(found: Iterable[Mapping[str, Any]]) -> list[Line]:
    """`found`: readings as flags keep them."""
    return [_line(reading) for reading in found]


def _line(reading: Mapping[str, Any]) -> Line:
    value, limit = (amount_in_words(reading, reading[name]) for name in ("value", "than"))
    label = _("%(value)s, limit %(limit)s") % {"value": value, "limit": limit}
    picture = pictures.compared(abs(reading["value"]), abs(reading["than"]), "worse", label)
    return Line(reading_sentence(reading), value, f"{_OPS[reading['op']]} {limit}", picture, reading["metric"])


_OPS = {">=": "≥", ">": ">", "<=": "≤", "<": "<"}


def rule_of(version: PolicyVersion | None, rule: str) -> Rule | None:
    """None for an action by hand, and where this program no longer reads the policy."""
    if version is None:
        return None
    try:
        return _policy(version.pk, version.digest).rule(rule)
    except (ValueError, KeyError):
        return None


@lru_cache(maxsize=16)
def _policy(version: int, digest: str) -> Policy:
    return policy_of(PolicyVersion.objects.get(pk=version, digest=digest))


def reason_of(rule: Rule | None) -> str:
    """What the rule tells the public, in the reader's language."""
    return (rule.reason.get(get_language() or "en") or rule.reason["en"]) if rule else ""


def rule_in_words(rule: Rule) -> SafeString:
    """Its conditions as nested lists."""
    return _listed(condition_words(rule.when))


def _listed(words: Words) -> SafeString:
    if not words.parts:
        return format_html("{}", words.text)
    parts = format_html_join("", "<li>{}</li>", ((_listed(part),) for part in words.parts))
    return format_html('<p class="small soft">{}</p><ul class="bullets">{}</ul>', words.text, parts)
