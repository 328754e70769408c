"""How sure a predicted share is: beta intervals of a subject's rate, learnt from what became of past predictions.

A subject's true rate is taken as Beta(share * phi, (1 - share) * phi) around its predicted share; phi, the precision,
says how many orders the prediction is worth. It grows with the orders known of the subject:

    phi(volume) = phi0 * (1 + volume / phi0) ** slope

Slope 1 is the exact posterior of a beta-binomial whose prior weighs phi0 orders; qualities that drift make old orders
worth less, so it falls below 1. Both numbers are the most likely ones for what came of past predictions
(beta-binomial empirical Bayes: Casella 1985; Robinson, Introduction to Empirical Bayes, 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, digamma, gammaln

Floats = NDArray[np.float64]
BANDS = (0.0, 30.0, 100.0, 300.0, 1000.0, np.inf)  # orders known of a subject, for measuring coverage
# What is believed before any data, with its standard deviation: a prediction from nothing weighs 40 orders (the two
# pseudo-incidents of scoring.features at 5 %), give or take a factor of e. Ten thousand orders outweigh it.
_PRIOR = ((float(np.log(40.0)), 1.0), (0.8, 0.3))
_BOUNDS = ((0.0, float(np.log(1e5))), (0.0, 2.0))
_MOST = 1e7  # beyond it log-gamma differences drown in rounding
_LEAST_SHARE = 1e-6
_TERMS = 1_000_000  # of the sum behind a distribution function, held in memory at once


@dataclass(frozen=True)
class Precision:
    """phi0 = exp(intercept) orders at volume 0, growing with exponent `slope` >= 0. JSON: its two numbers as a dict."""

    intercept: float = _PRIOR[0][0]
    slope: float = _PRIOR[1][0]

    def at(self, volume: ArrayLike) -> Floats:
        """Precision in orders at each volume (orders, decayed, >= 0)."""
        known = np.asarray(volume, dtype=np.float64)
        grown = self.intercept + self.slope * np.log1p(known * np.exp(-self.intercept))
        return np.asarray(np.exp(np.minimum(grown, np.log(_MOST))))


def fit_precision(share: ArrayLike, orders: ArrayLike, defects: ArrayLike, volume: ArrayLike) -> Precision:
    """The most likely precision under a weak prior; the prior itself where there are no orders.

    All of shape (rows,): the predicted share (0 to 1), and of the period that it was predicted for the orders and
    their defects (0 to orders); `volume`: decayed orders that the prediction knew. Rows without orders say nothing.
    Raises ValueError for shapes that differ and for defects outside 0 to orders.
    """
    p, m, k, v = _told(share, orders, defects, volume)
    start = np.array([centre for centre, _ in _PRIOR])

    def loss(point: Floats) -> tuple[float, Floats]:
        value, slope = _likelihood(point, p, m, k, v)
        pull = (point - start) / np.array([spread for _, spread in _PRIOR])
        gradient = slope - pull / np.array([spread for _, spread in _PRIOR])
        return -(value - 0.5 * float(pull @ pull)) / (len(p) + 1), -gradient / (len(p) + 1)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=_BOUNDS, options={"ftol": 1e-12, "gtol": 1e-8})
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


def _likelihood(point: Floats, p: Floats, m: Floats, k: Floats, v: Floats) -> tuple[float, Floats]:
    """Sum of the beta-binomial log-likelihoods without their constants, and its gradient in intercept and slope."""
    phi = Precision(float(point[0]), float(point[1])).at(v)
    a, b = p * phi, (1.0 - p) * phi
    value = betaln(a + k, b + m - k) - betaln(a, b)
    by_phi = p * (digamma(a + k) - digamma(a)) + (1.0 - p) * (digamma(b + m - k) - digamma(b))
    by_phi += digamma(phi) - digamma(phi + m)
    by_log = np.where(phi < _MOST, by_phi * phi, 0.0)
    ratio = v * np.exp(-point[0])
    gradient = [by_log @ (1.0 - point[1] * ratio / (1.0 + ratio)), by_log @ np.log1p(ratio)]
    return float(value.sum()), np.array(gradient)


def interval(share: ArrayLike, volume: ArrayLike, precision: Precision, level: float = 0.8) -> tuple[Floats, Floats]:
    """Low and high end of the central `level` interval of each subject's rate, 0 to 1; the share lies inside.

    `share` (rows,): predicted, 0 to 1; `volume` (rows,): decayed orders known. Raises ValueError for a level outside
    0 to 1.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"level must lie between 0 and 1, not {level!r}")
    p, phi = _inside(share), precision.at(volume)
    a, b, tail = p * phi, (1.0 - p) * phi, (1.0 - level) / 2.0
    # Where a rate is nearly always 0 its mean can lie above nine tenths of it: an interval never excludes its share.
    return np.minimum(betaincinv(a, b, tail), p), np.maximum(betaincinv(a, b, 1.0 - tail), p)


def coverage(
    share: ArrayLike,
    orders: ArrayLike,
    defects: ArrayLike,
    volume: ArrayLike,
    precision: Precision,
    level: float = 0.8,
) -> dict[str, Any]:
    """How often what happened lay within the central `level` of what was predicted; JSON-able, shares 0 to 1.

    Rows as in fit_precision, of predictions that neither model nor precision were fitted on. A subject with a handful
    of orders can only have whole defects, so each counts with the part of its probability that falls inside
    (non-randomised PIT: Czado, Gneiting and Held, Biometrics 2009): in the mean `level` when all is well.
    `covered` is None where a band has no subjects.
    """
    p, m, k, v = _told(share, orders, defects, volume)
    below, upto = _distribution(p * precision.at(v), (1.0 - p) * precision.at(v), m, k)
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


def _distribution(a: Floats, b: Floats, m: Floats, k: Floats) -> tuple[Floats, Floats]:
    """Beta-binomial P(X < k) and P(X <= k), by adding up probabilities from 0 to k."""
    below, upto = np.zeros(len(k)), np.zeros(len(k))
    for rows in _chunks(k):
        terms = k[rows].astype(np.int64) + 1
        first = np.cumsum(terms) - terms
        at = np.repeat(np.arange(rows.start, rows.stop), terms)
        x = np.arange(len(at)) - np.repeat(first, terms)
        chance = np.exp(_log_chance(x.astype(np.float64), a[at], b[at], m[at]))
        upto[rows] = np.add.reduceat(chance, first)
        below[rows] = upto[rows] - chance[first + terms - 1]
    return np.clip(below, 0.0, 1.0), np.clip(upto, 0.0, 1.0)


def _log_chance(x: Floats, a: Floats, b: Floats, m: Floats) -> Floats:
    ways = gammaln(m + 1) - gammaln(x + 1) - gammaln(m - x + 1)
    return np.asarray(ways + betaln(a + x, b + m - x) - betaln(a, b))


def _chunks(k: Floats) -> Iterator[slice]:
    """Consecutive rows whose sums have about a million terms together."""
    number = (np.cumsum(k + 1.0) // _TERMS).astype(np.int64)
    edges = [*np.flatnonzero(np.diff(number, prepend=-1)).tolist(), len(k)]
    for start, stop in pairwise(edges):
        if stop > start:
            yield slice(start, stop)
