"""The logistic base: log-odds of a defect as a sum of shrunk rates whose coefficients may not be negative.

Fallback on thin data, the row to beat in `evaluate`, and what a target publishes where LightGBM does not beat it.
Without any data it is its prior: the subject's own incidents per order taken at face value (for an aspect the mean of
its metrics).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from scoring.features import catalogue, names_for
from scoring.metrics import PROMISES, SubjectKind

Floats = NDArray[np.float64]
_OVERALL = "incident_120"
_BESIDE = ("category_incident", "log_orders", "log_age", *PROMISES)
SLOPES = (0.7, 1.5)  # what a slope may be
_SLOPE_DOUBT = 0.2  # standard deviation of its logarithm before any data


@dataclass(frozen=True)
class Base:
    """log-odds above the level of the period = intercept + sum of coefficient x feature."""

    features: tuple[str, ...]
    coefficients: tuple[float, ...]
    intercept: float

    def predict(self, features: pd.DataFrame) -> Floats:
        """Log-odds above the level, one per row; the period's level is the caller's to add."""
        total = np.full(len(features), self.intercept)
        for name, coefficient in zip(self.features, self.coefficients, strict=True):
            if coefficient:
                total += coefficient * features[name].to_numpy(dtype=np.float64)
        return total


@dataclass(frozen=True)
class Sample:
    """What a target is fitted on. `share`: defects of `weight` orders, 0 to 1; `level`: log-odds of its period."""

    features: pd.DataFrame
    share: Floats
    weight: Floats
    level: Floats


def inputs(kind: SubjectKind, target: str) -> list[str]:
    """The few features the base looks at: half-life 120 days, and what has none."""
    return [name for name in names_for(kind, target) if name.endswith("_120") or name in _BESIDE]


def prior(kind: SubjectKind, target: str) -> dict[str, float]:
    """Coefficients before any data: 1 for incidents per order, or shared by the metrics of the aspect."""
    own = [name for name in inputs(kind, target) if name.endswith("_120")]
    if _OVERALL in own:
        return {_OVERALL: 1.0}
    return {name: 1.0 / len(own) for name in own}


def fit(kind: SubjectKind, target: str, sample: Sample, l2: float) -> Base:
    """Most likely coefficients under a normal prior of precision `l2` (in units of information, orders x p(1 - p)).

    Coefficients of rates are >= 0, volume's is free. Few or no rows give (nearly) the prior.
    """
    names = inputs(kind, target)
    lowest = {feature.name: 0.0 if feature.direction else -np.inf for feature in catalogue(kind)}
    start = np.array([prior(kind, target).get(name, 0.0) for name in names])
    if not len(sample.share):
        return Base(tuple(names), tuple(start.tolist()), 0.0)
    x = sample.features[names].to_numpy(dtype=np.float64)
    centre = np.average(x, axis=0, weights=sample.weight)
    found = _optimum(x - centre, sample, start, [lowest[name] for name in names], l2)
    # Without signal in the data a prior slope must not shift the market's mean: the intercept is fitted at the centre.
    coefficients, at_centre = found[:-1], float(found[-1])
    return Base(tuple(names), tuple(coefficients.tolist()), at_centre - float(coefficients @ centre))


def _optimum(x: Floats, sample: Sample, start: Floats, lowest: Sequence[float], l2: float) -> Floats:
    """Coefficients, then intercept (held lightly at 0: a market's level is already in the offset).

    Sums by einsum, not BLAS: threads of BLAS would add in another order on another machine, and wait busily.
    """
    total = sample.weight.sum()
    good, bad = sample.weight * (1.0 - sample.share), sample.weight * sample.share

    def loss(point: Floats) -> tuple[float, Floats]:
        log_odds = np.einsum("ij,j->i", x, point[:-1]) + point[-1] + sample.level
        pull = point[:-1] - start
        value = (bad * np.logaddexp(0.0, -log_odds)).sum() + (good * np.logaddexp(0.0, log_odds)).sum()
        residual = sample.weight * sigmoid(log_odds) - bad
        gradient = np.append(np.einsum("ij,i->j", x, residual) + l2 * pull, residual.sum() + point[-1])
        return (value + 0.5 * l2 * pull @ pull + 0.5 * point[-1] ** 2) / total, gradient / total

    result = minimize(
        loss,
        np.append(start, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[*((low, None) for low in lowest), (None, None)],
        options={"maxiter": 300, "ftol": 1e-11, "gtol": 1e-8},
    )
    return np.asarray(result.x, dtype=np.float64)


def slope(above: Floats, sample: Sample) -> float:
    """The most likely factor on log-odds `above` the level, one per row of a sample that made no part of them.

    Cox's slope of calibration (Biometrika 1958) under a log-normal prior around 1, which rules where there is little to
    learn from; never outside SLOPES, so always positive: what was better stays better.
    """
    total = max(float(sample.weight.sum()), 1.0)

    def loss(power: float) -> float:
        said = np.exp(power) * above + sample.level
        return log_loss(sample.share, sample.weight, said) + 0.5 * (power / _SLOPE_DOUBT) ** 2 / total

    found = minimize_scalar(loss, bounds=tuple(np.log(SLOPES)), method="bounded", options={"xatol": 1e-6})
    return round(float(np.exp(found.x)), 3)  # the same on machines that add in another order


def log_loss(share: Floats, weight: Floats, log_odds: Floats) -> float:
    """Mean over orders of the negative log-likelihood; 0.0 without orders."""
    cost = share * np.logaddexp(0.0, -log_odds) + (1.0 - share) * np.logaddexp(0.0, log_odds)
    return float((weight * cost).sum() / max(weight.sum(), 1e-9))


def sigmoid(log_odds: Floats) -> Floats:
    """Share of log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


def levels(outcomes: pd.DataFrame, cutoffs: NDArray[np.int64], target: str) -> dict[int, float]:
    """Cut-off -> log-odds of the target among all its orders."""
    sums = outcomes.groupby(cutoffs, sort=True)[[target, "orders"]].sum()
    shares = (sums[target] + 0.5) / (sums["orders"] + 1.0)
    return {int(cutoff): logit(share) for cutoff, share in zip(sums.index, shares, strict=True)}


def logit(share: float) -> float:
    """Log-odds of a share; shares are kept off 0 and 1 by a hundred-thousandth."""
    inside = min(max(share, 1e-5), 1.0 - 1e-5)
    return float(np.log(inside) - np.log1p(-inside))
