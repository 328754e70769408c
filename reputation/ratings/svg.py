"""Pictures made here, as SVG: they need no script, and no style attribute either (colours are classes of site.css).

Whatever text comes in is escaped. Every picture says in words what it shows.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from reputation.ratings.wording import number_format

STAR = "M12 2l3.09 6.26L22 9.27l-5 4.87 1.18 6.88L12 17.77l-6.18 3.25L7 14.14 2 9.27l6.91-1.01z"
HALF_STAR = "M12 2v15.77l-6.18 3.25L7 14.14 2 9.27l6.91-1.01z"


def stars(half_stars: Decimal | float | None) -> SafeString:
    """Five stars, filled to the half."""
    value = float(half_stars or 0)
    label = _("%(stars)s of 5 stars") % {"stars": number_format(value, 1)} if value else _("No stars")
    return format_html(
        '<svg class="stars" viewBox="0 0 120 24" role="img" aria-label="{}">{}</svg>', label, _two_paths(value)
    )


# Rounded, and drawn from each star's tip: a list of forty ratings weighs half as much as with the exact shapes.
_OUTLINE = "l3.1 6.3 6.9 1-5 4.9 1.2 6.9-6.2-3.3-6.2 3.3 1.2-6.9-5-4.9 6.9-1z"
_LEFT_HALF = "v15.8l-6.2 3.3 1.2-6.9-5-4.9 6.9-1z"


def _two_paths(value: float) -> SafeString:
    """All that is filled in one path, over the outlines of what is not."""
    tips = [f"M{24 * i + 12} 2" for i in range(5)]
    on = "".join(tip + (_OUTLINE if value >= i + 1 else _LEFT_HALF) for i, tip in enumerate(tips) if value >= i + 0.5)
    off = "".join(tip + _OUTLINE for i, tip in enumerate(tips) if value < i + 1)
    paths = [(name, path) for name, path in (("star-off", off), ("star-on", on)) if path]
    return format_html_join("", '<path class="{}" d="{}"/>', paths)


def star_paths(value: float, on: str, off: str) -> SafeString:
    """The five glyphs, without the <svg> around them."""
    shapes = [(24 * i, off, STAR) for i in range(5)]
    shapes += [(24 * i, on, STAR if value >= i + 1 else HALF_STAR) for i in range(5) if value >= i + 0.5]
    return format_html_join("", '<path transform="translate({} 0)" class="{}" d="{}"/>', shapes)


def dots(own: float, all_causes: float | None, label: str) -> SafeString:
    """A hundred orders as dots: the subject's doing first, then other causes. A fraction is a smaller mark."""
    other = max((all_causes or own) - own, 0.0)
    marks = "".join(_dot(i, own, other) for i in range(100))
    return format_html(
        '<svg class="dots" viewBox="0 0 320 80" role="img" aria-label="{}">{}</svg>',
        label,
        mark_safe(marks),  # noqa: S308 (numbers alone)
    )


def _dot(index: int, own: float, other: float) -> str:
    """Written out of numbers without escaping them one by one: the busiest page has a hundred of these."""
    at = f'cx="{8 + 16 * (index % 20)}" cy="{8 + 16 * (index // 20)}"'
    mine = _part(own - index)
    theirs = _part(own + other - index)
    return "".join(
        (
            f'<circle class="dot" {at} r="5.5"/>',
            f'<circle class="dot-other" {at} r="{_radius(theirs)}"/>' if theirs > mine else "",
            f'<circle class="dot-own" {at} r="{_radius(mine)}"/>' if mine else "",
        )
    )


def _part(value: float) -> float:
    return min(max(value, 0.0), 1.0)


def _radius(part: float) -> str:
    return f"{5.5 * part**0.5:.2f}"


