"""A star day by day as an SVG picture: colours are classes of the stylesheet, text comes in escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reputation.ratings.wording import number_format

_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 328.0, 14.0, 128.0
_LEAST_SPAN = 1.0  # stars: else a wobble of a hundredth would look like a mountain


class Series(NamedTuple):
    """Points (day, star) under a class of the stylesheet."""

    style: str
    points: list[tuple[int, float]]


class Mark(NamedTuple):
    day: int
    star: float


class _Scale(NamedTuple):
    last: int
    low: float
    high: float

    def x(self, day: float) -> str:
        return f"{_LEFT + (_RIGHT - _LEFT) * day / max(self.last, 1):.1f}"

    def y(self, star: float) -> str:
        return f"{_BOTTOM - (_BOTTOM - _TOP) * (star - self.low) / (self.high - self.low):.1f}"


def path(lines: Sequence[Series], goal: float, mark: Mark | None, ends: tuple[str, str], label: str) -> SafeString:
    """Lines over the days ahead, a dashed one at the goal and a mark where it is reached. `ends`: names of both ends."""
    scale = _scale(lines, goal)
    return format_html(
        '<svg class="chart course" viewBox="0 0 340 160" role="img" aria-label="{}">{}'
        '<line class="chart-goal" x1="{}" y1="{}" x2="{}" y2="{}"/>{}{}{}</svg>',
        label, _grid(scale), _LEFT, scale.y(goal), _RIGHT, scale.y(goal), _drawn(lines, scale), _marked(mark, scale),
        format_html_join("", '<text class="chart-text" x="{}" y="152" text-anchor="{}">{}</text>', (
            (_LEFT, "start", ends[0]), (_RIGHT, "end", ends[1]),
        )),
    )  # fmt: skip


def _scale(lines: Sequence[Series], goal: float) -> _Scale:
    """Half stars above and below all that is drawn, at least a whole star in all, within 1 to 5."""
    stars = [goal, *(star for line in lines for _day, star in line.points)]
    low = max(math.floor(2 * min(stars) - 0.1) / 2, 1.0)
    high = min(math.ceil(2 * max(stars) + 0.1) / 2, 5.0)
    low = max(min(low, high - _LEAST_SPAN), 1.0)
    return _Scale(lines[0].points[-1][0], low, max(high, low + _LEAST_SPAN))


def _grid(scale: _Scale) -> SafeString:
    steps = round(2 * (scale.high - scale.low))
    stars = [scale.low + step / 2 for step in range(steps + 1)]
    shown = [star for star in stars if steps <= 4 or star == int(star)]
    rows = (
        (_LEFT, scale.y(star), _RIGHT, scale.y(star), f"{float(scale.y(star)) + 4:.1f}", number_format(star, 1))
        for star in shown
    )
    return format_html_join(
        "",
        '<line class="chart-grid" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        '<text class="chart-text" x="28" y="{}" text-anchor="end">{}</text>',
        rows,
    )


def _drawn(lines: Sequence[Series], scale: _Scale) -> SafeString:
    drawn = ((line.style, " ".join(f"{scale.x(day)},{scale.y(star)}" for day, star in line.points)) for line in lines)
    return format_html_join("", '<polyline class="{}" points="{}"/>', drawn)


def _marked(mark: Mark | None, scale: _Scale) -> SafeString:
    if mark is None:
        return SafeString("")
    x, y = scale.x(mark.day), scale.y(mark.star)
    return format_html(
        '<line class="course-day" x1="{}" y1="{}" x2="{}" y2="{}"/><circle class="chart-last" cx="{}" cy="{}" r="4.5"/>',
        x, y, x, f"{_BOTTOM:.1f}", x, y,
    )  # fmt: skip
