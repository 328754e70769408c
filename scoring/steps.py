"""What moved each star since the night before: the same subjects scored again, one change at a time.

With x the decayed sums of a subject, P the peers it is set against and f a model, the steps are
    corrected  f0(x of the night before, its past days as they are counted now; P0)
    aged       f0(the same, older by the days that have passed; P0)
    evidence   f0(x tonight; P0)            what the new days brought, good and bad
    peers      f0(x tonight; P tonight)
and tonight's own log-odds f(x tonight; P tonight) end the row. Sums are linear in the day files, so that the night
before is tonight less the new days, less what changed in the old ones: only those files are read a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.features import DECAYED, HALF_LIVES, Peers, features, on_grid, yardsticks
from scoring.metrics import CATALOGUE, SubjectKind
from scoring.model import StarModel
from scoring.roster import Roster
from scoring.sums import DecayedSums, feed
from scoring.windows import Tonight

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Sums = dict[int, Floats]
STEPS = ("corrected", "aged", "evidence", "peers")  # columns step_<name>, log-odds at the reference level
# More of these is bad news; minutes are not: every order brings some.
_BAD_NEWS = [
    DECAYED.index(f"{metric.key}_n") for metric in CATALOGUE if metric.unit == "share" and metric.key != "problem"
]


@dataclass(frozen=True)
class Before:
    """The night that tonight is compared with: its market day, models, and two archives of the days up to it whose
    files have changed since: as they were, and as they are."""

    as_of: date
    models: Mapping[SubjectKind, StarModel]
    was: Archive
    now: Archive


@dataclass(frozen=True)
class Changes:
    """Decayed sums as of tonight, half-life -> roster rows x DECAYED: of the new days, and of corrections to old."""

    new: Sums
    corrected: Sums


def changes(archive: Archive, roster: Roster, before: Before, as_of: date) -> Changes:
    """What the days after `before` brought, and what recounts of earlier days changed. Feeds the same roster."""
    cutoff = as_of + timedelta(days=1)
    new = _sums(archive, roster, before.as_of + timedelta(days=1), cutoff, cutoff)
    was, now = (_sums(part, roster, date.min, cutoff, cutoff) for part in (before.was, before.now))
    size = len(roster)
    corrected = {h: _grown(now[h], size) - _grown(was[h], size) for h in HALF_LIVES}
    return Changes({h: _grown(new[h], size) for h in HALF_LIVES}, corrected)


def _sums(archive: Archive, roster: Roster, first: date, end: date, cutoff: date) -> Sums:
    days = archive.days(("counters", "reported"), first, end)
    sums = DecayedSums(days[0] if days else cutoff)
    if days:
        feed(archive, roster, [sums], days[0], end)
    return sums.at(cutoff, len(roster))


def _grown(sums: Floats, size: int) -> Floats:
    return np.pad(sums, ((0, size - len(sums)), (0, 0)))


def steps(part: Tonight, rows: Ints, changed: Changes, before: Before, as_of: date) -> pd.DataFrame:
    """Columns step_<name> (see STEPS) and `symptom` (bool: bad news since), one row per row of `part`.

    rows: the roster row of each, as in `changed`.
    """
    model, days = before.models[part.kind], (as_of - before.as_of).days
    new, fixed = ({h: sums[h][rows] for h in HALF_LIVES} for sums in (changed.new, changed.corrected))
    aged = {h: np.maximum(part.sums[h] - new[h], 0.0) for h in HALF_LIVES}
    younger = {h: on_grid(aged[h] * 2.0 ** (days / h)) for h in HALF_LIVES}
    was = {h: on_grid(np.maximum(aged[h] - fixed[h], 0.0) * 2.0 ** (days / h)) for h in HALF_LIVES}
    yard = yardsticks(was, _peers(part))
    scored = {
        "corrected": (younger, yard, np.maximum(part.age - days, 0.0)),
        "aged": (aged, yard, part.age),
        "evidence": (part.sums, yard, part.age),
        "peers": (part.sums, part.yardsticks, part.age),
    }
    columns = {
        f"step_{name}": model.score(features(own, against, age, part.kind))
        for name, (own, against, age) in scored.items()
    }
    return pd.DataFrame(columns | {"symptom": _bad_news(new) | _bad_news(fixed)})


def _peers(part: Tonight) -> Peers:
    codes = np.unique(part.counts["category"].to_numpy(dtype=str), return_inverse=True)[1]
    return Peers(part.kind, np.arange(len(part.counts)), codes.astype(np.int64), part.age)


def _bad_news(sums: Sums) -> NDArray[np.bool_]:
    """Whether any incident is in it; a thousandth is far above what rounding leaves of a recount that changed nothing."""
    return np.asarray((sums[max(HALF_LIVES)][:, _BAD_NEWS] > 1e-3).any(axis=1))
