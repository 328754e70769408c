"""Figures of the page that tells how ratings work. They change with the night alone, and each process keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.db import connection
from django.db.models import Sum

from reputation.governance.appeals.selectors import appeal_figures
from reputation.ratings import selectors
from reputation.ratings.selectors import Shown
from reputation.ratings.wording import exclusion_name
from scoring.metrics import EXCLUSION_REASONS

_REASONS = """
SELECT one.key, sum(one.value::bigint) FROM ratings_rating r, jsonb_each_text(r.excluded -> 'reasons') AS one
WHERE r.night = %(night)s AND r.kind = 'store' AND r.excluded -> 'reasons' <> '{}' AND NOT EXISTS (
    SELECT FROM ratings_rating later WHERE later.night = r.night AND later.kind = r.kind
    AND later.subject_id = r.subject_id AND later.revision > r.revision)
GROUP BY one.key
"""
_HALVES = """
SELECT r.half_stars, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY r.expected) FROM ratings_rating r
WHERE r.night = %(night)s AND r.kind = 'store' AND r.state = 'rated' AND r.expected IS NOT NULL AND NOT EXISTS (
    SELECT FROM ratings_rating later WHERE later.night = r.night AND later.kind = r.kind
    AND later.subject_id = r.subject_id AND later.revision > r.revision)
GROUP BY r.half_stars ORDER BY r.half_stars DESC
"""


@dataclass(frozen=True)
class SetAside:
    """Orders of a year at all stores, and those of them that count for and against nobody, by reason."""

    orders: int
    reasons: list[tuple[str, int]]  # reason of EXCLUSION_REASONS, orders

    @property
    def aside(self) -> int:
        return sum(orders for _reason, orders in self.reasons)

    @property
    def share(self) -> float:
        return 100 * self.aside / self.orders if self.orders else 0.0

    def lines(self) -> list[tuple[str, int]]:
        return [(exclusion_name(reason), orders) for reason, orders in self.reasons]


class HalfStar(NamedTuple):
    """Stores whose star is drawn so, and how many in 100 orders go wrong at the middle one of them."""

    half: float
    stores: int
    expected: float


@lru_cache(maxsize=2)
def set_aside(shown: Shown) -> SetAside:
    if shown.night is None:
        return SetAside(0, [])
    found = {str(reason): int(orders) for reason, orders in _rows(_REASONS, shown)}
    total = selectors.ratings(shown.night, "store").aggregate(orders=Sum("orders_counted"))["orders"]
    return SetAside(total or 0, [(reason, found[reason]) for reason in EXCLUSION_REASONS if found.get(reason)])


@lru_cache(maxsize=2)
def half_stars(shown: Shown) -> list[HalfStar]:
    """The highest first."""
    return [HalfStar(float(half), stores, expected) for half, stores, expected in _rows(_HALVES, shown)]


def _rows(query: str, shown: Shown) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"night": shown.night})
        return cursor.fetchall()


@dataclass(frozen=True)
class Appeals:
    """Of all time. `won`: how many of those decided; `mean_days`: None while none is decided."""

    filed: int
    decided: int
    won: int
    mean_days: float | None


def appeals() -> Appeals | None:
    """None where nobody has appealed yet."""
    rows = appeal_figures()
    if not rows:
        return None
    decided = sum(row.decided for row in rows)
    days = sum(row.decided * row.mean_days for row in rows if row.mean_days is not None)
    mean = days / decided if decided else None
    return Appeals(sum(row.filed for row in rows), decided, sum(row.won for row in rows), mean)
