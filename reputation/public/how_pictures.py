"""Pictures that explain a rule by an example; they show nobody's figures."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings.pictures import span
from reputation.ratings.svg import dots
from reputation.ratings.wording import number_format
from scoring.features import HALF_LIVES

_DAYS = 365
_WIDTH, _HEIGHT, _LEFT, _TOP = 320, 150, 48, 12


class Examples(NamedTuple):
    counted: SafeString
    few: SafeString
    many: SafeString
    fading: SafeString
    half_lives: tuple[int, ...]


def examples() -> Examples:
    return Examples(
        counted=dots(3, 6, _("Of 100 orders 3 had a problem that was the seller's doing, 3 more one of other causes")),
        few=span(1.0, 3.0, 8.0, _("After 40 orders: about 3 in 100, between 1 and 8")),
        many=span(2.6, 3.0, 3.5, _("After 4,000 orders: about 3 in 100, between 2.6 and 3.5")),
        fading=fading(),
        half_lives=HALF_LIVES,
    )


def fading() -> SafeString:
    """How much an incident weighs by its age, for each half-life that the model reads."""
    lives = ", ".join(number_format(life, 0) for life in HALF_LIVES)
    label = _("An incident weighs less every day: half as much after %(days)s days, by the measure.") % {"days": lives}
    return format_html(
        '<svg class="chart fading" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        _WIDTH, _HEIGHT, label, _lines(), _curves(), _days(),
    )  # fmt: skip


def _x(day: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - 12) * day / _DAYS


def _y(weight: float) -> float:
    return _TOP + (_HEIGHT - _TOP - 30) * (1 - weight)


def _lines() -> SafeString:
    rows = [(f"{_y(at):.1f}", f"{_y(at):.1f}", f"{_y(at) + 4:.1f}", f"{at * 100:.0f} %") for at in (0, 0.5, 1)]
    return format_html_join(
        "",
        '<line class="chart-grid" x1="48" x2="308" y1="{}" y2="{}"/>'
        '<text class="chart-text" x="42" y="{}" text-anchor="end">{}</text>',
        rows,
    )


def _curves() -> SafeString:
    curves = (
        " ".join(f"{_x(day):.1f},{_y(0.5 ** (day / life)):.1f}" for day in range(0, _DAYS + 1, 5))
        for life in HALF_LIVES
    )
    return format_html_join("", '<polyline class="fading-{}" points="{}"/>', enumerate(curves))


def _days() -> SafeString:
    ends = ((_x(0), "start", _("today")), (_x(_DAYS), "end", _("a year ago")))
    return format_html_join("", '<text class="chart-text" x="{}" y="144" text-anchor="{}">{}</text>', ends)
