"""What moved each star since the night before, and what earlier nights still vouch for, by scoring again.

With x the decayed sums of a subject, P the peers it is set against and f a model, the steps are
    corrected  f0(x of the night before, its past days as they are counted now; P0)
    aged       f0(the same, older by the days that have passed; P0)
    evidence   f0(x tonight; P0)            what the new days brought, good and bad
    peers      f0(x tonight; P tonight)
and tonight's own log-odds f(x tonight; P tonight) end the row. An earlier night k vouches with fk(x tonight; Pk): what
its model and peers think of tonight's evidence (scoring.stability).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.features import DECAYED, HALF_LIVES, Peers, Yardsticks, features, on_grid, yardsticks
from scoring.metrics import CATALOGUE, SubjectKind
from scoring.model import StarModel
from scoring.roster import Roster
from scoring.stars import states
from scoring.sums import DecayedSums, feed
from scoring.windows import Tonight

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Sums = dict[int, Floats]
Models = Mapping[SubjectKind, StarModel]
STEPS = ("corrected", "aged", "evidence", "peers")  # columns step_<name>, log-odds at the reference level
KEPT = "kept_"  # columns kept_<days since>, likewise
WEEKLY, MONTHLY = (7, 63), (28, 140)  # every so many days, as far back
# More of these is bad news; minutes are not: every order brings some.
_BAD_NEWS = [
    DECAYED.index(f"{metric.key}_n") for metric in CATALOGUE if metric.unit == "share" and metric.key != "problem"
]


@dataclass(frozen=True)
class Before:
    """The night that tonight is compared with: its market day, models, two archives of the days up to it whose files
    have changed since (as they were, and as they are), and its shape.json, if it had one. Without models (another
    version's) only `symptom` can be told."""

    as_of: date
    models: Models | None
    was: Archive
    now: Archive
    shape: Mapping[str, Any] | None = None


def kept_nights(published: Iterable[date], as_of: date) -> list[date]:
    """Which earlier nights still vouch, by the calendar alone: the last nine weeks' one a week, one in four weeks for
    twenty. What is kept must not depend on evidence, else a better record could lose its witness."""
    found = set()
    for night in published:
        age = (as_of - night).days
        if age > 0 and any(night.toordinal() % every == 0 and age <= reach for every, reach in (WEEKLY, MONTHLY)):
            found.add(night)
    return sorted(found)


def corrected(roster: Roster, before: Before) -> Sums:
    """What recounts changed in the days of the night before, as of its end: half-life -> roster rows x DECAYED."""
    was, now = (_sums(part, roster, before.as_of + timedelta(days=1)) for part in (before.was, before.now))
    return {h: _grown(now[h], len(roster)) - _grown(was[h], len(roster)) for h in HALF_LIVES}


def _sums(archive: Archive, roster: Roster, cutoff: date) -> Sums:
    days = archive.days(("counters", "reported"), date.min, cutoff)
    sums = DecayedSums(days[0] if days else cutoff)
    if days:
        feed(archive, roster, [sums], days[0], cutoff)
    return sums.at(cutoff, len(roster))


def _grown(sums: Floats, size: int) -> Floats:
    return np.pad(sums, ((0, size - len(sums)), (0, 0)))


class Again:
    """Tonight's subjects of one kind that have evidence enough for a star, scored again. Other rows are NaN."""

    def __init__(self, part: Tonight) -> None:
        self.part = part
        self.rows: Bools = (states(part.counts) == "rated").to_numpy(dtype=np.bool_)
        codes = np.unique(part.counts["category"].to_numpy(dtype=str), return_inverse=True)[1]
        self._peers = Peers(part.kind, np.arange(len(part.counts)), codes.astype(np.int64), part.age)

    def steps(self, fixed: Sums, before: Before, as_of: date) -> pd.DataFrame:
        """Columns step_<name> (see STEPS) and `symptom` (bool: bad news since). `fixed`: corrections, row by row."""
        days, then = (as_of - before.as_of).days, self.part.earlier[before.as_of]
        aged = {h: on_grid(then[h] * 2.0 ** (-days / h)) for h in HALF_LIVES}
        new = {h: self.part.sums[h] - aged[h] for h in HALF_LIVES}
        symptom = pd.DataFrame({"symptom": _bad_news(new) | _bad_news(fixed)})
        if before.models is None:
            return symptom
        was = {h: on_grid(np.maximum(then[h] - fixed[h], 0.0)) for h in HALF_LIVES}
        yard = yardsticks(was, self._peers)
        scored = {
            "corrected": (then, yard, np.maximum(self.part.age - days, 0.0)),
            "aged": (aged, yard, self.part.age),
            "evidence": (self.part.sums, yard, self.part.age),
            "peers": (self.part.sums, self.part.yardsticks, self.part.age),
        }
        model = before.models[self.part.kind]
        return symptom.assign(**{f"step_{name}": self._score(model, *given) for name, given in scored.items()})

    def vouched(self, models: Models, night: date, as_of: date) -> pd.Series[float]:
        """Column kept_<days since> of an earlier night."""
        yard = yardsticks(self.part.earlier[night], self._peers)
        scored = self._score(models[self.part.kind], self.part.sums, yard, self.part.age)
        return pd.Series(scored, name=f"{KEPT}{(as_of - night).days}")

    def _score(self, model: StarModel, own: Sums, yard: Yardsticks, age: Floats) -> Floats:
        out = np.full(len(self.rows), np.nan)
        mine = {h: sums[self.rows] for h, sums in own.items()}
        if self.rows.any():
            found = features(mine, yard.take(self.rows), age[self.rows], self.part.kind)
            out[self.rows] = model.score(found)
        return out


def _bad_news(sums: Sums) -> Bools:
    """Whether any incident is in it; a hundredth is far above what rounding leaves where nothing was new."""
    return np.asarray((sums[max(HALF_LIVES)][:, _BAD_NEWS] > 1e-2).any(axis=1))
