"""Pictures of explanations, as SVG made here: colours are classes of the stylesheet, text comes in escaped."""

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings.sparks import cut, scale_of
from reputation.ratings.wording import number_format

_FULL = 0.5  # stars that fill half of a picture; what is larger is drawn as large


def effect(stars: float, label: str) -> SafeString:
    """What something adds to a star (to the right) or takes from it (to the left) against the category's median."""
    length = 100 * min(abs(stars) / _FULL, 1.0)
    start = 100.0 if stars >= 0 else 100.0 - length
    return format_html(
        '<svg class="bar effect" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" width="200" height="8"/>'
        '<rect class="{}" x="{}" width="{}" height="8"/><rect class="effect-zero" x="99.5" width="1" height="8"/></svg>',
        label, "effect-up" if stars >= 0 else "effect-down", f"{start:.1f}", f"{length:.1f}",
    )  # fmt: skip


_COMPARED = {"better": "effect-up", "worse": "effect-down", "level": "bar-fill"}


def compared(own: float, usual: float, than: str, label: str) -> SafeString:
    """An own value as a bar, and the category's median as a mark across it, at the same place in every bar. Less is
    better."""
    top = scale_of(own, usual)
    return format_html(
        '<svg class="bar compared" viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" y="2" width="200" height="8"/><rect class="{}" y="2" width="{}" height="8"/>'
        '<rect class="compared-mark" x="{}" width="2" height="12"/>{}</svg>',
        label, _COMPARED[than], f"{200 * min(own / top, 1):.1f}", f"{200 * usual / top - 1:.1f}", cut(own, top, 200),
    )  # fmt: skip


def ruler(own: float, usual: float, label: str) -> SafeString:
    """The ground of a slider: how far it is filled tonight, and a mark at the category's median. Shares of its length."""
    here, there = (f"{100 * min(max(share, 0.0), 1.0):.1f}%" for share in (own, usual))
    return format_html(
        '<svg class="ruler" role="img" aria-label="{}"><rect class="bar-track" y="7" width="100%" height="6" rx="3"/>'
        '<rect class="bar-fill" y="7" width="{}" height="6" rx="3"/>'
        '<line class="ruler-median" x1="{}" x2="{}" y1="0" y2="20"/></svg>',
        label, here, there, there,
    )  # fmt: skip


def span(low: float, expected: float, high: float, label: str) -> SafeString:
    """A rate of 0 to `top` in 100 orders with its range: a wide stroke for the range, a mark for the rate."""
    top = next((top for top in (2.0, 5.0, 10.0, 20.0, 50.0) if high <= top), 100.0)
    x = [10 + 300 * value / top for value in (low, high, expected)]
    ends = ((10, "start", "0"), (310, "end", _("%(count)s in 100") % {"count": number_format(top, 0)}))
    return format_html(
        '<svg class="span" viewBox="0 0 320 44" role="img" aria-label="{}">'
        '<line class="chart-grid" x1="10" y1="14" x2="310" y2="14"/>'
        '<rect class="span-range" x="{}" y="8" width="{}" height="12" rx="6"/>'
        '<circle class="span-mark" cx="{}" cy="14" r="5"/>{}</svg>',
        label, f"{x[0]:.1f}", f"{max(x[1] - x[0], 12):.1f}", f"{x[2]:.1f}",
        format_html_join("", '<text class="chart-text" x="{}" y="38" text-anchor="{}">{}</text>', ends),
    )  # fmt: skip


def ahead(points: Sequence[tuple[int, float, str]], goal: float, label: str) -> SafeString:
    """Stars on the days ahead (day, star, name of the day), on the whole scale of 1 to 5, with a line at `goal`."""
    last = points[-1][0]
    spots = [(f"{34 + 270 * day / last:.1f}", f"{_y(star):.1f}", star, name) for day, star, name in points]
    return format_html(
        '<svg class="chart" viewBox="0 0 340 170" role="img" aria-label="{}">{}'
        '<line class="chart-goal" x1="30" y1="{}" x2="310" y2="{}"/><polyline class="chart-line" points="{}"/>{}{}</svg>',
        label, _grid(), f"{_y(goal):.1f}", f"{_y(goal):.1f}", " ".join(f"{x},{y}" for x, y, _star, _name in spots),
        format_html_join("", '<circle class="chart-last" cx="{}" cy="{}" r="3"/>', ((x, y) for x, y, *_ in spots)),
        _ends(spots),
    )  # fmt: skip


def _y(star: float) -> float:
    return 12 + 116 * (5 - star) / 4


def _grid() -> SafeString:
    rows = ((f"{_y(star):.1f}", f"{_y(star):.1f}", f"{_y(star) + 4:.1f}", star) for star in range(1, 6))
    return format_html_join(
        "",
        '<line class="chart-grid" x1="30" y1="{}" x2="310" y2="{}"/><text class="chart-text" x="12" y="{}">{}</text>',
        rows,
    )


def _ends(spots: Sequence[tuple[str, str, float, str]]) -> SafeString:
    """Value and name at both ends; the days between stand in a table."""
    first, last = spots[0], spots[-1]
    values = ((spot[0], f"{float(spot[1]) - 9:.1f}", number_format(spot[2], 1)) for spot in (first, last))
    names = (("30", "start", first[3]), ("310", "end", last[3]))
    return format_html(
        "{}{}",
        format_html_join("", '<text class="chart-value" x="{}" y="{}" text-anchor="middle">{}</text>', values),
        format_html_join("", '<text class="chart-text" x="{}" y="160" text-anchor="{}">{}</text>', names),
    )


def effect_share(share: float, label: str) -> SafeString:
    """A gain beside the largest one: `share` from 0 to 1."""
    return format_html(
        '<svg class="bar" viewBox="0 0 200 8" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" width="200" height="8"/><rect class="effect-up" width="{}" height="8"/></svg>',
        label,
        f"{200 * share:.1f}",
    )
