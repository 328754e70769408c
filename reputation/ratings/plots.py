"""Plots of what a night measured about itself, as SVG without script or style attributes (see svg.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings.wording import number_format

SIDE, LEFT, TOP = 320, 44, 12
_SPAN = SIDE - LEFT - 16


class Bin(NamedTuple):
    """Orders of about equal risk: problems per 100 orders foreseen and come to pass."""

    foreseen: float
    came: float
    orders: float


def reliability(bins: Sequence[Bin], *, ident: str) -> SafeString:
    """Foreseen against come to pass: on the diagonal every number meant what it said. A dot's area is its orders."""
    top = _round_up(max(max(one.foreseen, one.came) for one in bins))
    return format_html(
        '<svg class="chart plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{}-t {}-d"><title id="{}-t">{}</title>'
        '<desc id="{}-d">{}</desc>{}{}{}</svg>',
        SIDE, SIDE, ident, ident, ident, _("Foreseen and come to pass"), ident, reliability_in_words(bins),
        _grid(top), _diagonal(top), _dots(bins, top),
    )  # fmt: skip


def reliability_in_words(bins: Sequence[Bin]) -> str:
    """The same for whoever cannot see it."""
    pairs = (
        _("foreseen %(foreseen)s, came %(came)s")
        % {"foreseen": number_format(one.foreseen, 1), "came": number_format(one.came, 1)}
        for one in bins
    )
    return _("Problems per 100 orders, from the safest orders to the riskiest: %(pairs)s.") % {
        "pairs": "; ".join(pairs)
    }


def _round_up(value: float) -> float:
    return next((step for step in (2, 5, 10, 20, 30, 40, 50, 75) if step >= value * 1.05), 100)


def _x(value: float, top: float) -> float:
    return LEFT + _SPAN * value / top


def _y(value: float, top: float) -> float:
    return TOP + _SPAN * (1 - value / top)


def _grid(top: float) -> SafeString:
    marks = [top * part / 4 for part in range(5)]
    lines = [(LEFT, _y(at, top), LEFT + _SPAN, _y(at, top)) for at in marks]
    texts = [(LEFT - 6, _y(at, top) + 4, "end", _short(at)) for at in marks]
    texts += [(_x(at, top), TOP + _SPAN + 18, "middle", _short(at)) for at in marks[1:]]
    texts += [(LEFT + _SPAN / 2, SIDE - 6, "middle", _("foreseen per 100 orders"))]
    return format_html(
        "{}{}",
        format_html_join("", '<line class="chart-grid" x1="{}" y1="{}" x2="{}" y2="{}"/>', _floats(lines)),
        format_html_join("", '<text class="chart-text" x="{}" y="{}" text-anchor="{}">{}</text>', texts),
    )


def _floats(lines: Sequence[tuple[float, float, float, float]]) -> list[tuple[str, ...]]:
    return [tuple(f"{value:.1f}" for value in line) for line in lines]


def _short(value: float) -> str:
    return number_format(value, 0 if value == round(value) else 1)


def _diagonal(top: float) -> SafeString:
    return format_html(
        '<line class="plot-ideal" x1="{}" y1="{}" x2="{}" y2="{}"/>', _x(0, top), _y(0, top), _x(top, top), _y(top, top)
    )


def _dots(bins: Sequence[Bin], top: float) -> SafeString:
    most = max(one.orders for one in bins) or 1
    rows = (
        (f"{_x(one.foreseen, top):.1f}", f"{_y(one.came, top):.1f}", f"{3 + 5 * (one.orders / most) ** 0.5:.1f}")
        for one in bins
    )
    return format_html_join("", '<circle class="plot-dot" cx="{}" cy="{}" r="{}"/>', rows)
