"""Day files -> what a night needs of them: features at past cut-offs with what followed, and features of tonight.

A cut-off C knows the days before C and learns from the orders placed in [C, C + 14), after which the next one begins:
every order teaches once, and the period that judges a model shares none with those that taught it. Nothing after the
day of a cut-off enters its features, and no feature subtracts or switches windows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring import reported
from scoring.archive import Archive
from scoring.features import DECAYED, HALF_LIVES, Peers, Yardsticks, ages, features, metrics, yardsticks
from scoring.metrics import EXCLUSION_REASONS, KIND_ASPECTS, OUTCOMES, SubjectKind
from scoring.roster import Roster
from scoring.sums import Buyers, DecayedSums, FirstSeen, RecentSums, Sink, day_block, feed, group_sums, grown, matrix

Floats = NDArray[np.float64]
Packed: TypeAlias = "csr_matrix[Any]"  # a table that is mostly 0
KINDS: tuple[SubjectKind, ...] = ("store", "anchor")
HORIZON = 30  # days of orders that a rating speaks of
MATURE = 60  # days after which the outcome of an order stands
EVERY = 14  # days between training cut-offs, on a grid fixed in the calendar
LEARNT = EVERY  # days of orders that a training cut-off teaches
MOST_CUTOFFS = 8
_LEAST_HISTORY = 14  # days of counters before a cut-off
WINDOW = 365  # days behind the published counts
HELD_WINDOW = 14
_RECENT = ("orders", "defect_n", *(f"excluded_{reason}" for reason in EXCLUSION_REASONS))


@dataclass(frozen=True)
class Panel:
    """Rows (cut-off, subject) of one kind, sorted: features (float32), outcomes (float64 columns OUTCOMES).

    `market` is the share per target that the market's counters show tonight, `shown` what they showed at each cut-off.
    Only rows with orders in the days that followed are there.
    """

    kind: SubjectKind
    subjects: NDArray[np.str_]  # subject_id of each row
    features: pd.DataFrame
    outcomes: pd.DataFrame
    cutoffs: NDArray[np.int64]  # ordinal day of each row
    market: dict[str, float]
    shown: dict[int, dict[str, float]]

    def before(self, cutoff: int) -> Panel:
        """The rows of earlier cut-offs (ordinal day): all that a judge of this cut-off may have been taught."""
        return self.take(self.cutoffs < cutoff)

    def at(self, cutoff: int) -> Panel:
        """The rows of one cut-off."""
        return self.take(self.cutoffs == cutoff)

    def take(self, rows: NDArray[np.bool_]) -> Panel:
        """The rows of a mask."""
        return Panel(
            self.kind,
            self.subjects[rows],
            self.features[rows].reset_index(drop=True),
            self.outcomes[rows].reset_index(drop=True),
            self.cutoffs[rows],
            self.market,
            self.shown,
        )


@dataclass(frozen=True)
class Earlier:
    """The sums at the end of earlier nights, packed: of ten nights few subjects' few counters are not 0."""

    past: Mapping[date, Sequence[Packed]]
    rows: NDArray[np.int64]
    size: int

    def __getitem__(self, night: date) -> dict[int, Floats]:
        """Half-life -> rows x DECAYED. Raises KeyError for a night that was not asked for."""
        unpacked = (grown(table.toarray(), self.size)[self.rows] for table in self.past[night])
        return dict(zip(HALF_LIVES, unpacked, strict=True))


@dataclass(frozen=True)
class Tonight:
    """Subjects of one kind, sorted by id: features with all they are made of, and the counts beside the rating.

    Every table has one row per subject: `sums`, half-life -> rows x DECAYED; `yardsticks` likewise; `age` in days;
    `earlier`: the sums at the end of earlier nights.
    """

    kind: SubjectKind
    features: pd.DataFrame
    counts: pd.DataFrame
    seen: dict[str, NDArray[np.bool_]]  # aspect -> whether there is any evidence on it
    sums: dict[int, Floats]
    yardsticks: Yardsticks
    age: Floats
    earlier: Earlier


def training_cutoffs(archive: Archive, as_of: date) -> list[date]:
    """At most 8 cut-offs on days whose ordinal 14 divides, the newest at least 74 days ago; ascending.

    Each has 14 days of counters before it. The grid is the calendar's, not the night's: a model learns from the same
    cut-offs for 14 nights and does not change with every one of them.
    """
    known = archive.days(("counters", "reported"))
    if not known:
        return []
    latest = (as_of - timedelta(days=LEARNT + MATURE)).toordinal()
    newest = date.fromordinal(latest - latest % EVERY)
    candidates = [newest - timedelta(days=EVERY * step) for step in range(MOST_CUTOFFS)]
    return sorted(cutoff for cutoff in candidates if cutoff - timedelta(days=_LEAST_HISTORY) >= known[0])


