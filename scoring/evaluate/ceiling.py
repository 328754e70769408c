"""How well anything could have foretold a month: by the other half of the same month's orders.

Only counts are known, so a half is drawn from a subject's k hits in m orders without replacement, which is the same as
shuffling its orders and cutting them in two: orders of one subject and month are taken as exchangeable. The half's
share is shrunk to the month's mean (beta-binomial, strength from past cut-offs) and judged on the other half.

It is a yardstick, not a wall: with few orders a month, a year of history can know more than half of a month does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring import base
from scoring.evaluate.measures import Forecast, summary

Floats = NDArray[np.float64]
SPLITS = 20
_LEAST_SPREAD, _MOST_SPREAD = 1e-4, 0.9


def concentration(orders: Floats, hits: Floats, groups: NDArray[np.int64]) -> float:
    """Strength in orders of the prior of a beta-binomial, by moments: how alike subjects of one group (cut-off) are.

    With the correlation r of two orders of one subject, a subject's squared distance from its group's mean is expected
    at m p (1 - p) (1 + (m - 1) r); the strength is 1 / r - 1. Subjects with one order tell nothing.
    """
    several = orders >= 2
    total = np.bincount(groups, weights=orders)
    p = np.bincount(groups, weights=hits)[groups] / np.maximum(total[groups], 1e-9)
    told = several & (p > 0.0) & (p < 1.0)
    if not told.any():
        return 1.0 / _LEAST_SPREAD - 1.0
    m, k, p = orders[told], hits[told], p[told]
    excess = (k - m * p) ** 2 / (m * p * (1.0 - p)) - 1.0
    spread = float(np.clip(excess.sum() / (m - 1.0).sum(), _LEAST_SPREAD, _MOST_SPREAD))
    return 1.0 / spread - 1.0


def split(orders: Floats, hits: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Orders and hits (whole numbers) of one half of each subject's; an odd order goes to either half by chance."""
    m, k = orders.astype(np.int64), hits.astype(np.int64)
    half = m // 2 + (m % 2) * rng.integers(0, 2, len(m))
    return half.astype(np.float64), rng.hypergeometric(k, m - k, half).astype(np.float64)


def ceiling(
    months: Sequence[tuple[Floats, Floats, float]], strengths: Sequence[float], seed: int, splits: int = SPLITS
) -> dict[str, dict[str, float]]:
    """`months`: orders, hits and published level (log-odds) per cut-off -> measures as of a rating, mean of the splits."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(splits):
        forecasts = [
            _forecast(np.rint(orders), np.rint(hits), level, strength, rng)
            for (orders, hits, level), strength in zip(months, strengths, strict=True)
        ]
        found.append(summary(forecasts))
    return {
        kind: {name: float(np.mean([one[kind][name] for one in found])) for name in found[0][kind]}
        for kind in ("mean", "pooled")
    }


def _forecast(orders: Floats, hits: Floats, level: float, strength: float, rng: np.random.Generator) -> Forecast:
    """The known half sets each subject against the month's mean; the level is the published one, as for any rating."""
    m, k = split(orders, hits, rng)
    mean = (k.sum() + 0.5) / (m.sum() + 1.0)
    shrunk = (k + strength * mean) / (m + strength)
    above = np.log(shrunk) - np.log1p(-shrunk) - base.logit(float(mean))
    left = orders - m
    kept = left > 0
    return Forecast(left[kept], (hits - k)[kept], (above + level)[kept])
