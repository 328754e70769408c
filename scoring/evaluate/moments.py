"""Every cut-off that is judged or learnt from, out of one pass over the day files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.evaluate.plan import Plan
from scoring.features import Peers, Yardsticks, features, yardsticks
from scoring.formulas import FORMULAS, History, WindowSums
from scoring.metrics import SubjectKind
from scoring.roster import Roster
from scoring.stars import LEAST_ORDERS
from scoring.windows import HORIZON, LEARNT, Panel, horizon_outcomes, panel, peers, snapshots

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Told = Callable[[str], None]


@dataclass(frozen=True)
class Moment:
    """One cut-off: the subjects with orders in the days from it (as in `Panel`), and each formula's risk of them."""

    panel: Panel
    formulas: dict[str, Floats]


@dataclass(frozen=True)
class Standing:
    """The subjects with 30 orders in the year before a cut-off: their features, and each formula's risk of them."""

    subjects: NDArray[np.str_]
    features: pd.DataFrame
    formulas: dict[str, Floats]


@dataclass(frozen=True)
class Field:
    """What the rating of the same subjects is made of, so that their counters can be changed and scored again."""

    kind: SubjectKind
    own: dict[int, Floats]
    yardsticks: Yardsticks
    age: Floats
    past: History

    def features(self) -> pd.DataFrame:
        """Features of each subject."""
        return features(self.own, self.yardsticks, self.age, self.kind)


@dataclass(frozen=True)
class Gathered:
    """A day may be both: training looks at fewer days of orders than judging does."""

    learnt: dict[date, Moment]
    judged: dict[date, Moment]
    standings: dict[date, Standing]  # of the judged cut-offs
    field: Field  # at the last of them


def gather(archive: Archive, roster: Roster, todo: Plan, kind: SubjectKind, told: Told = lambda what: None) -> Gathered:
    """Panels and formulas of every cut-off of the plan, standings of the judged ones; `told` hears of each cut-off."""
    cutoffs = todo.all_cutoffs
    taught = horizon_outcomes(archive, roster, todo.taught_by, days=LEARNT)
    came = horizon_outcomes(archive, roster, todo.cutoffs, days=HORIZON)
    windows = WindowSums(cutoffs)
    learnt: dict[date, Moment] = {}
    judged: dict[date, Moment] = {}
    standings: dict[date, Standing] = {}
    for cutoff, sums, seen in snapshots(archive, roster, cutoffs, [windows]):
        who = peers(kind, roster, cutoff, seen)
        past = windows.at(cutoff, who.rows)
        ids = np.array([roster.ids[row] for row in who.rows], dtype=np.str_)
        risks = {key: formula.score(past) for key, formula in FORMULAS.items()}
        for moments, followed in ((learnt, taught), (judged, came)):
            if cutoff in followed:
                part = panel(kind, roster, cutoff, sums, seen, followed[cutoff])
                moments[cutoff] = Moment(part, _of(risks, np.searchsorted(ids, part.subjects)))
        if cutoff in judged:
            rated = np.flatnonzero(past.total(365, "orders") >= LEAST_ORDERS)
            field = _field(kind, sums, who, past, rated)
            standings[cutoff] = Standing(ids[rated], field.features(), _of(risks, rated))
        told(f"counters before {cutoff}")
    return Gathered(learnt, judged, standings, field)


def _field(kind: SubjectKind, sums: Mapping[int, Floats], who: Peers, past: History, rated: Ints) -> Field:
    own = {half_life: total[who.rows[rated]] for half_life, total in sums.items()}
    return Field(kind, own, yardsticks(sums, who).take(rated), who.age[rated], past.take(rated))


def _of(risks: Mapping[str, Floats], rows: Ints) -> dict[str, Floats]:
    return {key: risk[rows] for key, risk in risks.items()}
