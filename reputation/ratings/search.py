"""Finding ratings: by name, category and stars, in a chosen order."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from reputation.ratings import selectors
from reputation.ratings.night_table import STATES, NightTable, night_table
from reputation.ratings.selectors import RatingRow, Shown
from reputation.subjects.name_index import NEAR, NOTHING, SOUNDS, WHOLE

Numbers = NDArray[np.intp]
# What is smaller stands first; whoever is equal stays in the table's order: more orders first, then by id.
ORDERINGS: Mapping[str, Callable[[NightTable], NDArray[Any]]] = {
    "-stars": lambda table: -table.stars,
    "stars": lambda table: np.where(table.stars, table.stars, 127),
    "-orders_counted": lambda table: -table.orders,
    "orders_counted": lambda table: table.orders,
    "-percentile": lambda table: -table.percentile,  # what is no number stands last in either direction
    "percentile": lambda table: table.percentile,
    "-name": lambda table: -table.by_name,
    "name": lambda table: table.by_name,
}
BEST_FIRST, CLOSEST_FIRST = "-stars", ""


@dataclass(frozen=True)
class Wanted:
    """What a reader asks for. An empty `ordering` means the closest match first (equal ones by orders), or the best
    stars first where there is no search, or one for a single character."""

    search: str = ""
    category: str = ""
    min_stars: Decimal | float | None = None
    state: str = ""
    ordering: str = ""


class Ratings(Sequence[RatingRow]):
    """Ratings in an order, the rows read when they are asked for."""

    def __init__(self, table: NightTable, numbers: Numbers, closest: int = NOTHING, meant: str = "") -> None:
        self._table, self._numbers = table, numbers
        self.closest = closest  # how close the best match comes: a rank of subjects.name_index
        self.meant = meant  # what was probably meant, where nothing was found as typed

    @property
    def near(self) -> bool:
        """Whether nothing has a name as it was typed, and these only come near."""
        return len(self) > 0 and self.closest == NEAR

    @property
    def alike(self) -> bool:
        """Whether no name is written so, and these sound alike."""
        return len(self) > 0 and SOUNDS <= self.closest < NEAR

    def __len__(self) -> int:
        return len(self._numbers)

    @overload
    def __getitem__(self, at: int) -> RatingRow: ...
    @overload
    def __getitem__(self, at: slice) -> list[RatingRow]: ...
    def __getitem__(self, at: int | slice) -> RatingRow | list[RatingRow]:
        if not isinstance(at, slice):
            return rating_rows(self._table.night, self._table.kind, [self._table.ids[self._numbers[at]]])[0]
        return rating_rows(self._table.night, self._table.kind, [self._table.ids[n] for n in self._numbers[at]])


def rating_rows(night: Any, kind: str, subject_ids: Sequence[str]) -> list[RatingRow]:
    """The night's ratings of these subjects, in the order asked for; who has none is left out."""
    rows = selectors.ratings(night, kind).filter(subject_id__in=subject_ids).values_list(*RatingRow._fields)
    found = {row[1]: RatingRow(*row) for row in (rows if subject_ids else ())}
    return [found[subject_id] for subject_id in subject_ids if subject_id in found]


def find(shown: Shown, kind: str, wanted: Wanted) -> Ratings:
    table = night_table(shown, kind)
    kept = _narrowed(table, wanted)
    text = wanted.search.strip()
    if not text:
        return Ratings(table, _ordered(table, np.flatnonzero(kept), wanted.ordering or BEST_FIRST))
    ranks, meant = table.names.search(text)
    if (number := table.numbers.get(text)) is not None:
        ranks[number] = WHOLE - 1  # it is the id
    numbers = np.flatnonzero(kept & (ranks < NOTHING))
    # One character stands in too many names to rank them by.
    ordering = wanted.ordering or (CLOSEST_FIRST if len(text) > 1 else BEST_FIRST)
    ordered = _ordered(table, numbers, ordering) if ordering else numbers[np.argsort(ranks[numbers], kind="stable")]
    return Ratings(table, ordered, int(ranks.min(initial=NOTHING)), meant)


def _narrowed(table: NightTable, wanted: Wanted) -> NDArray[np.bool_]:
    kept = table.in_category(wanted.category) if wanted.category else np.ones(len(table.ids), dtype=bool)
    if wanted.min_stars is not None:
        kept &= table.stars >= math.ceil(Decimal(str(wanted.min_stars)) * 10)
    if wanted.state:
        kept &= table.state == STATES.index(wanted.state)
    return kept


def _ordered(table: NightTable, numbers: Numbers, ordering: str) -> Numbers:
    keys = ORDERINGS[ordering](table)[numbers]
    return numbers[np.argsort(keys, kind="stable")]
