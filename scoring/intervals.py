"""How sure a predicted share is: intervals of a subject's long-run rate, learnt from what became of past predictions.

The log-odds of a subject's true rate are taken as normal around its predicted share (which stays their mean as a
share). Their precision, one over the variance, grows with what the orders known of the subject tell:

    precision = t0 * (1 + information / t0) ** slope        information = orders * share * (1 - share)

Slope 1 is the posterior of a normal prior of precision t0 (in Laplace's approximation); qualities that drift, and
models that cannot follow every subject, make old orders worth less, so it falls below 1. Both numbers are the most
likely ones for what came of past predictions (empirical Bayes with a logistic-normal binomial: Aitchison and Shen,
Biometrika 1980; Morris, JASA 1983). A beta of the same two moments was tried: its left tail is too long for rates of
sellers, whose log-odds are near to normal, and its intervals held too often in the middle of a market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import bdtr, expit, gammaln, logit, ndtri

Floats = NDArray[np.float64]
BANDS = (0.0, 30.0, 100.0, 300.0, 1000.0, np.inf)  # orders known of a subject, for measuring coverage
# What is believed before any data, with its standard deviation. Nothing known: real sellers' log-odds differ by 0.64
# to 0.80 (scoring.market.spec has how that was found), so t0 = 1 / 0.65 ** 2. Slope: half-way to knowing for ever.
_PRIOR = np.array([-2.0 * np.log(0.65), 0.5])
_DOUBT = np.array([0.35, 0.15])
_BOUNDS = ((-2.0 * np.log(2.0), np.log(1e4)), (0.0, 1.5))
_LEAST_SHARE = 1e-6
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_WEIGHTS = _WEIGHTS / np.sqrt(2.0 * np.pi)
_GRID = ndtri((np.arange(25) + 0.5) / 25)  # equally likely places of a normal


@dataclass(frozen=True)
class Precision:
    """t0 = exp(intercept) > 0 and slope >= 0. JSON: its two numbers as a dict."""

    intercept: float = float(_PRIOR[0])
    slope: float = float(_PRIOR[1])

    def spread(self, share: ArrayLike, volume: ArrayLike) -> Floats:
        """Standard deviation of the true log-odds; `share` 0 to 1, `volume` orders known (decayed), >= 0."""
        p = _inside(share)
        told = np.asarray(volume, dtype=np.float64) * p * (1.0 - p) * np.exp(-self.intercept)
        return np.asarray(np.exp(-0.5 * (self.intercept + self.slope * np.log1p(told))))


def fit_precision(share: ArrayLike, orders: ArrayLike, defects: ArrayLike, volume: ArrayLike) -> Precision:
    """The most likely precision under a weak prior; the prior itself where there are no orders.

    All of shape (rows,): the predicted share (0 to 1), and of the period that it was predicted for the orders and
    their defects (0 to orders); `volume`: decayed orders that the prediction knew. Rows without orders say nothing.
    Predictions that the model was fitted on seem far surer than new ones: give rows it has not seen.
    Raises ValueError for shapes that differ and for defects outside 0 to orders.
    """
    p, m, k, v = _told(share, orders, defects, volume)

    def loss(point: Floats) -> tuple[float, Floats]:
        value, slope = _likelihood(point, p, m, k, v)
        pull = (point - _PRIOR) / _DOUBT
        return -(value - 0.5 * float(pull @ pull)) / (len(p) + 1), -(slope - pull / _DOUBT) / (len(p) + 1)

    found = minimize(loss, _PRIOR, jac=True, method="L-BFGS-B", bounds=_BOUNDS, options={"ftol": 1e-10, "gtol": 1e-7})
    return Precision(float(found.x[0]), float(found.x[1]))


def _told(*columns: ArrayLike) -> tuple[Floats, Floats, Floats, Floats]:
    share, orders, defects, volume = (np.asarray(column, dtype=np.float64) for column in columns)
    if not share.shape == orders.shape == defects.shape == volume.shape or share.ndim != 1:
        raise ValueError("share, orders, defects and volume must be of one shape (rows,)")
    if (defects < 0).any() or (defects > orders).any():
        raise ValueError("defects must be from 0 to orders")
    some = orders > 0
    return _inside(share[some]), orders[some], defects[some], volume[some]


def _inside(share: ArrayLike) -> Floats:
    return np.clip(np.asarray(share, dtype=np.float64), _LEAST_SHARE, 1.0 - _LEAST_SHARE)


def _centre(p: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """Centre of the normal whose mean as a share is p, and how it moves with the spread.

    Sums by einsum, not BLAS, whose threads add in another order on another machine, and wait busily.
    """
    middle = logit(p) * np.sqrt(1.0 + 0.346 * spread**2)
    for _ in range(6):
        q = expit(middle[:, None] + spread[:, None] * _NODES)
        steep = q * (1.0 - q)
        slope = np.einsum("ij,j->i", steep, _WEIGHTS)
        middle = middle - np.clip((np.einsum("ij,j->i", q, _WEIGHTS) - p) / slope, -1.0, 1.0)
    return middle, -np.einsum("ij,j->i", steep, _WEIGHTS * _NODES) / slope


def _likelihood(point: Floats, p: Floats, m: Floats, k: Floats, v: Floats) -> tuple[float, Floats]:
    """Sum of the log-likelihoods without their constants, and its gradient in intercept and slope.

    Adaptive Gauss-Hermite quadrature (Liu and Pierce, Biometrika 1994): nodes around each row's own most likely
    place, for a large shop's outcomes leave much less room than its prediction did.
    """
    spread = Precision(float(point[0]), float(point[1])).spread(p, v)
    middle, shift = _centre(p, spread)
    mode, width = _mode(middle, spread, m, k)
    z = mode[:, None] + width[:, None] * _NODES
    log_odds = middle[:, None] + spread[:, None] * z
    height = k[:, None] * log_odds - m[:, None] * np.logaddexp(0.0, log_odds) - 0.5 * z**2 + 0.5 * _NODES**2
    top = height.max(axis=1)
    mass = np.exp(height - top[:, None]) * _WEIGHTS
    total = mass.sum(axis=1)
    surprise = (k[:, None] - m[:, None] * expit(log_odds)) * (z + shift[:, None])
    by_spread = (mass * surprise).sum(axis=1) / total * spread
    told = v * p * (1.0 - p) * np.exp(-point[0])
    by_intercept = -0.5 * (1.0 - point[1] * told / (1.0 + told))
    gradient = [(by_spread * by_intercept).sum(), (by_spread * -0.5 * np.log1p(told)).sum()]
    return float((top + np.log(total * width)).sum()), np.array(gradient)


def _mode(middle: Floats, spread: Floats, m: Floats, k: Floats) -> tuple[Floats, Floats]:
    """Most likely place given the outcome, in spreads from the centre, and the width of what is likely around it."""
    z, width = np.zeros(len(m)), np.ones(len(m))
    for _ in range(12):
        q = expit(middle + spread * z)
        width = 1.0 / np.sqrt(1.0 + m * q * (1.0 - q) * spread**2)
        z = z + np.clip(((k - m * q) * spread - z) * width**2, -1.5, 1.5)
    return z, width


def interval(share: ArrayLike, volume: ArrayLike, precision: Precision, level: float = 0.8) -> tuple[Floats, Floats]:
    """Low and high end of the central `level` interval of each subject's rate, 0 to 1; the share lies inside.

    `share` (rows,): predicted, 0 to 1; `volume` (rows,): decayed orders known. Raises ValueError for a level outside
    0 to 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}")
    p = _inside(share)
    spread = precision.spread(p, volume)
    middle, reach = _centre(p, spread)[0], spread * ndtri((1.0 + level) / 2.0)
    # The mean of a skewed rate can lie above three quarters of it: an interval never excludes its share.
    return np.minimum(expit(middle - reach), p), np.maximum(expit(middle + reach), p)


