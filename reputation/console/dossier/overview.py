"""The star of a subject in words and pictures, what moved it, and how it compares with its category tonight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.console.dossier import figures
from reputation.console.dossier.about import About
from reputation.ratings import explaining, pictures, svg, wording
from reputation.ratings import selectors as ratings
from reputation.ratings.models import Rating
from reputation.ratings.selectors import RatingRow
from reputation.ratings.standings import explainable
from scoring.metrics import BY_KEY, KIND_ASPECTS

if TYPE_CHECKING:
    from scoring.explain.changes import Reason

NIGHTS = 180
RECENT = 30  # nights of the table


class Aspect(NamedTuple):
    name: str
    stars: float | None
    percentile: float | None


class Compared(NamedTuple):
    """A metric of tonight beside the median of the category; `gain`: stars that it costs, or lifts."""

    name: str
    own: str
    usual: str
    picture: SafeString
    effect: str


@dataclass(frozen=True)
class Told:
    row: RatingRow
    headline: str
    interval: str
    span: SafeString | str
    moved: list[tuple[str, str]]
    unmoved: str
    aspects: list[Aspect]
    excluded: list[tuple[str, int]]
    nights: list[Rating]  # newest first
    star_figure: figures.Figure | None
    rate_figure: figures.Figure | None
    chart: SafeString | str  # where there is no script
    compared: list[Compared]


def told(found: About) -> Told | None:
    """None for a subject that the shown night does not rate."""
    if (row := found.rating) is None:
        return None
    nights = history(found.kind, found.id, row)
    oldest_first = nights[::-1]
    starred = any(night.stars is not None for night in nights)
    return Told(
        row, wording.headline(row), wording.interval(row), _span(row), wording.ledger_parts(row.ledger),
        wording.ledger_headline(row), _aspects(row), _excluded(row), nights,
        figures.star_figure(oldest_first) if starred else None,
        figures.rate_figure(oldest_first) if any(night.expected is not None for night in nights) else None,
        _chart(oldest_first) if starred else "", compared(row),
    )  # fmt: skip


def history(kind: str, subject_id: str, row: RatingRow) -> list[Rating]:
    columns = ("night", "stars", "revision", "expected", "low", "high", "state", "orders_counted", "ledger")
    return list(ratings.history(kind, subject_id, row.night).only(*columns)[:NIGHTS])


def _span(row: RatingRow) -> SafeString | str:
    if row.low is None or row.expected is None or row.high is None:
        return ""
    return pictures.span(row.low, row.expected, row.high, explaining.span_of(row))


def _aspects(row: RatingRow) -> list[Aspect]:
    known = [(name, row.aspects.get(name) or {}) for name in KIND_ASPECTS[row.kind]]
    return [Aspect(wording.aspect_name(name), one.get("stars"), one.get("percentile")) for name, one in known]


def _excluded(row: RatingRow) -> list[tuple[str, int]]:
    reasons = row.excluded.get("reasons") or {}
    return [(wording.exclusion_name(reason), orders) for reason, orders in reasons.items() if orders]


def _chart(nights: list[Rating]) -> SafeString:
    points = [
        svg.Point(night.night, None if night.stars is None else float(night.stars), night.revision > 0)
        for night in nights
    ]
    return svg.history(points, width=640, ident="stars")


def compared(row: RatingRow) -> list[Compared]:
    """What costs or lifts the star most against the median of the category; empty where the night kept no standing."""
    from scoring.explain.changes import reasons

    found = explainable(ratings.shown(), row)
    return [_compared(reason) for reason in reasons(found.rated, found.medians).metrics] if found else []


def _compared(reason: Reason) -> Compared:
    metric = BY_KEY[reason.key]
    own, usual = (explaining.value(metric, x or 0.0) for x in (reason.own, reason.usual))
    label = _("this subject %(own)s, median %(usual)s") % {"own": own, "usual": usual}
    picture = pictures.compared(reason.own or 0.0, reason.usual or 0.0, reason.than or "level", label)
    return Compared(explaining.metric_name(reason.key), own, usual, picture, explaining.signed(-reason.gain))
