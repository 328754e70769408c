"""A toy night whose subjects can be scored again: model, scale, and the frames that the night stores."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from scoring.explain.again import Rated, light
from scoring.explain.peers import peers_frame
from scoring.explain.standing import Standing, standings_frame, unpack
from scoring.model import StarModel
from scoring.stars import Scale, fit_scale
from scoring.windows import Tonight, panels, tonight
from scoring.work import scored
from tests.scoring.toy_market import LAST_DAY, Toy, toy


@dataclass(frozen=True)
class Night:
    part: Tonight
    model: StarModel
    scores: pd.DataFrame
    scale: Scale
    standings: pd.DataFrame
    peers: pd.DataFrame

    def figures(self, category: str) -> dict[str, Any]:
        return json.loads(self.peers.set_index("category").loc[category, "figures"])

    def standing(self, at: int) -> Standing:
        row = self.standings.iloc[at]
        return unpack(self.part.kind, row["category"], row["standing"], self.figures(row["category"])["totals"])

    def rated(self, at: int, held: float = 0.0) -> Rated:
        return Rated(light(self.model.save()), self.standing(at), self.scale, held)

    def medians(self, at: int) -> dict[str, float]:
        return self.figures(self.standings["category"].iloc[at])["medians"]

    def quick(self, at: int) -> dict[str, float]:
        return self.figures(self.standings["category"].iloc[at])["quick"]

    def busiest(self) -> int:
        return int(np.argmax(self.part.counts["orders_counted"]))


@lru_cache(maxsize=2)
def night(kind: str = "store") -> Night:
    return made(toy(stores=300, days=240, seed=3, kind=kind), kind)


def made(market: Toy, kind: str) -> Night:
    archive = market.archive()
    model = StarModel(kind).fit(panels(archive, market.roster(), LAST_DAY)[kind])
    part = tonight(archive, market.roster(), LAST_DAY)[kind]
    scores = scored(part, model)
    return Night(part, model, scores, fit_scale(scores), standings_frame(part), peers_frame(part))
