"""How well log-odds foretold what became of orders. Everything is over orders, from counts per subject."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring import base

Floats = NDArray[np.float64]
BINS = 10


@dataclass(frozen=True)
class Forecast:
    """What a rating said of each subject at one cut-off, and what came: `hits` of `orders` orders. `log_odds` are
    those of an order becoming one, at the level that a night would have published. `rank`: what the rating itself says,
    where that is something else (a formula's risk before it was calibrated); it decides the AUC of one cut-off."""

    orders: Floats
    hits: Floats
    log_odds: Floats
    rank: Floats | None = None

    @property
    def ranking(self) -> Ranking:
        """Subjects in the order of the rating."""
        said = self.log_odds if self.rank is None else self.rank
        return Ranking(said, self.hits, self.orders - self.hits)


def auc(score: Floats, hits: Floats, misses: Floats) -> float:
    """Chance that a hit has a higher score than a miss, equal scores counting half; 0.5 without hits or misses."""
    return float(Ranking(score, hits, misses).auc(np.ones((1, len(score))))[0])


class Ranking:
    """Subjects sorted by score once, so that their weights can change many times."""

    def __init__(self, score: Floats, hits: Floats, misses: Floats) -> None:
        self.order = np.argsort(score, kind="stable")
        ranked = score[self.order]
        self._starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(score) else np.zeros(0, int)
        self._hits, self._misses = hits[self.order], misses[self.order]

    def auc(self, weights: Floats) -> Floats:
        """`weights`: replicates x subjects, in the order of the scores given -> one AUC per replicate."""
        if not len(self.order):
            return np.full(len(weights), 0.5)
        sorted_weights = weights[:, self.order]
        hits = np.add.reduceat(sorted_weights * self._hits, self._starts, axis=1)
        misses = np.add.reduceat(sorted_weights * self._misses, self._starts, axis=1)
        below = np.cumsum(misses, axis=1) - 0.5 * misses
        pairs = hits.sum(axis=1) * misses.sum(axis=1)
        return np.where(pairs > 0, (hits * below).sum(axis=1) / np.maximum(pairs, 1e-9), 0.5)


def losses(forecast: Forecast) -> Floats:
    """Per subject the negative log-likelihood of all its orders together."""
    x, hits = forecast.log_odds, forecast.hits
    return np.asarray(hits * np.logaddexp(0.0, -x) + (forecast.orders - hits) * np.logaddexp(0.0, x))


def reliability(forecast: Forecast, bins: int = BINS) -> list[dict[str, float]]:
    """Tenths of the orders by what was said of them: orders, share said, share that came. Equal sayings stay together."""
    if not forecast.orders.sum():
        return []
    said = base.sigmoid(forecast.log_odds)
    order = np.argsort(said, kind="stable")
    middle = np.cumsum(forecast.orders[order]) - 0.5 * forecast.orders[order]
    place = np.minimum((middle / forecast.orders.sum() * bins).astype(np.int64), bins - 1)
    first = np.searchsorted(said[order], said[order], side="left")
    place = place[first]  # the bin in which its value begins
    sums = [np.bincount(place, weights=values[order], minlength=bins) for values in (
        forecast.orders, forecast.orders * said, forecast.hits
    )]  # fmt: skip
    return [
        {"orders": float(orders), "said": float(told / orders), "came": float(hits / orders)}
        for orders, told, hits in zip(*sums, strict=True)
        if orders > 0
    ]


def calibration_error(forecast: Forecast) -> float:
    """Expected calibration error: mean distance of said and came over the tenths, in percentage points."""
    table = reliability(forecast)
    total = sum(row["orders"] for row in table)
    return 100.0 * sum(row["orders"] * abs(row["said"] - row["came"]) for row in table) / max(total, 1e-9)


def in_the_large(forecast: Forecast) -> float:
    """Share said less share that came, over all orders, in percentage points."""
    orders = max(float(forecast.orders.sum()), 1e-9)
    return 100.0 * float((forecast.orders * base.sigmoid(forecast.log_odds)).sum() - forecast.hits.sum()) / orders


def measures(forecast: Forecast) -> dict[str, float]:
    """AUC, log loss per order, calibration error and calibration in the large (percentage points)."""
    return {
        "auc": float(forecast.ranking.auc(np.ones((1, len(forecast.orders))))[0]),
        "log_loss": float(losses(forecast).sum() / max(forecast.orders.sum(), 1e-9)),
        "calibration_error": calibration_error(forecast),
        "in_the_large": in_the_large(forecast),
    }


def pooled(forecasts: Sequence[Forecast]) -> Forecast:
    """All cut-offs as one, ranked by log-odds: only these can be compared from one cut-off to another."""
    return Forecast(
        np.concatenate([forecast.orders for forecast in forecasts]),
        np.concatenate([forecast.hits for forecast in forecasts]),
        np.concatenate([forecast.log_odds for forecast in forecasts]),
    )


def summary(forecasts: Sequence[Forecast]) -> dict[str, dict[str, float]]:
    """`mean` over cut-offs and `pooled` over all orders, each as `measures` gives them."""
    each = [measures(forecast) for forecast in forecasts]
    mean = {name: float(np.mean([found[name] for found in each])) for name in each[0]}
    return {"mean": mean, "pooled": measures(pooled(forecasts))}
