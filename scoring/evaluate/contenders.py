"""The ratings that are compared, each taught by the same past cut-offs: what the night before knew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import base, trees
from scoring.base import Sample
from scoring.evaluate.moments import Moment
from scoring.features import targets as rated_targets
from scoring.formulas import FORMULAS
from scoring.metrics import SubjectKind
from scoring.model import StarModel
from scoring.trees import Growth
from scoring.windows import Panel, stacked
from scoring.work import parted, tonight_levels

Floats = NDArray[np.float64]
MODEL, BASE, FREE, CONSTANT = "model", "base", "unconstrained", "constant"
LABELS: dict[str, str] = {
    MODEL: "Livestar",
    BASE: "Logistic base alone",
    FREE: "LightGBM without constraints",
    CONSTANT: "Constant (market's level)",
    **{key: formula.label for key, formula in FORMULAS.items()},
}
_STEPS = 50
_SLOPE_L2 = 1.0  # in orders x p (1 - p): keeps a slope finite where nothing was learnt


@dataclass(frozen=True)
class Line:
    """A formula's risk as log-odds above the level: intercept + slope x (risk - centre) / scale, slope >= 0."""

    intercept: float
    slope: float
    centre: float
    scale: float

    def above(self, risk: Floats) -> Floats:
        return self.intercept + self.slope * (risk - self.centre) / self.scale


@dataclass(frozen=True)
class Taught:
    """All contenders after one training set (`panel`). Log-odds are above the level of the market; `levels` are those
    that a night publishes."""

    panel: Panel
    model: StarModel
    free: dict[str, str | None]  # target -> booster
    lines: dict[tuple[str, str], Line]  # formula, target
    growth: Growth
    levels: dict[str, float]

    def on(self, market: dict[str, float]) -> Taught:
        """The same on a night whose counters show this `market` (as in `Panel`)."""
        return replace(self, levels=tonight_levels(self.model, replace(self.panel, market=market)))

    def above(self, key: str, target: str, features: pd.DataFrame, formulas: Mapping[str, Floats]) -> Floats:
        """Log-odds above the level of each row, by one contender. Raises KeyError for an unknown one."""
        if key == MODEL:
            return self.model.predict_target(features, target)
        if key == BASE:
            return self.model.base_target(features, target)
        if key == CONSTANT:
            return np.zeros(len(features))
        if key == FREE:
            return self._free(target, features)
        return self.lines[key, target].above(formulas[key])

    def _free(self, target: str, features: pd.DataFrame) -> Floats:
        booster = self.free[target]
        if booster is None:
            return self.model.base_target(features, target)
        return trees.predict(booster, features[list(self.model.directions(target))], self.growth.threads)


def teach(kind: SubjectKind, moments: Sequence[Moment], targets: Sequence[str], growth: Growth) -> Taught:
    """Train every contender on these past cut-offs (ascending): the newest only judges, as in a night.

    Trees without constraints and the formulas' lines learn from the same cut-offs as the model does.
    """
    parts = [moment.panel for moment in moments]
    panel = stacked(parts, parts[-1].market)
    learnt, judge = parted(panel)
    wanted = list(dict.fromkeys([*rated_targets(kind), *targets]))
    model = StarModel(kind, growth=growth, targets=wanted).fit(learnt).calibrate(judge)
    samples = {target: sample(learnt, target, model.levels_[target]) for target in targets}
    free = {target: _grown(model, target, samples[target], growth) for target in targets}
    lines: dict[tuple[str, str], Line] = {}
    for key in FORMULAS:
        risk = np.concatenate([moment.formulas[key] for moment in moments])[: len(learnt.cutoffs)]
        lines |= {(key, target): fit_line(risk, samples[target]) for target in targets}
    return Taught(panel, model, free, lines, growth, model.tonight_)


def sample(panel: Panel, target: str, levels: Mapping[int, float]) -> Sample:
    """What a contender learns of a target: share and number of orders, and the level of each row's own period."""
    orders = panel.outcomes["orders"].to_numpy(dtype=np.float64)
    hits = panel.outcomes[target].to_numpy(dtype=np.float64)
    level = np.array([levels[day] for day in panel.cutoffs.tolist()])
    return Sample(panel.features, np.minimum(hits / np.maximum(orders, 1e-9), 1.0), orders, level)


def fit_line(risk: Floats, told: Sample) -> Line:
    """The most likely line through past outcomes (logistic, Newton's method); flat where a formula points backwards."""
    total = max(float(told.weight.sum()), 1e-9)
    centre = float((risk * told.weight).sum() / total)
    scale = float(np.sqrt(((risk - centre) ** 2 * told.weight).sum() / total)) or 1.0
    z = (risk - centre) / scale
    intercept, slope = _newton(z, told)
    if slope <= 0.0:
        intercept, slope = _newton(np.zeros_like(z), told)[0], 0.0
    return Line(intercept, slope, centre, scale)


def _newton(z: Floats, told: Sample) -> tuple[float, float]:
    point = np.zeros(2)
    x = np.stack([np.ones_like(z), z])
    for _ in range(_STEPS):
        p = base.sigmoid(np.einsum("ij,i->j", x, point) + told.level)
        slope = np.einsum("ij,j->i", x, told.weight * (told.share - p)) - _SLOPE_L2 * point
        bend = np.einsum("ij,kj,j->ik", x, x, told.weight * p * (1.0 - p)) + _SLOPE_L2 * np.eye(2)
        step = np.clip(np.linalg.solve(bend, slope), -1.0, 1.0)
        point = point + step
        if np.abs(step).max() < 1e-9:
            break
    return float(point[0]), float(point[1])


def _grown(model: StarModel, target: str, told: Sample, growth: Growth) -> str | None:
    """Trees of the same size and inputs, free to go either way; none where the model has none for want of data."""
    if model.boosters_[target] is None:
        return None
    return trees.grow(told, dict.fromkeys(model.directions(target), 0), growth)


def training_sets(
    moments: Mapping[date, Moment], training: Mapping[date, tuple[date, ...]]
) -> dict[tuple[date, ...], list[Moment]]:
    """Each distinct training set once."""
    return {days: [moments[day] for day in days] for days in dict.fromkeys(training.values())}