def panels(archive: Archive, roster: Roster, as_of: date) -> dict[SubjectKind, Panel]:
    """What the models of a night learn from. A market too young for cut-offs gives panels without rows."""
    cutoffs = training_cutoffs(archive, as_of)
    followed = horizon_outcomes(archive, roster, cutoffs, days=LEARNT)
    parts: dict[SubjectKind, list[Panel]] = {kind: [] for kind in KINDS}
    for cutoff, sums, seen in snapshots(archive, roster, [*cutoffs, as_of + timedelta(days=1)]):
        for kind in KINDS:
            parts[kind].append(panel(kind, roster, cutoff, sums, seen, followed.get(cutoff)))
    return {kind: stacked(parts[kind][:-1] or parts[kind], parts[kind][-1].market) for kind in KINDS}


def snapshots(
    archive: Archive,
    roster: Roster,
    cutoffs: Sequence[date],
    sinks: Sequence[Sink] = (),
) -> Iterator[tuple[date, dict[int, Floats], NDArray[np.int64]]]:
    """Per cut-off, ascending: decayed sums by half-life and the first day seen, from the days before it."""
    days = archive.days(("counters", "reported"))
    start = min([*days[:1], cutoffs[0]])
    sums, seen = DecayedSums(start), FirstSeen()
    for cutoff in cutoffs:
        feed(archive, roster, [sums, seen, *sinks], start, cutoff)
        yield cutoff, sums.at(cutoff, len(roster)), grown(seen.days, len(roster), -1)
        start = cutoff


def horizon_outcomes(archive: Archive, roster: Roster, cutoffs: Sequence[date], *, days: int) -> dict[date, Floats]:
    """Per cut-off: rows x OUTCOMES of the orders placed in the days from it. Takes what is there, mature or not."""
    if not cutoffs:
        return {}
    totals = {cutoff: np.zeros((len(roster), len(OUTCOMES))) for cutoff in cutoffs}
    for day, frames in archive.walk(("outcomes", "reported"), min(cutoffs), max(cutoffs) + timedelta(days=days)):
        followed = _day_outcomes(roster, day, frames.get("outcomes"), frames.get("reported"))
        for cutoff in cutoffs:
            if cutoff <= day < cutoff + timedelta(days=days):
                totals[cutoff] = grown(totals[cutoff], len(followed))
                totals[cutoff][: len(followed)] += followed
    return totals


def _day_outcomes(roster: Roster, day: date, counted: pd.DataFrame | None, told: pd.DataFrame | None) -> Floats:
    total = np.zeros((0, len(OUTCOMES)))
    if counted is not None:
        rows = roster.rows(counted)
        total = group_sums(rows, matrix(counted, OUTCOMES), len(roster))
    if told is not None:
        block = day_block(roster, day, None, told)
        extra = group_sums(block.rows, reported.outcomes(block.counts), len(roster))
        total = grown(total, len(extra))
        total = np.where(total[:, :1] > 0, total, extra)
    return total


def peers(kind: SubjectKind, roster: Roster, cutoff: date, seen: NDArray[np.int64]) -> Peers:
    """The subjects of a kind, sorted by id. `seen`: first day with orders of each row of the roster, -1 for none."""
    rows = roster.of_kind(kind)
    codes = np.unique(roster.categories()[rows].astype(str), return_inverse=True)[1] if len(rows) else rows
    return Peers(kind, rows, codes, ages(roster.opened()[rows], seen[rows], cutoff))


def panel(
    kind: SubjectKind,
    roster: Roster,
    cutoff: date,
    sums: dict[int, Floats],
    seen: NDArray[np.int64],
    followed: Floats | None,
) -> Panel:
    """One cut-off's rows. `sums`: half-life -> rows of the roster x DECAYED; `followed`: its rows x OUTCOMES."""
    who = peers(kind, roster, cutoff, seen)
    own = {half_life: total[who.rows] for half_life, total in sums.items()}
    table = np.zeros((len(who.rows), len(OUTCOMES)))
    if followed is not None:
        table = grown(followed, len(roster))[who.rows]
    kept = table[:, 0] > 0
    market = _market(kind, own[30])
    rows = {half_life: total[kept] for half_life, total in own.items()}
    return Panel(
        kind,
        np.array([roster.ids[row] for row in who.rows[kept]], dtype=np.str_),
        features(rows, yardsticks(sums, who).take(kept), who.age[kept], kind),
        pd.DataFrame(table[kept], columns=list(OUTCOMES)),
        np.full(int(kept.sum()), cutoff.toordinal()),
        market,
        {cutoff.toordinal(): market},
    )


