"""What templates of every part may use: `{% load livestar %}`."""

from decimal import Decimal

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString

from reputation.ratings import svg, wording
from reputation.ratings.selectors import RatingRow

register = template.Library()


@register.simple_tag
def stars(half_stars: Decimal | float | None) -> SafeString:
    return svg.stars(half_stars)


@register.simple_tag
def share_bar(share: float, label: str) -> SafeString:
    return svg.bar(share, label)


@register.filter
def short_rate(row: RatingRow) -> str:
    return wording.short_rate(row)


@register.filter
def counted(orders: int) -> str:
    return wording.counted(orders)


@register.filter
def state_words(row: RatingRow) -> str:
    return wording.state_in_words(row)


@register.filter
def state_tag(row: RatingRow) -> str:
    """Why there are no stars, in a word or two."""
    return wording.state_name(row.state)


@register.simple_tag
def language_link(request: HttpRequest, code: str) -> str:
    """This page in another language."""
    return _with(request, "lang", code)


@register.simple_tag
def page_link(request: HttpRequest, number: int) -> str:
    """Another page of this list."""
    return _with(request, "page", str(number))


@register.simple_tag
def choice_link(request: HttpRequest, name: str, value: str) -> str:
    """The first page of this list as another choice would show it; an empty value leaves the choice out."""
    query = request.GET.copy()
    for one in ("page", name):
        query.pop(one, None)
    if value:
        query[name] = value
    return f"?{query.urlencode()}" if query else request.path


def _with(request: HttpRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    query[name] = value
    return "?" + query.urlencode()
