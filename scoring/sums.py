"""Sums over days per subject: what a stream of day tables is condensed into. Memory is subjects x counters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring import reported
from scoring.archive import Archive
from scoring.features import DECAYED, HALF_LIVES, on_grid
from scoring.reported import COLUMN, COLUMNS
from scoring.roster import Roster

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Hashes = NDArray[np.uint32]
Number = TypeVar("Number", bound=np.generic)
NO_HASH = np.uint32(4294967295)
SKETCH = ("b1", "b2", "b3", "b4", "b5")
_FLUSH_ROWS = 400_000  # rows of day tables summed in one go: about 250 MiB


@dataclass(frozen=True)
class Block:
    """Rows of some days. `counts`: rows x COLUMNS, the reported ones only where nothing was counted."""

    rows: Ints
    days: Ints
    counts: Floats
    counted: NDArray[np.bool_]
    sketch: Hashes


class Sink(Protocol):
    """Whatever takes blocks in day order."""

    def add(self, block: Block, size: int) -> None: ...


def feed(archive: Archive, roster: Roster, sinks: Iterable[Sink], first: date, before: date) -> None:
    """Give the days of [first, before) to every sink, in day order."""
    waiting: list[Block] = []
    for day, frames in archive.walk(("counters", "reported"), first, before):
        waiting.append(day_block(roster, day, frames.get("counters"), frames.get("reported")))
        if sum(len(block.rows) for block in waiting) >= _FLUSH_ROWS:
            _flush(waiting, sinks, len(roster))
    _flush(waiting, sinks, len(roster))


def _flush(waiting: list[Block], sinks: Iterable[Sink], size: int) -> None:
    if not waiting:
        return
    block = Block(
        *(
            np.concatenate([getattr(part, name) for part in waiting])
            for name in ("rows", "days", "counts", "counted", "sketch")
        )
    )
    waiting.clear()
    for sink in sinks:
        sink.add(block, size)


def day_block(roster: Roster, day: date, counted: pd.DataFrame | None, told: pd.DataFrame | None) -> Block:
    """One day's tables side by side: per (subject, metric) what was counted wins over what was reported."""
    parts = [
        _part(roster, day, frame, is_counted)
        for frame, is_counted in ((counted, True), (told, False))
        if frame is not None and len(frame)
    ]
    if not parts:
        return _part(roster, day, pd.DataFrame({"kind": [], "subject_id": []}), True)
    if told is None or not len(told):
        return parts[0]
    extra = parts[-1]
    values = reported.completed(extra.counts)
    if len(parts) == 2:
        values = _uncounted(values, extra.rows, parts[0])
    parts[-1] = Block(extra.rows, extra.days, values, extra.counted, extra.sketch)
    return Block(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("rows", "days", "counts", "counted", "sketch")
        )
    )


def _part(roster: Roster, day: date, frame: pd.DataFrame, counted: bool) -> Block:
    rows = roster.rows(frame)
    return Block(
        rows, np.full(len(rows), day.toordinal()), matrix(frame, COLUMNS), np.full(len(rows), counted), sketches(frame)
    )


def _uncounted(values: Floats, rows: Ints, counted: Block) -> Floats:
    """Reported values, zero for each metric that was counted for the same subject."""
    subjects, group = np.unique(counted.rows, return_inverse=True)
    place = np.minimum(np.searchsorted(subjects, rows), len(subjects) - 1)
    there = (group_sums(group, counted.counts, len(subjects)) > 0)[place] & (subjects[place] == rows)[:, None]
    out = values.copy()
    for name, at in COLUMN.items():
        rival = COLUMN[name.removesuffix("_n") + "_d"] if name.endswith("_n") else at
        out[there[:, rival], at] = 0.0
    return out