def _market(kind: SubjectKind, own: Floats) -> dict[str, float]:
    """Share per target as the counters show it. They do not tell aspects apart: each gets an equal part."""
    totals = dict(zip(DECAYED, own.sum(axis=0).tolist(), strict=True))
    shares = {key: (totals[f"{key}_n"] + 1.0) / (totals[f"{key}_d"] + 20.0) for key in ("defect", "problem")}
    aspects = KIND_ASPECTS[kind]
    return shares | {f"defect_{aspect}": shares["defect"] / len(aspects) for aspect in aspects}


def stacked(parts: Sequence[Panel], market: dict[str, float]) -> Panel:
    """Panels of one kind below each other, in ascending order of their cut-offs. `market`: of tonight."""
    return Panel(
        parts[-1].kind,
        np.concatenate([part.subjects for part in parts]),
        pd.concat([part.features for part in parts], ignore_index=True),
        pd.concat([part.outcomes for part in parts], ignore_index=True),
        np.concatenate([part.cutoffs for part in parts]),
        market,
        {cutoff: shares for part in parts for cutoff, shares in part.shown.items()},
    )


def tonight(
    archive: Archive, roster: Roster, as_of: date, earlier: Sequence[date] = (), sinks: Sequence[Sink] = ()
) -> dict[SubjectKind, Tonight]:
    """Features of every subject as of the end of `as_of`, the counts of the score table, and what the sums were at the
    end of `earlier` nights (all before `as_of`), counted as they are now. `sinks` see every day too."""
    recent = RecentSums(_RECENT, as_of - timedelta(days=WINDOW))
    held = RecentSums(("held",), as_of - timedelta(days=HELD_WINDOW))
    buyers = Buyers(as_of - timedelta(days=WINDOW))
    cutoff = as_of + timedelta(days=1)
    cutoffs = [*(night + timedelta(days=1) for night in sorted(set(earlier))), cutoff]
    past: dict[date, list[Packed]] = {}
    for day, sums, seen in snapshots(archive, roster, cutoffs, (recent, held, buyers, *sinks)):  # noqa: B007 (the last one is used below)
        if day != cutoff:
            past[day - timedelta(days=1)] = [csr_matrix(sums[half_life]) for half_life in HALF_LIVES]
    size = len(roster)
    table = _counts(grown(recent.counted, size), grown(recent.reported, size), grown(buyers.count, size))
    table["held"] = grown(held.counted, size)[:, 0].astype(np.int64)
    return {kind: _tonight(kind, roster, peers(kind, roster, cutoff, seen), sums, past, table) for kind in KINDS}


def _tonight(
    kind: SubjectKind,
    roster: Roster,
    who: Peers,
    sums: dict[int, Floats],
    past: dict[date, list[Packed]],
    table: pd.DataFrame,
) -> Tonight:
    key = {
        "kind": kind,
        "subject_id": [roster.ids[row] for row in who.rows],
        "category": roster.categories()[who.rows],
    }
    counts = pd.concat([pd.DataFrame(key, dtype="str"), table.iloc[who.rows].reset_index(drop=True)], axis=1)
    own = {half_life: total[who.rows] for half_life, total in sums.items()}
    yard = yardsticks(sums, who)
    found = features(own, yard, who.age, kind)
    earlier = Earlier(past, who.rows, len(roster))
    return Tonight(kind, found, counts, _evidence(kind, own[365]), own, yard, who.age, earlier)


def _counts(counted: Floats, told: Floats, buyers: NDArray[np.int64]) -> pd.DataFrame:
    """Counts of the last 365 days. A subject known by daily rates alone is `aggregated`: its buyers are not told to
    us, and that is not held against it."""
    aggregated = (counted[:, 0] <= 0) & (told[:, 0] > 0)
    sums = np.rint(np.where(aggregated[:, None], told, counted)).astype(np.int64)
    table = pd.DataFrame(sums, columns=list(_RECENT)).rename(
        columns={"orders": "orders_counted", "defect_n": "confirmed_defects"}
    )
    table.insert(0, "basis", np.where(aggregated, "aggregated", "orders"))
    table.insert(2, "buyers", np.where(aggregated, 5, buyers))
    table.insert(4, "excluded_orders", sums[:, 2:].sum(axis=1))
    return table


def _evidence(kind: SubjectKind, own: Floats) -> dict[str, NDArray[np.bool_]]:
    at = {name: position for position, name in enumerate(DECAYED)}
    seen: dict[str, NDArray[np.bool_]] = {}
    for metric in metrics(kind):
        if metric.aspect:
            here = own[:, at[f"{metric.key}_d"]] > 0
            seen[metric.aspect] = seen.get(metric.aspect, np.zeros(len(own), dtype=bool)) | here
    return seen