def coverage(
    share: ArrayLike,
    orders: ArrayLike,
    defects: ArrayLike,
    volume: ArrayLike,
    precision: Precision,
    level: float = 0.8,
) -> dict[str, Any]:
    """How often what happened lay within the central `level` of what was predicted; JSON-able, shares 0 to 1.

    Rows as in fit_precision. A subject with a handful of orders can only have whole defects, so each counts with the
    part of its probability that falls inside (non-randomised PIT: Czado, Gneiting and Held, Biometrics 2009): in the
    mean `level` when all is well. `covered` is None where a band has no subjects.
    """
    p, m, k, v = _told(share, orders, defects, volume)
    below, upto = _distribution(p, m, k, precision.spread(p, v))
    low, high = (1.0 - level) / 2.0, (1.0 + level) / 2.0
    inside = np.clip(np.minimum(upto, high) - np.maximum(below, low), 0.0, None) / np.maximum(upto - below, 1e-300)
    band = np.digitize(v, BANDS[1:-1])
    bands = [
        {"from": int(BANDS[at]), "to": int(BANDS[at + 1]) if np.isfinite(BANDS[at + 1]) else None}
        | _mean(inside[band == at])
        for at in range(len(BANDS) - 1)
    ]
    return {"level": level} | _mean(inside) | {"bands": bands}


def _mean(inside: Floats) -> dict[str, Any]:
    return {"subjects": len(inside), "covered": float(inside.mean()) if len(inside) else None}


def _distribution(p: Floats, m: Floats, k: Floats, spread: Floats) -> tuple[Floats, Floats]:
    """P(X < k) and P(X <= k) of the predicted number of defects, the mean over places of the normal."""
    m, k = np.rint(m), np.rint(k)  # daily rates may have told parts of an order
    log_odds = _centre(p, spread)[0][:, None] + spread[:, None] * _GRID
    upto = bdtr(k[:, None], m.astype(np.int64)[:, None], expit(log_odds)).mean(axis=1)
    ways = gammaln(m + 1.0) - gammaln(k + 1.0) - gammaln(m - k + 1.0)
    exactly = np.exp(ways[:, None] + k[:, None] * log_odds - m[:, None] * np.logaddexp(0.0, log_odds)).mean(axis=1)
    return np.maximum(upto - exactly, 0.0), upto
