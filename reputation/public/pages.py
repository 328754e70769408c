"""What the page of one subject shows, worked out of its rating."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString

from reputation.ratings import selectors, svg, wording
from reputation.ratings.representation import number
from reputation.ratings.selectors import RatingRow, Shown
from scoring.metrics import KIND_ASPECTS

HISTORY_NIGHTS = 180
RECENT_NIGHTS = 14


class AspectLine(NamedTuple):
    name: str
    meaning: str
    stars: float | None
    half_stars: float | None
    percentile: float | None
    better_than: str


class HistoryPart(NamedTuple):
    wide: SafeString
    narrow: SafeString
    recent: list[svg.Point]  # newest first


@dataclass(frozen=True)
class RatingPart:
    row: RatingRow
    headline: str
    interval: str
    dots: SafeString | None
    better_than: str
    few_orders: str
    progress: SafeString | None
    aspects: list[AspectLine]
    excluded: list[tuple[str, int]]
    excluded_orders: int
    history: HistoryPart | None


class MarketPart(NamedTuple):
    headline: str
    dots: SafeString


def market_part(expected: float, all_causes: float | None) -> MarketPart:
    headline = wording.market_headline(expected, all_causes)
    return MarketPart(headline, svg.dots(expected, all_causes, headline))


def rating_part(row: RatingRow, shown: Shown) -> RatingPart:
    headline = wording.headline(row)
    rated = row.stars is not None
    reasons = row.excluded.get("reasons") or {}
    return RatingPart(
        row=row,
        headline=headline if rated else "",
        interval=wording.interval(row) if rated else "",
        dots=svg.dots(row.expected, row.all_causes, headline) if rated and row.expected is not None else None,
        better_than=wording.better_than(row.percentile, row.category) if rated else "",
        few_orders=wording.few_orders(row),
        progress=_progress(row) if row.state == "few_orders" else None,
        aspects=[_aspect(row, aspect) for aspect in KIND_ASPECTS[row.kind]] if rated else [],
        excluded=[(wording.exclusion_name(reason), orders) for reason, orders in sorted(reasons.items()) if orders],
        excluded_orders=row.excluded.get("orders") or 0,
        history=history_part(row, shown),
    )


def _progress(row: RatingRow) -> SafeString:
    return svg.bar(100 * row.orders_counted / wording.NEEDED_ORDERS, wording.few_orders(row))


def _aspect(row: RatingRow, aspect: str) -> AspectLine:
    found = row.aspects.get(aspect) or {}
    stars, percentile = number(found.get("stars"), 1), number(found.get("percentile"), 1)
    return AspectLine(
        name=wording.aspect_name(aspect),
        meaning=wording.aspect_meaning(aspect),
        stars=stars,
        half_stars=None if stars is None else round(stars * 2) / 2,
        percentile=percentile,
        better_than=wording.better_than(percentile, ""),
    )


def history_part(row: RatingRow, shown: Shown) -> HistoryPart | None:
    rows = selectors.history(row.kind, row.subject_id, shown.night)
    newest = list(rows.values_list("night", "stars", "revision")[:HISTORY_NIGHTS])
    points = [svg.Point(night, number(stars, 1), revision > 0) for night, stars, revision in newest]
    if sum(point.stars is not None for point in points) < 2:
        return None
    oldest_first = points[::-1]
    return HistoryPart(
        wide=svg.history(oldest_first, width=720, ident="wide"),
        narrow=svg.history(oldest_first, width=340, ident="narrow"),
        recent=points[:RECENT_NIGHTS],
    )
