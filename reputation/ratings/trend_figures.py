"""Weekly rates as Plotly draws them and as a table says them: a page holds the figure as JSON, static/dossier.js gives
it the colours of the stylesheet.

Every trace names its `role`, by which it is coloured; every point brings its words, so no number is formatted twice.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from reputation.ratings import explaining
from reputation.ratings.trends import Trend, Week
from reputation.ratings.wording import number_format
from scoring.metrics import Metric

Figure = dict[str, Any]


def trend_figure(trend: Trend, own: str = "") -> Figure:
    """The subject's weekly rate, and that of the others of its category. `own`: what it is called."""
    share = trend.metric.unit == "share"
    heights = [_height(week.own, share) for week in trend.weeks]
    others = [_height(week.others, share) for week in trend.weeks]
    days = [week.start.isoformat() for week in trend.weeks]
    words = [week_in_words(trend.metric, week) for week in trend.weeks]
    return {
        "traces": [
            line("others", _("Others of the category"), days, others, [others_in_words(trend.metric, week) for week in trend.weeks]),
            line("own", own or _("This subject"), days, heights, words),
        ],
        "suffix": "%" if share else f" {_('min')}",
        "zero": True,
    }  # fmt: skip


def line(role: str, name: str, x: list[str], y: list[float | None], words: list[str]) -> Figure:
    """A trace; `text` is said of each point."""
    return {"role": role, "name": name, "x": x, "y": y, "text": words}


def _height(value: float | None, share: bool) -> float | None:
    return None if value is None else round(100 * value if share else value, 3)


def week_in_words(metric: Metric, week: Week) -> str:
    """For whoever points at it, and for the table."""
    if week.own is None:
        return _("nothing counted")
    values = {"rate": explaining.value(metric, week.own), "n": number_format(week.n, 0), "d": number_format(week.d, 0)}
    if metric.unit == "share":
        return _("%(rate)s (%(n)s of %(d)s)") % values
    return _("%(rate)s (%(d)s counted)") % values


def others_in_words(metric: Metric, week: Week) -> str:
    return "–" if week.others is None else explaining.value(metric, week.others)
