"""What Plotly draws, as data: the page holds it as JSON, static/dossier.js gives it the colours of the stylesheet.

Every trace names its `role`, by which it is coloured; every point brings its words, so no number is formatted twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reputation.console.dossier.trends import Trend, Week
from reputation.ratings import explaining
from reputation.ratings.models import Rating
from reputation.ratings.wording import number_format
from scoring.metrics import Metric

Figure = dict[str, Any]


def trend_figure(trend: Trend) -> Figure:
    """The subject's weekly rate, and that of the others of its category."""
    share = trend.metric.unit == "share"
    own = [_height(week.own, share) for week in trend.weeks]
    others = [_height(week.others, share) for week in trend.weeks]
    days = [week.start.isoformat() for week in trend.weeks]
    words = [week_in_words(trend.metric, week) for week in trend.weeks]
    return {
        "traces": [
            _line("others", _("Others of the category"), days, others, [others_in_words(trend.metric, week) for week in trend.weeks]),
            _line("own", _("This subject"), days, own, words),
        ],
        "suffix": "%" if share else "",
        "zero": True,
    }  # fmt: skip


def _line(role: str, name: str, x: list[str], y: list[float | None], words: list[str]) -> Figure:
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


def star_figure(nights: Sequence[Rating]) -> Figure:
    """Stars by night, oldest first; nights that were corrected later are marked."""
    known = [row for row in nights if row.stars is not None]
    corrected = [row for row in known if row.revision]
    return {
        "traces": [
            _line("own", _("Stars"), _days(nights), [_stars(row) for row in nights], [_star_words(row) for row in nights]),
            _line("corrected", _("corrected"), _days(corrected), [_stars(row) for row in corrected], [_star_words(row) for row in corrected]),
        ],
        "range": [0.9, 5.1],
        "steps": True,
        "suffix": "",
    }  # fmt: skip


def rate_figure(nights: Sequence[Rating]) -> Figure:
    """The expected rate of problems by night, with its 80 % range."""
    known = [row for row in nights if row.expected is not None and row.low is not None and row.high is not None]
    words = [_rate_words(row) for row in known]
    return {
        "traces": [
            _line("low", "", _days(known), [row.low for row in known], []),
            _line("band", _("Range of 80 in 100"), _days(known), [row.high for row in known], []),
            _line("own", _("Problems in 100 orders"), _days(known), [row.expected for row in known], words),
        ],
        "suffix": "",
        "zero": True,
    }


def _days(rows: Sequence[Rating]) -> list[str]:
    return [row.night.isoformat() for row in rows]


def _stars(row: Rating) -> float | None:
    return None if row.stars is None else float(row.stars)


def _star_words(row: Rating) -> str:
    night = date_format(row.night)
    return f"{night}: {number_format(float(row.stars), 1) if row.stars is not None else _('no stars')}"


def _rate_words(row: Rating) -> str:
    values = {"night": date_format(row.night), "rate": number_format(row.expected or 0.0, 1)}
    values |= {"low": number_format(row.low or 0.0, 1), "high": number_format(row.high or 0.0, 1)}
    return _("%(night)s: %(rate)s in 100, between %(low)s and %(high)s") % values
