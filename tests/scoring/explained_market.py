"""A simulated market with evidence behind it, counted and rated, whose subjects can be scored again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from scoring.explain.again import Rated, light
from scoring.explain.standing import Standing
from scoring.features import HALF_LIVES
from scoring.market import MarketSpec, simulate
from scoring.market.build import Market
from scoring.market.counted import archive_of, frames_of, horizon_of, subjects_of
from scoring.metrics import SubjectKind
from scoring.model import StarModel
from scoring.outcomes import EvidenceFrames, Horizon, count_units
from scoring.outcomes.incidents import incidents_of
from scoring.roster import Roster
from scoring.stars import Scale, fit_scale
from scoring.windows import KINDS, Tonight, panels, tonight
from scoring.work import scored

AS_OF = date(2026, 6, 30)
SPEC = MarketSpec(stores=40, days=130, seed=4, last_day=AS_OF, orders_per_store_day=2.0)


@dataclass(frozen=True)
class Counted:
    market: Market
    frames: EvidenceFrames
    horizon: Horizon
    parts: dict[SubjectKind, Tonight]
    models: dict[SubjectKind, StarModel]
    scale: Scale
    incidents: pd.DataFrame  # that count

    def ids(self, kind: SubjectKind) -> list[str]:
        return self.parts[kind].counts["subject_id"].tolist()

    def own(self, kind: SubjectKind, at: int) -> np.ndarray:
        return np.stack([self.parts[kind].sums[half_life][at] for half_life in HALF_LIVES])

    def rated(self, kind: SubjectKind, at: int) -> Rated:
        part = self.parts[kind]
        yards = (part.yardsticks.market, part.yardsticks.category)
        others = (np.stack([yard[half_life][at] for half_life in HALF_LIVES]) for yard in yards)
        standing = Standing(kind, "", float(part.age[at]), self.own(kind, at), *others)
        return Rated(light(self.models[kind].save()), standing, self.scale)

    def against(self, kind: SubjectKind, at: int) -> list[str]:
        """Units that count against a subject."""
        found = self.incidents[(self.incidents["role"] == kind) & (self.incidents["subject_id"] == self.ids(kind)[at])]
        return sorted(found["unit"].unique())

    def of_units(self, units: list[str]) -> EvidenceFrames:
        return replace(self.frames, units=frozenset(units))

    def sums_of(self, frames: EvidenceFrames, kind: SubjectKind) -> dict[int, np.ndarray]:
        """The whole way of a night over other evidence: counted, laid down by day, summed up."""
        archive = archive_of(self.market, count_units(frames, self.horizon))
        return tonight(archive, Roster(subjects_of(self.market)), AS_OF)[kind].sums


@lru_cache(maxsize=1)
def counted() -> Counted:
    market = simulate(SPEC)
    frames, horizon = frames_of(market), horizon_of(market)
    archive, roster = archive_of(market, count_units(frames, horizon)), Roster(subjects_of(market))
    learnt, parts = panels(archive, roster, AS_OF), tonight(archive, roster, AS_OF)
    models = {kind: StarModel(kind).fit(learnt[kind]) for kind in KINDS}
    scale = fit_scale(pd.concat([scored(parts[kind], models[kind]) for kind in KINDS], ignore_index=True))
    found = incidents_of(frames, horizon)
    return Counted(market, frames, horizon, parts, models, scale, found[(found["excluded"] < 0) & ~found["held"]])
