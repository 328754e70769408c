"""The part "Week by week": pictures of the metrics that stand out, and where there are no day files, why not."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from reputation.console.dossier.about import About
from reputation.ratings import explaining
from reputation.ratings.trend_figures import Figure, others_in_words, trend_figure, week_in_words
from reputation.ratings.trends import WEEKS, NoFilesError, Trend, trends
from reputation.ratings.wording import aspect_name

DRAWN = 6


class Drawn(NamedTuple):
    key: str
    name: str
    aspect: str
    figure: Figure
    rows: list[tuple[Any, str, str]]  # first day, this subject, the others; newest first


def context(found: About, asked: str) -> dict[str, Any]:
    """`asked`: how many weeks, as the address says."""
    length = int(asked) if asked.isdecimal() and int(asked) in WEEKS else WEEKS[0]
    base = {"length": length, "lengths": WEEKS}
    try:
        read = trends(found.kind, found.id, found.category, length)
    except NoFilesError as error:
        return base | {"missing": str(error)}
    if read is None:
        return base | {"nothing": True}
    drawn = [_drawn(trend) for trend in read.lines]
    return base | {"trends": read, "drawn": drawn[:DRAWN], "more": drawn[DRAWN:]}


def _drawn(trend: Trend) -> Drawn:
    metric = trend.metric
    rows = [(week.start, week_in_words(metric, week), others_in_words(metric, week)) for week in reversed(trend.weeks)]
    aspect = aspect_name(metric.aspect) if metric.aspect else _("Everything together")
    return Drawn(metric.key, explaining.metric_name(metric.key), aspect, trend_figure(trend), rows)
