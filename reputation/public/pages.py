"""What the page of one subject shows, worked out of its rating."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reputation.ratings import explaining, pictures, selectors, standings, svg, wording
from reputation.ratings.corrections import Corrected, corrected
from reputation.ratings.representation import number
from reputation.ratings.selectors import RatingRow, Shown
from reputation.ratings.standings import StoreShare
from scoring.metrics import KIND_ASPECTS

HISTORY_NIGHTS = 180
RECENT_NIGHTS = 14


def rating_shown(shown: Shown, kind: str, subject_id: str) -> RatingRow | None:
    """Its rating of the night that is shown; None where there is none, or the id is nonsense."""
    if shown.night is None or "\0" in subject_id:
        return None
    return selectors.rating_row(shown.night, kind, subject_id)


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
    corrected: list[Corrected]


@dataclass(frozen=True)
class RatingPart:
    row: RatingRow
    headline: str
    interval: str
    between: str
    span: SafeString | None
    moved: str
    dots: SafeString | None
    better_than: str
    few_orders: str
    progress: SafeString | None
    aspects: list[AspectLine]
    excluded: list[tuple[str, int]]
    excluded_orders: int
    history: HistoryPart | None


@dataclass(frozen=True)
class SoldPart:
    """Where an anchor sold: the stores behind it, by orders."""

    stores: list[StoreShare]
    orders: int  # of all stores, those that are not shown included

    def lines(self) -> list[tuple[StoreShare, float, str]]:
        """Each store with its share of the orders, 0 to 100, and both counts in words."""
        return [(store, 100 * store.orders / max(self.orders, 1), self._words(store)) for store in self.stores]

    def _words(self, store: StoreShare) -> str:
        return _("%(share)s%% of the orders; %(problems)s") % {
            "share": wording.number_format(100 * store.orders / max(self.orders, 1), 0),
            "problems": wording.problems(store.defects),
        }


def sold_part(row: RatingRow) -> SoldPart | None:
    """None for a store, and for an anchor of whom no order is counted by store."""
    stores = standings.anchor_stores(row.night, row.subject_id) if row.kind == "anchor" else []
    return SoldPart(stores, max(row.orders_counted, sum(store.orders for store in stores))) if stores else None


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
        between=wording.between(row) if rated else "",
        span=_span(row) if rated else None,
        moved=wording.ledger_headline(row) if rated else "",
        dots=svg.dots(row.expected, row.all_causes, headline) if rated and row.expected is not None else None,
        better_than=wording.better_than(row.percentile, row.category) if rated else "",
        few_orders=wording.few_orders(row),
        progress=_progress(row) if row.state == "few_orders" else None,
        aspects=[_aspect(row, aspect) for aspect in KIND_ASPECTS[row.kind]] if rated else [],
        excluded=[(wording.exclusion_name(reason), orders) for reason, orders in sorted(reasons.items()) if orders],
        excluded_orders=row.excluded.get("orders") or 0,
        history=history_part(row, shown),
    )


def _span(row: RatingRow) -> SafeString | None:
    if row.expected is None or row.low is None or row.high is None:
        return None
    return pictures.span(row.low, row.expected, row.high, explaining.span_of(row))


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
        corrected=corrections_of(row, points),
    )


def corrections_of(row: RatingRow, points: list[svg.Point]) -> list[Corrected]:
    """What was corrected of the nights that the page shows; most subjects have none, and cost no query."""
    nights = [point.night for point in points if point.corrected]
    return corrected(row.kind, row.subject_id, nights) if nights else []
