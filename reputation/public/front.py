"""What the overview pages show. It changes with the night alone, so each process works it out once a night."""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, F, FloatField, Sum

from reputation.ratings import selectors
from reputation.ratings.models import State
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
    found = find(shown.night, kind, Wanted(category=category, min_stars=RATED))
    return [RatingRow(*row) for row in found.values_list(*RatingRow._fields)[:limit]]


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
