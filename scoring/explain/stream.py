"""What the next live stream would do to an anchor's star: the stores' goods, as they go wrong for anchors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.explain.again import AT, SYMPTOMS, Rated
from scoring.explain.standing import Standing
from scoring.features import HALF_LIVES, SHARES, exposure, metrics, rates
from scoring.metrics import Metric
from scoring.stars import tenths

Floats = NDArray[np.float64]
DRAWS = 200
SHARED: tuple[Metric, ...] = tuple(m for m in metrics("anchor") if m.aspect and "store" in m.subjects)
_SHOWN = HALF_LIVES.index(120)
_OTHERS = 20.0  # orders of other anchors beside the own ones, where it is asked what an order brings with it
_ONE_DAY = np.exp2(-1.0 / np.array(HALF_LIVES, dtype=np.float64))


@dataclass(frozen=True)
class Goods:
    """How often a store's goods go wrong, per metric of SHARED: a gamma distribution of the rate by `shape` and `rate`,
    and by which `factor` that is more (or less) where an anchor answers for it."""

    shape: Floats
    rate: Floats
    factor: Floats

    @property
    def mean(self) -> Floats:
        """Expected rates against an anchor, 0 to 1."""
        return np.minimum(self.shape / self.rate * self.factor, 1.0)

    def drawn(self, random: np.random.Generator, draws: int) -> Floats:
        """Rates that may be the true ones: draws x SHARED."""
        return np.minimum(random.gamma(self.shape, 1.0 / self.rate, (draws, len(SHARED))) * self.factor, 1.0)


@dataclass(frozen=True)
class Stream:
    """`star` exact with the trouble that is expected of the stream, `shown` in tenths; of 200 such streams drawn 8 in 10
    end between `low` and `high`. `before`: tonight's exact star; `incidents`: expected problems of the anchor's doing,
    `usual`: what as many orders bring at its own rate; `apart`: per store how much higher the exact star would be if it
    stayed away and the others sold its share (empty for one store); `defects`: long-run orders in 100 with a problem,
    expected, low and high, as WhatIf."""

    before: float
    star: float
    shown: float
    low: float
    high: float
    incidents: float
    usual: float
    apart: list[float]
    defects: tuple[float, float, float]


def goods(store: Standing, anchor: Standing) -> Goods:
    """Of a store's decayed sums (half-life 120 days), for any anchor of the night.

    A feature's rate (n + g) / (d + g / c), g pseudo-incidents at the category's rate c, is the mean of a gamma
    distribution of shape n + g and rate d + g / c: what is believed of a Poisson rate that category c is usual for. The
    factor is the market rate of anchors by that of stores: who buys in a live room may well return more.
    """
    far, near, _own = (np.array(found) for found in zip(*(_rates(store, metric) for metric in SHARED), strict=True))
    live = np.array([_rates(anchor, metric)[0] for metric in SHARED])
    own = store.own[_SHOWN]
    n, d = (np.array([own[AT[name(metric)]] for metric in SHARED]) for name in (_numerator, exposure))
    return Goods(n + SHARES.subject, d + SHARES.subject / near, live / far)


def _rates(standing: Standing, metric: Metric) -> tuple[float, float, float]:
    """Of its market, its category and itself."""
    own, market, near = (table[_SHOWN][None] for table in (standing.own, standing.market, standing.near))
    far, near, own = rates(own, market, near, metric)
    return float(far[0]), float(near[0]), float(own[0])


def _numerator(metric: Metric) -> str:
    return f"{metric.key}_n"


def stream(rated: Rated, stores: Sequence[Goods], orders: float) -> Stream:
    """An anchor's star once a stream of `orders` (above 0), evenly shared by `stores`, has brought what is expected of it.

    Its orders and their trouble count as of tomorrow, all at once: in truth they become known over weeks. What the
    anchor itself answers for (viewers' answers) goes on at its own rate; peers and level stay as tonight. The same
    question gives the same draws. Raises ValueError without a store or orders.
    """
    if not stores or orders <= 0:
        raise ValueError("a stream needs at least one store, and orders")
    standing, share = rated.standing, orders / len(stores)
    each = np.stack([goods.mean for goods in stores])
    mean = _counts(rated, orders, share * each.sum(axis=0) * _exposed(standing))
    apart = [_counts(rated, orders, orders * _others(each, at) * _exposed(standing)) for at in _left_out(stores)]
    tables = standing.own * _ONE_DAY[:, None] + np.stack([mean, *apart, *_drawn(rated, stores, orders)])[:, None, :]
    stars = rated.stars(tables, np.full(len(tables), standing.age + 1.0))
    low, high = np.quantile(stars[1 + len(apart) :], (0.1, 0.9)).tolist()
    row = rated.model.predict(standing.features(tables[:1], np.array([standing.age + 1.0]))).iloc[0]
    return Stream(
        before=float(rated.stars()[0]), star=float(stars[0]), shown=float(tenths(stars[0])), low=low, high=high,
        incidents=float(mean[AT["incident_n"]]), usual=orders * _own_incidents(standing),
        apart=(stars[1 : 1 + len(apart)] - stars[0]).tolist(),
        defects=(100.0 * float(row["defect_share"]), 100.0 * float(row["low_share"]), 100.0 * float(row["high_share"])),
    )  # fmt: skip


def _left_out(stores: Sequence[Goods]) -> range:
    return range(len(stores)) if len(stores) > 1 else range(0)


def _others(each: Floats, at: int) -> Floats:
    """Mean rates of all but one."""
    return np.asarray(np.delete(each, at, axis=0).mean(axis=0))


def _drawn(rated: Rated, stores: Sequence[Goods], orders: float) -> Floats:
    """Streams that may come: draws x DECAYED. Rates by what is known of each store, incidents by chance (Poisson)."""
    random, exposed = np.random.default_rng(len(stores)), _exposed(rated.standing)
    expected = sum(orders / len(stores) * exposed * goods.drawn(random, DRAWS) for goods in stores)
    return np.stack([_counts(rated, orders, found) for found in random.poisson(expected).astype(np.float64)])


def _counts(rated: Rated, orders: float, incidents: Floats) -> Floats:
    """What a stream adds to each of DECAYED; `incidents` per metric of SHARED."""
    out = np.zeros(len(AT))
    out[AT["orders"]] = orders
    for metric in metrics("anchor"):
        out[AT[f"{metric.key}_d"]] = orders * _per_order(rated.standing, exposure(metric))
    for metric in rated.metrics():  # its own doing alone
        out[AT[f"{metric.key}_n"]] = rated.value(metric) * out[AT[exposure(metric)]]
    for metric, found in zip(SHARED, incidents, strict=True):
        out[AT[f"{metric.key}_n"]] = found
    out[AT["incident_n"]] = sum(out[AT[f"{metric.key}_n"]] for metric in SHARED if metric.key in SYMPTOMS)
    return out


def _exposed(standing: Standing) -> Floats:
    return np.array([_per_order(standing, exposure(metric)) for metric in SHARED])


def _per_order(standing: Standing, counter: str) -> float:
    """How many answers, orders ... an order brings: the anchor's own, with 20 orders of the others beside them."""
    own, market = standing.own[_SHOWN], standing.market[_SHOWN]
    usual = market[AT[counter]] / market[AT["orders"]] if market[AT["orders"]] > 0 else 0.0
    return float((own[AT[counter]] + _OTHERS * usual) / (own[AT["orders"]] + _OTHERS))


def _own_incidents(standing: Standing) -> float:
    own = standing.own[_SHOWN]
    return float(own[AT["incident_n"]] / own[AT["orders"]]) if own[AT["orders"]] > 0 else 0.0
