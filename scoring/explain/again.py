"""A subject that can be scored again: other sums in, stars out, by the very function that made tonight's star."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.explain.standing import Standing
from scoring.features import DECAYED, HALF_LIVES, exposure, metrics
from scoring.metrics import BY_KEY, Metric
from scoring.model import StarModel
from scoring.outcomes.rules import RULES
from scoring.stars import Scale, exact
from scoring.trees import Growth

Floats = NDArray[np.float64]
MOST_MINUTES = 43_200.0  # 30 days
SYMPTOMS = frozenset(rule.metric for rule in RULES.values() if rule.metric)  # each counts in `incident` too
AT: dict[str, int] = {name: position for position, name in enumerate(DECAYED)}
_SHOWN = HALF_LIVES.index(120)
_LONGEST = HALF_LIVES.index(365)


@dataclass(frozen=True)
class Rated:
    """A subject under a model and a scale.

    `held`: shown star (before it is cut to tenths) less exact star, what bands and limits of stability hold back
    tonight; every star given here is moved by it, so that they compare with the one that is shown.
    """

    model: StarModel
    standing: Standing
    scale: Scale
    held: float = 0.0

    def stars(self, own: Floats | None = None, age: Floats | None = None) -> Floats:
        """Exact stars 1 to 5, one per variant (variants x half-lives x DECAYED); without variants tonight's alone."""
        log_odds = self.model.score(self.standing.features(own, age))
        return np.clip(exact(log_odds, self.scale, f"{self.standing.kind}.overall") + self.held, 1.0, 5.0)

    def metrics(self) -> list[Metric]:
        """Metrics that may be changed: of an aspect, and with evidence. Incidents per order follow from them."""
        seen = self.standing.own[_LONGEST]
        return [
            metric
            for metric in metrics(self.standing.kind)
            if metric.aspect and min(seen[AT[f"{metric.key}_d"]], seen[AT[exposure(metric)]]) > 0.0
        ]

    def value(self, metric: Metric) -> float:
        """The subject's own rate (0 to 1) or mean minutes, recent orders counting most (half-life 120 days).

        As its orders are, not pulled towards the category: it is what a merchant finds in the own books.
        """
        n, d = (self.standing.own[_SHOWN, AT[name]] for name in (f"{metric.key}_n", exposure(metric)))
        return min(float(n / d), most(metric)) if d > 0 else 0.0


def light(text: str) -> StarModel:
    """The model of a saved text for a process that does other things too: it predicts in one thread.

    Raises ValueError as StarModel.load does.
    """
    model = StarModel.load(text)
    model.growth = replace(model.growth or Growth(), threads=1)
    return model


def most(metric: Metric) -> float:
    """The largest value of a metric: 1 of a share, 30 days in minutes."""
    return 1.0 if metric.unit == "share" else MOST_MINUTES


def checked(changes: Mapping[str, float], known: Mapping[str, Metric]) -> None:
    """Raises ValueError naming the metric and what it may be."""
    for key, value in changes.items():
        if key not in known:
            reason = "has no evidence to change" if key in BY_KEY else "is no metric"
            raise ValueError(f"{key}: {reason}; it must be one of {', '.join(known)}")
        if not 0.0 <= value <= most(known[key]):
            unit = "as a share" if known[key].unit == "share" else "in minutes"
            raise ValueError(f"{key}: {value} is out of range; it must be from 0 to {most(known[key]):g} {unit}")


def changed(own: Floats, changes: Mapping[str, float]) -> Floats:
    """Sums (half-lives x DECAYED) in which each metric of `changes` has the given rate or minutes at every half-life.

    Orders stay as they are, and incidents move by as many as there are more or fewer symptoms; nothing else changes.
    """
    out = own.copy()
    for key, value in changes.items():
        n, d = AT[f"{key}_n"], AT[exposure(BY_KEY[key])]
        wanted = value * own[:, d]
        if key in SYMPTOMS:
            out[:, AT["incident_n"]] += wanted - own[:, n]
        out[:, n] = wanted
    out[:, AT["incident_n"]] = np.maximum(out[:, AT["incident_n"]], 0.0)
    return out
