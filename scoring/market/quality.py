"""How good stores and anchors really are, day by day, and what that makes go wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market import words
from scoring.market.arrays import Floats, Ints, expit, logit
from scoring.market.season import Clock, demand
from scoring.market.spec import MarketSpec
from scoring.market.subjects import Anchors, Stores

ASPECTS = ("product", "logistics", "service", "after_sales")
DRIFTS = ("steady", "improving", "decaying", "sudden")
# How the target share of defects falls to the aspects; more than 1, for some orders have two.
MIX = {"product": 0.46, "logistics": 0.42, "service": 0.09, "after_sales": 0.08}
# Probability that a fault is ever reported; late dispatch and slow refunds report themselves.
REPORTED = {"product": 0.85, "logistics": 1.0, "service": 0.8, "after_sales": 1.0}
RETURNED = 0.9  # of reported product faults, the share that comes back as a return
FULFILMENT, STOCK_OUT = 0.3, 0.12  # of logistics faults; the others are late dispatch
PROMISE_REPORTED, PROMISE_RETURNED = 0.75, 0.75
OTHER_RETURNS = 0.012  # carriers' and anchors' doing, seen in every store alike


@dataclass(frozen=True)
class Paths:
    """Latent badness in log-odds (0 is typical, more is worse) and the risks that follow from it.

    `badness`: aspect -> (stores, days); `risk`: aspect -> (stores, days), the probability of a fault for a
    valid
    order (after_sales: for a return); `false_promise`, `viewer_yes`: (anchors, days); `drift`: (stores,).
    """

    badness: dict[str, Floats]
    risk: dict[str, Floats]
    drift: Ints
    honesty: Floats  # badness of anchors, (anchors, days)
    false_promise: Floats  # of an order bought through the anchor
    viewer_yes: Floats  # that a viewer answers yes to false_promotion
    orders: Floats  # (stores, days): expected orders


def make_paths(spec: MarketSpec, clock: Clock, stores: Stores, anchors: Anchors, rng: np.random.Generator) -> Paths:
    """Latent quality of every store and anchor on every day."""
    drift = _drifts(spec, rng)
    badness = _badness(spec, clock, drift, rng)
    orders = stores.size[:, None] * demand(clock)[None, :] * (stores.opened[:, None] <= np.arange(clock.days))
    honesty = _wander(spec.honesty_sigma * rng.standard_normal(len(anchors.followers)), clock, spec, rng)
    return Paths(
        badness=badness,
        risk=_risks(spec, clock, stores, badness, orders),
        drift=drift,
        honesty=honesty,
        false_promise=_fit(spec.false_promise_share, honesty, np.ones_like(honesty)),
        viewer_yes=expit(logit(0.06) + 0.9 * honesty),
        orders=orders,
    )


def _drifts(spec: MarketSpec, rng: np.random.Generator) -> Ints:
    kinds = rng.choice([1, 2, 3], spec.stores, p=[0.35, 0.4, 0.25])
    return np.where(rng.random(spec.stores) < spec.drifting_share, kinds, 0)


def _badness(spec: MarketSpec, clock: Clock, drift: Ints, rng: np.random.Generator) -> dict[str, Floats]:
    shared = rng.standard_normal(spec.stores)
    own = rng.standard_normal((len(ASPECTS), spec.stores))
    rho = spec.aspect_correlation
    base = spec.quality_sigma * (np.sqrt(rho) * shared + np.sqrt(1 - rho) * own)
    path = _drift_path(clock, drift, rng)
    scale = spec.quality_sigma * rng.uniform(0.5, 1.6, (len(ASPECTS), spec.stores))
    return {a: base[i][:, None] + scale[i][:, None] * path for i, a in enumerate(ASPECTS)}


def _drift_path(clock: Clock, drift: Ints, rng: np.random.Generator) -> Floats:
    """(stores, days): where a drifting store stands against its mean,
    in units of about a standard deviation."""
    n = len(drift)
    centred = np.linspace(-0.5, 0.5, clock.days) if clock.days > 1 else np.zeros(1)
    way = np.select([drift == 1, drift == 2], [-1.0, 1.0], 0.0) * np.abs(1.4 + 0.5 * rng.standard_normal(n))
    # Long markets do not drift without bound, short ones only show a part of the way.
    slope = way * min(1.5, clock.days / 180)
    jump = np.where(drift == 3, rng.choice([-1.0, 1.0], n) * rng.uniform(0.8, 2.2, n), 0.0)
    jump_day = rng.uniform(0.15, 0.9, n) * clock.days
    after = (np.arange(clock.days)[None, :] >= jump_day[:, None]) - 0.5
    out: Floats = slope[:, None] * centred[None, :] + jump[:, None] * after
    return out


def _wander(base: Floats, clock: Clock, spec: MarketSpec, rng: np.random.Generator) -> Floats:
    n = len(base)
    total = np.where(rng.random(n) < spec.drifting_share, rng.standard_normal(n), 0.0) * min(1.5, clock.days / 180)
    centred = np.linspace(-0.5, 0.5, clock.days) if clock.days > 1 else np.zeros(1)
    out: Floats = base[:, None] + total[:, None] * centred[None, :]
    return out


def _risks(
    spec: MarketSpec, clock: Clock, stores: Stores, badness: dict[str, Floats], orders: Floats
) -> dict[str, Floats]:
    """Fault probabilities whose order-weighted means meet `spec.defect_share` by the mix of aspects."""
    goods = np.array([c.product for c in words.CATEGORIES])[stores.category][:, None]
    hands = np.array([c.logistics for c in words.CATEGORIES])[stores.category][:, None]
    rush = 0.5 * np.log(demand(clock))[None, :]  # warehouses fall behind when everybody buys
    lines = {
        "product": badness["product"] + goods,
        "logistics": badness["logistics"] + hands + rush,
        "service": badness["service"] + 0.5 * rush,
        "after_sales": badness["after_sales"] + 0.3 * rush,
    }
    share = {a: MIX[a] * spec.defect_share / REPORTED[a] for a in ASPECTS}
    risk = {a: _fit(share[a], lines[a], orders) for a in ASPECTS[:3]}
    comes_back = return_rate(stores, risk)
    return risk | {"after_sales": _fit(share["after_sales"], lines["after_sales"], orders * comes_back, orders)}


def return_rate(stores: Stores, risk: dict[str, Floats]) -> Floats:
    """(stores, days): the probability that a valid order comes back, whatever the cause."""
    buyers = _blameless_returns(stores)
    goods = risk["product"] * REPORTED["product"] * RETURNED
    out: Floats = 1 - (1 - goods) * (1 - risk["logistics"] * FULFILMENT) * (1 - buyers)
    return out


def _blameless_returns(stores: Stores) -> Floats:
    """(stores, 1): the probability that a valid order comes back through no fault of the store's."""
    out: Floats = np.array([c.buyer_returns for c in words.CATEGORIES])[stores.category][:, None] + OTHER_RETURNS
    return out


