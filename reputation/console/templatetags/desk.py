"""What the pages of the staff show alike: `{% load desk %}`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils.functional import Promise

from reputation.console import desk_labels
from reputation.console.navigation import Navigation, navigation

register = template.Library()
_STEPS = {"low": 1, "medium": 2, "high": 3, "critical": 4}
_BARS = tuple((6 * step, 9 - 3 * step, 5 + 3 * step) for step in range(4))  # x, y and height in a box of 22 by 14


@register.simple_tag(takes_context=True)
def console_navigation(context: template.Context) -> Navigation:
    request = context["request"]
    return navigation(request.user, getattr(request.resolver_match, "url_name", None) or "")


@register.inclusion_tag("console/queue/_severity.html")
def severity(value: str) -> dict[str, Any]:
    """Four bars, as many of them filled as it is grave, and the word."""
    steps = _STEPS.get(value, 0)
    bars = [(*bar, number < steps) for number, bar in enumerate(_BARS)]
    return {"value": value, "word": desk_labels.SEVERITIES.get(value, value), "bars": bars}


@register.inclusion_tag("console/queue/_tier.html")
def tier(value: str, orders: int | None = None) -> dict[str, Any]:
    return {"value": value, "word": desk_labels.TIERS.get(value, value), "orders": orders}


@register.inclusion_tag("console/queue/_due.html")
def due(moment: datetime) -> dict[str, Any]:
    return {"due": desk_labels.due_in_words(moment), "moment": moment}


@register.filter
def item_kind(value: str) -> str | Promise:
    return desk_labels.ITEM_KINDS.get(value, value)


@register.filter
def subject_kind(value: str) -> str | Promise:
    return desk_labels.SUBJECT_KINDS.get(value, value)
