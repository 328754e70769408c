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


@register.simple_tag
def language_link(request: HttpRequest, code: str) -> str:
    """This page in another language."""
    return _with(request, "lang", code)


@register.simple_tag
def page_link(request: HttpRequest, number: int) -> str:
    """Another page of this list."""
    return _with(request, "page", str(number))


def _with(request: HttpRequest, name: str, value: str) -> str:
    query = request.GET.copy()
    query[name] = value
    return "?" + query.urlencode()