def _fit(target: float, line: Floats, weight: Floats, total: Floats | None = None) -> Floats:
    """The probability of `line + c` with the c at which its weighted mean is `target` (at most 0.9 each)."""
    mass = (weight if total is None else total).sum()
    if mass == 0:
        return np.minimum(expit(line + logit(target)), 0.9)
    low, high = -15.0, 5.0
    for _ in range(30):
        middle = (low + high) / 2
        mean = float((np.minimum(expit(line + middle), 0.9) * weight).sum() / mass)
        low, high = (middle, high) if mean < target else (low, middle)
    return np.minimum(expit(line + (low + high) / 2), 0.9)


def store_rates(stores: Stores, paths: Paths) -> dict[str, Floats]:
    """Per aspect and `defect` (any of them): (stores, days), the chance that a valid order becomes the
    store's defect."""
    rates = {a: paths.risk[a] * REPORTED[a] for a in ASPECTS}
    # A bad refund makes a defect only of a return that was not one already.
    sound = 1 - rates["after_sales"] * _blameless_returns(stores)
    for aspect in ASPECTS[:3]:
        sound = sound * (1 - rates[aspect])
    rates["after_sales"] = rates["after_sales"] * return_rate(stores, paths.risk)
    return rates | {"defect": 1 - sound}
