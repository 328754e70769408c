"""What Plotly draws, as data: the page holds it as JSON, static/dossier.js gives it the colours of the stylesheet.

Every trace names its `role`, by which it is coloured; every point brings its words, so no number is formatted twice.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reputation.ratings.models import Rating
from reputation.ratings.trend_figures import Figure, line
from reputation.ratings.wording import number_format


def star_figure(nights: Sequence[Rating]) -> Figure:
    """Stars by night, oldest first; nights that were corrected later are marked."""
    known = [row for row in nights if row.stars is not None]
    corrected = [row for row in known if row.revision]
    return {
        "traces": [
            line("own", _("Stars"), _days(nights), [_stars(row) for row in nights], [_star_words(row) for row in nights]),
            line("corrected", _("corrected"), _days(corrected), [_stars(row) for row in corrected], [_star_words(row) for row in corrected]),
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
            line("low", "", _days(known), [row.low for row in known], []),
            line("band", _("Range of 80 in 100"), _days(known), [row.high for row in known], []),
            line("own", _("Problems in 100 orders"), _days(known), [row.expected for row in known], words),
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
