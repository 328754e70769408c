"""What the overview pages show. It changes with the night alone, so each process works it out once a night."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from django.db.models import Count, F, FloatField, Sum
from numpy.typing import NDArray

from reputation.ratings import selectors
from reputation.ratings.models import State
from reputation.ratings.night_table import STATES, night_table
from reputation.ratings.representation import number
from reputation.ratings.search import Wanted, find
from reputation.ratings.selectors import Category, RatingRow, Shown

TOP_CATEGORIES = 12
TOPS = 3
TOP_ANCHORS = 8
RATED = 1  # the fewest stars there are: asks for subjects that have stars


@dataclass(frozen=True)
class Front:
    names: list[str]  # all categories that have rated stores, the largest first
    tops: list[tuple[Category, list[RatingRow]]]
    anchors: list[RatingRow]
    counts: dict[tuple[str, str], int]  # (kind, state) -> subjects
    expected: float | None  # defects per 100 orders of all rated stores together, and of every cause
    all_causes: float | None

    def count(self, kind: str, state: str = "") -> int:
        return sum(n for (k, s), n in self.counts.items() if k == kind and state in ("", s))


@lru_cache(maxsize=2)
def front(shown: Shown) -> Front:
    if shown.night is None:
        return Front([], [], [], {}, None, None)
    everything = selectors.categories(shown.night)
    tops = [(category, best(shown, "store", TOPS, category.name)) for category in everything[:TOP_CATEGORIES]]
    names = [category.name for category in everything]
    return Front(names, tops, best(shown, "anchor", TOP_ANCHORS), _counts(shown), *_market(shown))


def best(shown: Shown, kind: str, limit: int, category: str = "") -> list[RatingRow]:
    return find(shown, kind, Wanted(category=category, min_stars=RATED))[:limit]


def _counts(shown: Shown) -> dict[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for kind in ("store", "anchor"):
        rows = selectors.ratings(shown.night, kind).values_list("state").annotate(n=Count("id")).order_by()
        counts |= {(kind, state): n for state, n in rows}
    return counts


def _market(shown: Shown) -> tuple[float | None, float | None]:
    """Means over the rated stores, each as heavy as its orders."""
    rated = selectors.ratings(shown.night, "store").filter(state=State.RATED, expected__isnull=False)
    weight = Sum("orders_counted", output_field=FloatField())
    sums = rated.aggregate(
        expected=Sum(F("expected") * F("orders_counted")) / weight,
        all_causes=Sum(F("all_causes") * F("orders_counted")) / weight,
    )
    return number(sums["expected"], 2), number(sums["all_causes"], 2)


@lru_cache(maxsize=2)
def spread(shown: Shown) -> list[tuple[str, int]]:
    """Rated stores by half star, from 1 to 5."""
    rows = selectors.ratings(shown.night, "store").filter(state=State.RATED)
    found = rows.values_list("half_stars").annotate(n=Count("id")).order_by()
    counts = Counter({float(half): n for half, n in found if half is not None})
    return [(f"{half / 2:g}", counts[half / 2]) for half in range(2, 11)]


@dataclass(frozen=True)
class CategoryFigures:
    """The stores of a category."""

    states: dict[str, int]  # state -> stores
    tenths: NDArray[np.intp]  # rated stores by stars in tenths: 51 counts
    halves: list[tuple[str, int]]  # rated stores by half star, from 1 to 5
    expected: float | None  # as in Front
    all_causes: float | None

    def at_least(self, stars: float) -> int:
        return int(self.tenths[math.ceil(10 * stars) :].sum())


def category_figures(shown: Shown, name: str) -> CategoryFigures | None:
    """None where no store is in it."""
    table = night_table(shown, "store")
    inside = table.in_category(name)
    if not inside.any():
        return None
    counts = np.bincount(table.state[inside], minlength=len(STATES))
    halves = np.bincount(table.half_stars[inside], minlength=11)
    rated = inside & np.isfinite(table.expected) & (table.orders > 0)
    return CategoryFigures(
        states={state: int(count) for state, count in zip(STATES, counts, strict=True)},
        tenths=np.bincount(table.stars[inside & (table.stars > 0)], minlength=51),
        halves=[(f"{half / 2:g}", int(halves[half])) for half in range(2, 11)],
        expected=_mean(table.expected[rated], table.orders[rated]),
        all_causes=_mean(table.all_causes[rated], table.orders[rated]),
    )


def _mean(values: NDArray[np.float64], orders: NDArray[np.int64]) -> float | None:
    return number(np.average(values, weights=orders), 2) if len(values) else None
