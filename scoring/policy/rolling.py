"""Sums of the last days of several windows, and who bought, rolling from night to night: every day file is read once.

rolling = Rolling({7: ("orders",), 90: ("defect_n", "defect_d")}, first, last)
feed(archive, roster, [rolling], rolling.start, ...)     # a Sink; or `night.walk`, which stops at every night
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from scoring.features import on_grid
from scoring.reported import COLUMN
from scoring.sums import NO_HASH, Block, Hashes, group_sums, grown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BUYERS_WINDOW = 90  # days whose buyers are told apart
_KEPT = 5  # buyers per subject


@dataclass(frozen=True)
class _Day:
    """One day's counters of the subjects it names: rows x all columns, in the smallest type that holds them exactly."""

    day: int
    rows: Ints
    values: NDArray[np.float32] | Floats


class Rolling:
    """Window -> sums of its counters over the days up to a night, for nights from `first` to `last`.

    Day values lie on the grid of the decayed sums, so that what is added and later taken away leaves nothing behind.
    """

    def __init__(self, needs: Mapping[int, Sequence[str]], first: date, last: date) -> None:
        self.needs = {window: tuple(names) for window, names in needs.items()}
        self.start = first - timedelta(days=max([*needs, BUYERS_WINDOW]) - 1)
        self._first, self._last = first.toordinal(), last.toordinal()
        names = sorted({name for part in self.needs.values() for name in part})
        self._columns = [COLUMN[name] for name in names]
        self._picks = {window: [names.index(name) for name in part] for window, part in self.needs.items()}
        self._sums = {window: np.zeros((0, len(part))) for window, part in self.needs.items()}
        self._waiting: dict[int, deque[_Day]] = {window: deque() for window in self.needs}
        self.buyers = RecentBuyers()

    def add(self, block: Block, size: int) -> None:
        """Days come in order; a block may hold several."""
        days = np.unique(block.days)
        for day in days:
            if len(days) == 1:
                self._add(int(day), block, size)
                continue
            here = block.days == day
            one = Block(*(getattr(block, name)[here] for name in ("rows", "days", "counts", "counted", "sketch")))
            self._add(int(day), one, size)

    def _add(self, day: int, block: Block, size: int) -> None:
        rows, group = np.unique(block.rows, return_inverse=True)
        values = on_grid(group_sums(group, np.take(block.counts, self._columns, axis=1), len(rows)))
        for window, sums in self._sums.items():
            if day > self._first - window:
                self._sums[window] = grown(sums, size)
                self._sums[window][rows] += values[:, self._picks[window]]
        self._keep(_Day(day, rows, _smallest(values)))
        self.buyers.add(block, size)

    def _keep(self, day: _Day) -> None:
        for window, waiting in self._waiting.items():
            if self._first - window < day.day <= self._last - window:
                waiting.append(day)

    def at(self, night: date, size: int) -> tuple[dict[int, Floats], Ints]:
        """Sums by window (size x its counters, copies), and distinct buyers of the last 90 days (0 to 5).

        Ask in order of the nights, when exactly the days up to the night have come in.
        """
        for window, waiting in self._waiting.items():
            while waiting and waiting[0].day <= night.toordinal() - window:
                old = waiting.popleft()
                self._sums[window][old.rows] -= old.values[:, self._picks[window]]
        sums = {window: grown(total, size).copy() for window, total in self._sums.items()}
        return sums, self.buyers.count(night, size)


def _smallest(values: Floats) -> NDArray[np.float32] | Floats:
    small = values.astype(np.float32)
    return small if np.array_equal(small, values) else values


class RecentBuyers:
    """The five buyers last seen of every subject, each with its day: exact up to five for any window.

    A subject whose buyers are not told to us, for it is known by daily rates alone, counts as five.
    """

    def __init__(self) -> None:
        self._hashes: Hashes = np.zeros((0, _KEPT), dtype=np.uint32)
        self._days: NDArray[np.int32] = np.zeros((0, _KEPT), dtype=np.int32)
        self._counted: Ints = np.zeros(0, dtype=np.int64)  # last day with orders counted, or told
        self._told: Ints = np.zeros(0, dtype=np.int64)

    def add(self, block: Block, size: int) -> None:
        """One day's rows; a subject may have several."""
        day = int(block.days[0]) if len(block.days) else 0
        self._hashes, self._days = grown(self._hashes, size, NO_HASH), grown(self._days, size)
        self._counted, self._told = grown(self._counted, size), grown(self._told, size)
        sold = block.counts[:, COLUMN["orders"]] > 0
        self._counted[block.rows[sold & block.counted]] = day
        self._told[block.rows[sold & ~block.counted]] = day
        seen = np.flatnonzero((block.sketch != NO_HASH).any(axis=1))
        while len(seen):  # each subject once a round: those that sell through several come again
            once = np.unique(block.rows[seen], return_index=True)[1]
            self._see(block.rows[seen[once]], block.sketch[seen[once]], day)
            seen = np.delete(seen, once)

    def _see(self, rows: Ints, sketch: Hashes, day: int) -> None:
        hashes, days = self._hashes[rows], self._days[rows]
        again = (hashes[:, :, None] == sketch[:, None, :]).any(axis=2)
        both = np.concatenate([sketch, np.where(again, NO_HASH, hashes)], axis=1)
        when = np.concatenate([np.full(sketch.shape, day, dtype=np.int32), days], axis=1)
        when[both == NO_HASH] = -1
        order = np.argsort(-when, axis=1, kind="stable")[:, :_KEPT]
        self._hashes[rows] = np.take_along_axis(both, order, axis=1)
        self._days[rows] = np.take_along_axis(when, order, axis=1)

    def count(self, night: date, size: int, window: int = BUYERS_WINDOW) -> Ints:
        """Distinct buyers of the days of the window up to the night, 0 to 5."""
        after = night.toordinal() - window
        recent = (grown(self._days, size) > after) & (grown(self._hashes, size, NO_HASH) != NO_HASH)
        untold = (grown(self._told, size) > after) & (grown(self._counted, size) <= after)
        return np.where(untold, _KEPT, recent.sum(axis=1)).astype(np.int64)
