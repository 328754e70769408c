"""All that policies read of a night: every subject side by side, as arrays by row of the roster."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.metrics import KIND_ASPECTS, SubjectKind
from scoring.policy.rolling import Rolling
from scoring.policy.star_history import Stars, no_stars
from scoring.roster import Roster
from scoring.sums import day_block

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
KINDS: tuple[SubjectKind, ...] = tuple(KIND_ASPECTS)
TIERS = ("head", "middle", "tail")
HEAD, MIDDLE = 0.01, 0.10  # of those of a kind that sold: the largest, and the largest with the next


@dataclass(frozen=True)
class Night:
    """`day`: the night. Per row of the roster: `ids`, `kinds` (position in KINDS), `categories`, `groups` (a code per
    kind and category), `buyers` (distinct ones of 90 days, 0 to 5), `stars`; `sums`: window -> rows x its counters,
    whose names `columns` gives in their order."""

    day: date
    ids: Sequence[str]
    kinds: Ints
    categories: NDArray[np.object_]
    groups: Ints
    sums: Mapping[int, Floats]
    columns: Mapping[int, tuple[str, ...]]
    buyers: Ints
    stars: Stars

    def __len__(self) -> int:
        return len(self.ids)

    def total(self, window: int, counter: str) -> Floats:
        """Sum of a counter over the window, per row. Raises KeyError, ValueError for what no policy asked for."""
        return self.sums[window][:, self.columns[window].index(counter)]

    @property
    def orders(self) -> Floats:
        """Valid orders of the last 30 days."""
        return self.total(30, "orders")

    def of(self, scope: SubjectKind) -> Bools:
        """Which rows are of a kind."""
        return np.asarray(self.kinds == KINDS.index(scope))


def night_at(rolling: Rolling, roster: Roster, day: date, stars: Stars | None = None) -> Night:
    """The night of `day`, when exactly the days up to it have come into the sums."""
    size = len(roster)
    sums, buyers = rolling.at(day, size)
    kinds = np.zeros(size, dtype=np.int64)
    for code, kind in enumerate(KINDS):
        kinds[roster.of_kind(kind)] = code
    categories = roster.categories()
    names, codes = np.unique(categories.astype(str), return_inverse=True)
    groups = codes.astype(np.int64) + kinds * max(len(names), 1)
    return Night(
        day, tuple(roster.ids), kinds, categories, groups, sums, rolling.needs, buyers, stars or no_stars(size)
    )


def without(night: Night, gone: Ints) -> Night:
    """The night without some rows of the roster: no rule flags them, and nobody is compared with them."""
    out = np.zeros(len(night), dtype=bool)
    out[gone] = True
    apart = int(night.groups.max(initial=0)) + 1
    return replace(night, kinds=np.where(out, len(KINDS), night.kinds), groups=np.where(out, apart, night.groups))


def tiers(night: Night) -> NDArray[np.str_]:
    """Per row "head", "middle" or "tail": how far a subject reaches, by its orders of 30 days within its kind.

    Of those that sold anything the head is the largest 1 %, the middle the next 9 %, both rounded up; the rest, and who
    sold nothing or is gone, is tail. Of equals the first by id reaches further, so a tier does not change by chance.
    """
    out = np.full(len(night), "tail", dtype="<U6")
    for kind in KINDS:
        selling = np.flatnonzero(night.of(kind) & (night.orders > 0))
        names = np.array([night.ids[int(row)] for row in selling], dtype=np.str_)
        largest = selling[np.lexsort((names, -night.orders[selling]))]
        out[largest[: math.ceil(MIDDLE * len(selling))]] = "middle"
        out[largest[: math.ceil(HEAD * len(selling))]] = "head"
    return out


def walk(
    archive: Archive,
    roster: Roster,
    needs: Mapping[int, Sequence[str]],
    nights: Sequence[date],
    stars: Callable[[date], Stars] | None = None,
) -> Iterator[Night]:
    """Each of the nights (ascending), every day file read once. `stars`: what past nights' stars say on a night."""
    if not nights:
        return
    rolling = Rolling(needs, nights[0], nights[-1])
    due = list(nights)
    for day, frames in archive.walk(("counters", "reported"), rolling.start, nights[-1] + timedelta(days=1)):
        while due and day > due[0]:
            night = due.pop(0)
            yield night_at(rolling, roster, night, stars(night) if stars else None)
        rolling.add(day_block(roster, day, frames.get("counters"), frames.get("reported")), len(roster))
    for night in due:
        yield night_at(rolling, roster, night, stars(night) if stars else None)