def bar(share: float, label: str) -> SafeString:
    """How much of a whole: `share` from 0 to 100."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" width="100" height="6"/><rect class="bar-fill" width="{}" height="6"/></svg>',
        label,
        f"{min(max(share, 0.0), 100.0):.1f}",
    )


class Point(NamedTuple):
    night: date
    stars: float | None
    corrected: bool


class Frame(NamedTuple):
    """Where the nights of a chart fall on its canvas."""

    width: int
    height: int
    first: date
    days: int

    def x(self, night: date) -> float:
        return 30 + (self.width - 70) * (night - self.first).days / max(self.days, 1)

    def y(self, value: float) -> float:
        return 12 + (self.height - 44) * (5 - value) / 4


def history(points: Sequence[Point], *, width: int, ident: str) -> SafeString:
    """Stars by night, oldest first, on the whole scale of 1 to 5: a small change has to look small."""
    frame = Frame(width, 200, points[0].night, (points[-1].night - points[0].night).days)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} 200" role="img" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc>{}{}{}</svg>',
        width, ident, ident, ident, _("Stars by night"), ident, history_in_words(points),
        _grid(frame), _line(frame, points), _days(frame, points),
    )  # fmt: skip


def history_in_words(points: Sequence[Point]) -> str:
    known = [point for point in points if point.stars is not None]
    if not known:
        return _("No night of this time has stars.")
    values = [point.stars for point in known]
    return _("From %(first)s on %(start)s to %(last)s on %(end)s; lowest %(low)s, highest %(high)s.") % {
        "first": number_format(values[0], 1),
        "start": date_format(known[0].night),
        "last": number_format(values[-1], 1),
        "end": date_format(known[-1].night),
        "low": number_format(min(values), 1),
        "high": number_format(max(values), 1),
    }


def _grid(frame: Frame) -> SafeString:
    rows = [(f"{frame.y(value):.1f}", frame.width - 40, value) for value in range(1, 6)]
    lines = ((y, right, y, f"{float(y) + 4:.1f}", value) for y, right, value in rows)
    return format_html_join(
        "",
        '<line class="chart-grid" x1="30" y1="{}" x2="{}" y2="{}"/><text class="chart-text" x="12" y="{}">{}</text>',
        lines,
    )


def _line(frame: Frame, points: Sequence[Point]) -> SafeString:
    spots = [(f"{frame.x(p.night):.1f}", f"{frame.y(p.stars):.1f}", p) for p in points if p.stars is not None]
    marks = [(x, y) for x, y, point in spots if point.corrected]
    last = [(x, y, f"{float(x) + 8:.1f}", f"{float(y) + 5:.1f}", number_format(p.stars, 1)) for x, y, p in spots[-1:]]
    return format_html(
        '<path class="chart-line" d="{}"/>{}{}',
        _path(frame, points),
        format_html_join("", '<circle class="chart-corrected" cx="{}" cy="{}" r="4"/>', marks),
        format_html_join(
            "",
            '<circle class="chart-last" cx="{}" cy="{}" r="4"/><text class="chart-value" x="{}" y="{}">{}</text>',
            last,
        ),
    )


def _path(frame: Frame, points: Sequence[Point]) -> str:
    """Steps, since a star stands until the next night; a night without stars lifts the pen."""
    steps, drawing = [], False
    for point in points:
        if point.stars is None:
            drawing = False
            continue
        x, y = f"{frame.x(point.night):.1f}", f"{frame.y(point.stars):.1f}"
        steps.append(f"H{x}V{y}" if drawing else f"M{x} {y}")
        drawing = True
    return "".join(steps)


def _days(frame: Frame, points: Sequence[Point]) -> SafeString:
    ends = ((points[0].night, "start", 30), (points[-1].night, "end", frame.width - 40))
    labels = ((x, anchor, date_format(night, "MONTH_DAY_FORMAT")) for night, anchor, x in ends)
    return format_html_join("", '<text class="chart-text" x="{}" y="192" text-anchor="{}">{}</text>', labels)


def columns(counts: Sequence[tuple[str, int]], label: str) -> SafeString:
    """A small histogram: one column per (name, count)."""
    top = max((count for _name, count in counts), default=0) or 1
    step = 320 / max(len(counts), 1)
    bars = (
        (f"{step * i + 3:.1f}", f"{110 - 90 * count / top:.1f}", f"{step - 6:.1f}", f"{90 * count / top:.1f}",
         f"{step * (i + 0.5):.1f}", name)
        for i, (name, count) in enumerate(counts)
    )  # fmt: skip
    return format_html(
        '<svg class="columns" viewBox="0 0 320 130" role="img" aria-label="{}">{}</svg>',
        label,
        format_html_join(
            "",
            '<rect class="column" x="{}" y="{}" width="{}" height="{}" rx="2"/>'
            '<text class="chart-text" x="{}" y="125" text-anchor="middle">{}</text>',
            bars,
        ),
    )