def matrix(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    """Columns of a day table as an array; a missing column is all zero."""
    place = {name: at for at, name in enumerate(columns)}
    out = np.zeros((len(frame), len(columns)))
    for name, column in frame.items():  # one walk: looking up sixty columns by name costs more than reading them
        if name in place:
            out[:, place[str(name)]] = column.to_numpy()
    return out


def sketches(frame: pd.DataFrame) -> Hashes:
    """The buyer sketch of each line of a day table, NO_HASH where there is none."""
    out = np.full((len(frame), len(SKETCH)), NO_HASH, dtype=np.uint32)
    for at, name in enumerate(SKETCH):
        if name in frame.columns:
            out[:, at] = frame[name].to_numpy()
    return out


def group_sums(groups: Ints, values: Floats, size: int, weights: Floats | None = None) -> Floats:
    """Sum of the (weighted) rows of each group: size x columns. Rows are added in their order."""
    order = np.argsort(groups, kind="stable")
    ends = np.searchsorted(groups[order], np.arange(size + 1))
    ones = np.ones(len(groups)) if weights is None else weights
    return np.asarray(csr_matrix((ones[order], order, ends), shape=(size, len(groups))) @ values)


def grown(array: NDArray[Number], size: int, fill: int | np.uint32 = 0) -> NDArray[Number]:
    """The array with rows of `fill` appended up to `size`."""
    if len(array) >= size:
        return array
    return np.concatenate([array, np.full((size - len(array), *array.shape[1:]), fill, dtype=array.dtype)])


class DecayedSums:
    """Per half-life and counter the sum of day values, each halved once per half-life of age.

    Kept in weights that grow with the day and scaled down when read, so a day touches only its own subjects.
    """

    def __init__(self, origin: date) -> None:
        self._origin = origin.toordinal()
        self._columns = [COLUMN[name] for name in DECAYED]
        self._totals = {half_life: np.zeros((0, len(DECAYED))) for half_life in HALF_LIVES}

    def add(self, block: Block, size: int) -> None:
        subjects, group = np.unique(block.rows, return_inverse=True)
        values = np.take(block.counts, self._columns, axis=1)  # contiguous, unlike a slice: three passes follow
        for half_life in HALF_LIVES:
            weights = np.exp2((block.days - self._origin) / half_life)
            self._totals[half_life] = grown(self._totals[half_life], size)
            self._totals[half_life][subjects] += group_sums(group, values, len(subjects), weights)

    def at(self, cutoff: date, size: int) -> dict[int, Floats]:
        """Half-life -> size x DECAYED, as of the cut-off and on the grid: the day before it has age 0."""
        age = cutoff.toordinal() - 1 - self._origin
        return {
            half_life: on_grid(grown(total, size) * np.exp2(-age / half_life))
            for half_life, total in self._totals.items()
        }


class FirstSeen:
    """Per subject the first day with orders, -1 where there was none."""

    def __init__(self) -> None:
        self.days: Ints = np.zeros(0, dtype=np.int64)

    def add(self, block: Block, size: int) -> None:
        self.days = grown(self.days, size, -1)
        sold = block.counts[:, COLUMN["orders"]] > 0
        rows, first = np.unique(block.rows[sold], return_index=True)
        fresh = self.days[rows] < 0
        self.days[rows[fresh]] = block.days[sold][first[fresh]]


class RecentSums:
    """Plain sums of some counters over the days after `after`, counted and reported apart."""

    def __init__(self, columns: Sequence[str], after: date) -> None:
        self._after, self._columns = after.toordinal(), [COLUMN[name] for name in columns]
        self.counted = np.zeros((0, len(columns)))
        self.reported = np.zeros((0, len(columns)))

    def add(self, block: Block, size: int) -> None:
        self.counted = self._plus(self.counted, block, block.counted, size)
        self.reported = self._plus(self.reported, block, ~block.counted, size)

    def _plus(self, total: Floats, block: Block, wanted: NDArray[np.bool_], size: int) -> Floats:
        recent = wanted & (block.days > self._after)
        total = grown(total, size)
        if recent.any():
            total = total + group_sums(block.rows[recent], np.take(block.counts, self._columns, axis=1)[recent], size)
        return total


class Buyers:
    """How many distinct buyers were seen after `after`: exact up to 5, more are not counted."""

    def __init__(self, after: date) -> None:
        self._after = after.toordinal()
        self._hashes: Hashes = np.zeros((0, 5), dtype=np.uint32)
        self.count: Ints = np.zeros(0, dtype=np.int64)

    def add(self, block: Block, size: int) -> None:
        self._hashes, self.count = grown(self._hashes, size, NO_HASH), grown(self.count, size)
        open_ = (block.days > self._after) & (self.count[block.rows] < 5)
        rows = np.unique(block.rows[open_])
        pairs = np.concatenate([_pairs(block.rows[open_], block.sketch[open_]), _pairs(rows, self._hashes[rows])])
        known = np.unique(pairs)
        subject = (known >> np.uint64(32)).astype(np.int64)
        place = np.arange(len(known)) - np.searchsorted(subject, subject)
        kept = place < 5
        self._hashes[subject[kept], place[kept]] = (known[kept] & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        self.count[rows] = (self._hashes[rows] != NO_HASH).sum(axis=1)


def _pairs(rows: Ints, sketch: Hashes) -> NDArray[np.uint64]:
    pairs = (rows.astype(np.uint64)[:, None] << np.uint64(32)) | sketch.astype(np.uint64)
    return np.asarray(pairs[sketch != NO_HASH])
