"""What a published formula may look at: plain sums of the day counters over its own window of days.

    past = history(archive, roster, cutoff)          # stores, in order of id
    risk = FORMULAS["dsr_mean"].score(past)          # one number per store, more is worse

Only days before the cut-off are read, and every counter stands on the day on which it became known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.metrics import BY_KEY, SCORES, SubjectKind
from scoring.reported import COLUMN
from scoring.roster import Roster
from scoring.sums import Block, feed, group_sums, grown

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
WINDOWS = (30, 60, 90, 180, 365)  # days
HALF_LIFE = 180  # days, of the answers in `faded`
COMPLAINTS = tuple(key for key in BY_KEY if key.startswith("complaint_"))
_METRICS = (
    "late_dispatch", "late_delivery", "dispatch_time", "merchant_cancel", "fulfilment_return", "quality_return",
    "described_return", *SCORES.values(), *COMPLAINTS, "refund_time", "refused_return", "slow_reply", "chat_low",
)  # fmt: skip
NAMES: tuple[str, ...] = (
    "orders", "overall_positive",
    *(f"{question}_sum" for question in SCORES),
    *(f"{metric}_{part}" for metric in _METRICS for part in ("n", "d")),
)  # fmt: skip
_AT = {name: position for position, name in enumerate(NAMES)}


@dataclass(frozen=True)
class History:
    """Subjects of one kind at a cut-off. `windows`: days -> subjects x NAMES, the sums of that many days before it;
    `faded`: subjects x NAMES, each day's counters halved once per 180 days of age. `peers`: whom formulas that
    compare, compare with; None means these very subjects."""

    windows: Mapping[int, Floats]
    faded: Floats
    peers: History | None = None

    def __len__(self) -> int:
        return len(self.faded)

    def total(self, days: int, *names: str) -> Floats:
        """Per subject the sum of these counters over the window."""
        return np.asarray(self.windows[days][:, [_AT[name] for name in names]].sum(axis=1))

    def recent(self, *names: str) -> Floats:
        """Per subject the sum of these counters, older days faded."""
        return np.asarray(self.faded[:, [_AT[name] for name in names]].sum(axis=1))

    @property
    def market(self) -> History:
        """Everybody who is compared with."""
        return self if self.peers is None else self.peers

    def take(self, rows: Ints | Sequence[int]) -> History:
        """Some subjects (row numbers, repeats allowed) among the same peers."""
        windows = {days: sums[rows] for days, sums in self.windows.items()}
        return History(windows, self.faded[rows], self.market)

    def plus(self, counters: Mapping[str, Floats]) -> History:
        """The same with so much more (per subject) of each counter on the day before the cut-off; the peers stay.

        Counters that no formula looks at are left out.
        """
        extra = np.zeros_like(self.faded)
        for name, values in counters.items():
            if name in _AT:
                extra[:, _AT[name]] = values
        windows = {days: sums + extra for days, sums in self.windows.items()}
        return History(windows, self.faded + extra, self.market)


class WindowSums:
    """Sums of every window of every cut-off from one pass: totals since the first day, kept at each window's edge."""

    def __init__(self, cutoffs: Iterable[date], windows: Sequence[int] = WINDOWS) -> None:
        ends = {cutoff.toordinal() for cutoff in cutoffs}
        self._windows = tuple(windows)
        self._last_use = {end - days: end for end in sorted(ends) for days in (*windows, 0)}  # later cut-offs overwrite
        self._edges = sorted(self._last_use)
        self._at_edge: dict[int, Floats] = {}
        self._columns = [COLUMN[name] for name in NAMES]
        self._total = np.zeros((0, len(NAMES)))
        self._faded = np.zeros((0, len(NAMES)))  # in weights that grow with the day, from the first edge on
        self._settled = 0  # edges that are passed

    def add(self, block: Block, size: int) -> None:
        """Days come in order; a block may hold several. Totals that no later cut-off needs are let go."""
        for days, rows, counts in self._pieces(block):
            self._settle(int(days[0]))
            self._at_edge = {edge: kept for edge, kept in self._at_edge.items() if self._last_use[edge] >= days[0]}
            subjects, group = np.unique(rows, return_inverse=True)
            weights = np.exp2((days - self._edges[0]) / HALF_LIFE)
            self._total, self._faded = grown(self._total, size), grown(self._faded, size)
            self._total[subjects] += group_sums(group, counts, len(subjects))
            self._faded[subjects] += group_sums(group, counts, len(subjects), weights)

    def at(self, cutoff: date, rows: Ints) -> History:
        """History of the subjects of these row numbers. Ask when exactly the days before the cut-off have come in."""
        end = cutoff.toordinal()
        self._settle(end)
        size = int(rows.max()) + 1 if len(rows) else 0
        total = grown(self._at_edge[end], size)[rows]
        windows = {days: total - grown(self._at_edge[end - days], size)[rows] for days in self._windows}
        age = end - 1 - self._edges[0]
        return History(windows, grown(self._faded, size)[rows] * np.exp2(-age / HALF_LIFE))

    def _pieces(self, block: Block) -> Iterable[tuple[Ints, Ints, Floats]]:
        """The block cut at the edges that lie inside it."""
        counts = np.take(block.counts, self._columns, axis=1)
        cuts = np.unique(np.searchsorted(block.days, self._edges))
        starts = [0, *(int(cut) for cut in cuts if 0 < cut < len(block.days)), len(block.days)]
        for start, end in pairwise(starts):
            if end > start:
                yield block.days[start:end], block.rows[start:end], counts[start:end]

    def _settle(self, day: int) -> None:
        """All days before `day` are in: keep the totals of the edges up to it."""
        while self._settled < len(self._edges) and self._edges[self._settled] <= day:
            self._at_edge[self._edges[self._settled]] = self._total.copy()
            self._settled += 1


def history(archive: Archive, roster: Roster, cutoff: date, kind: SubjectKind = "store") -> History:
    """What formulas look at on the morning of `cutoff`, one row per subject of the kind in order of id."""
    sums = WindowSums([cutoff])
    feed(archive, roster, [sums], date.min, cutoff)
    return sums.at(cutoff, roster.of_kind(kind))
