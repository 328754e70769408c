"""What the pages of the staff show alike: `{% load desk %}`. Lists show these in each row, so they are plain strings:
a template for each would take a third of the page's time."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from django import template
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext

from reputation.console import desk_labels
from reputation.console.navigation import Navigation, navigation

register = template.Library()
_STEPS = {"low": 1, "medium": 2, "high": 3, "critical": 4}
_BAR = '<rect class="severity-{}" x="{}" y="{}" width="4" height="{}" rx="1"/>'  # in a box of 22 by 14


@register.simple_tag(takes_context=True)
def console_navigation(context: template.Context) -> Navigation:
    request = context["request"]
    return navigation(request.user, getattr(request.resolver_match, "url_name", None) or "")


@register.simple_tag
def severity(value: str) -> SafeString:
    """Four bars, as many of them filled as it is grave, and the word."""
    return _severity(value, get_language())


@lru_cache(maxsize=64)
def _severity(value: str, language: str | None) -> SafeString:
    steps = _STEPS.get(value, 0)
    bars = [("on" if step < steps else "off", 6 * step, 9 - 3 * step, 5 + 3 * step) for step in range(4)]
    return format_html(
        '<span class="severity severity-{}"><svg viewBox="0 0 22 14" aria-hidden="true">{}</svg>{}</span>',
        value,
        format_html_join("", _BAR, bars),
        desk_labels.SEVERITIES.get(value, value),
    )


@register.simple_tag
def tier(value: str, orders: int | None = None) -> SafeString:
    """How far the subject reaches, with its orders of 30 days where they are known."""
    tag = format_html('<span class="tier tier-{}">{}</span>', value, desk_labels.TIERS.get(value, value))
    if orders is None:
        return tag
    words = ngettext("%(shown)s order", "%(shown)s orders", orders) % {"shown": f"{orders:,}"}
    return tag + format_html(' <span class="soft small number">{}</span>', words)


@register.simple_tag
def due(moment: datetime) -> SafeString:
    told = desk_labels.due_in_words(moment)
    return format_html(
        '<time class="due due-{} number" datetime="{}" title="{}">{}</time>',
        told.urgency, moment.isoformat(), date_format(localtime(moment), "Y-m-d H:i"), told.words,
    )  # fmt: skip


@register.filter
def item_kind(value: str) -> str | Promise:
    return desk_labels.ITEM_KINDS.get(value, value)


@register.filter
def subject_kind(value: str) -> str | Promise:
    return desk_labels.SUBJECT_KINDS.get(value, value)
