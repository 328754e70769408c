"""Stores and anchors: their size, habits and names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market import words
from scoring.market.arrays import Bools, Floats, Ints, pick
from scoring.market.spec import MarketSpec


@dataclass(frozen=True)
class Stores:
    """(stores,) arrays, except `partners` (stores, 3): the anchors each works with, -1 for none."""

    category: Ints
    region: Ints
    owner: Ints
    opened: Ints  # day number, negative before the first simulated day
    size: Floats  # mean orders per day
    items: Ints
    first_item: Ints  # the store's first item in the market's row of items
    terms: Ints  # -1: none stated
    partners: Ints
    brushing: Bools
    names: list[str]


@dataclass(frozen=True)
class Anchors:
    """(anchors,) arrays."""

    followers: Ints
    daily: Floats  # probability of going live on a day
    owner: Ints  # -1: not told to us
    names: list[str]


def make_stores(spec: MarketSpec, rng: np.random.Generator, names: np.random.Generator) -> Stores:
    """All stores of the market."""
    n = spec.stores
    category = pick(rng, [c.share for c in words.CATEGORIES], n)
    size = _sizes(spec, rng)
    items = np.clip(3 + 9 * size**0.4 * rng.random(n) * 2, 3, 400).astype(np.int64)
    return Stores(
        category=category,
        region=pick(rng, words.REGION_SHARES, n),
        owner=np.where(rng.random(n) < 0.05, rng.integers(0, n, n), np.arange(n)),
        opened=_opened(spec, rng),
        size=size,
        items=items,
        first_item=np.cumsum(items) - items,
        terms=np.where(rng.random(n) < 0.75, rng.integers(0, len(words.TERMS), n), -1),
        partners=_partners(spec, rng, size),
        brushing=_brushing(spec, rng, size),
        names=words.store_names(names, category.tolist()),
    )


def make_anchors(spec: MarketSpec, rng: np.random.Generator, names: np.random.Generator) -> Anchors:
    """All anchors of the market."""
    n = spec.anchor_count
    fame = rng.standard_normal(n)
    owner = np.where(rng.random(n) < 0.3, rng.integers(0, spec.stores, n), spec.stores + np.arange(n))
    return Anchors(
        followers=(8000 * np.exp(1.7 * fame)).astype(np.int64) + 50,
        daily=np.clip(0.55 + 0.15 * fame + 0.15 * rng.standard_normal(n), 0.08, 0.98),
        owner=np.where(rng.random(n) < 0.85, owner, -1),
        names=words.anchor_names(names, n),
    )


def _sizes(spec: MarketSpec, rng: np.random.Generator) -> Floats:
    # Strata instead of free draws: the tail is as long as asked in every market, whatever the seed.
    place = (rng.permutation(spec.stores) + rng.uniform(0.25, 0.75, spec.stores)) / spec.stores
    size = np.exp(spec.size_spread * _normal_quantile(place))
    out: Floats = size * spec.orders_per_store_day / size.mean()
    return out


def _normal_quantile(p: Floats) -> Floats:
    grid = np.linspace(-5, 5, 4001)
    density = np.exp(-(grid**2) / 2)
    reached = np.cumsum(density)
    return np.interp(p, reached / reached[-1], grid)


def _opened(spec: MarketSpec, rng: np.random.Generator) -> Ints:
    before = -rng.exponential(500, spec.stores).astype(np.int64) - 1
    during = rng.integers(0, spec.days, spec.stores)
    return np.where(rng.random(spec.stores) < 0.12, during, before)


def _partners(spec: MarketSpec, rng: np.random.Generator, size: Floats) -> Ints:
    shape = (spec.stores, 3)
    if spec.anchor_count == 0:
        return np.full(shape, -1, dtype=np.int64)
    chosen = rng.integers(0, spec.anchor_count, shape)
    wanted = 1 + (rng.random(spec.stores) < 0.5) + (size > np.median(size))
    return np.where(np.arange(3) < wanted[:, None], chosen, -1)


def _brushing(spec: MarketSpec, rng: np.random.Generator, size: Floats) -> Bools:
    """Brushing is for the middle of the market: known stores need it less,
    and tiny ones do not pay for it."""
    wanted = 0 if spec.brushing_share == 0 else max(1, round(spec.brushing_share * spec.stores))
    rank = np.argsort(np.argsort(size)) / max(1, spec.stores - 1)
    appeal = rng.random(spec.stores) - 2.0 * np.abs(rank - 0.6)
    chosen = np.zeros(spec.stores, dtype=bool)
    chosen[np.argsort(-appeal)[:wanted]] = True
    return chosen
