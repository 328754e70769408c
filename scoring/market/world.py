"""Everything that is settled before anything goes wrong: who is there, how good they are, what they sell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market.arrays import Floats, Ints
from scoring.market.quality import Paths, make_paths
from scoring.market.season import Clock, make_clock
from scoring.market.spec import MarketSpec
from scoring.market.subjects import Anchors, Stores, make_anchors, make_stores
from scoring.market.trade import Buyers, Lives, Orders, make_buyers, make_lives, make_orders, order_counts

Streams = dict[str, np.random.Generator]


@dataclass(frozen=True)
class World:
    """The market without its mishaps. `orders` are the genuine ones."""

    spec: MarketSpec
    clock: Clock
    stores: Stores
    anchors: Anchors
    paths: Paths
    lives: Lives
    buyers: Buyers
    orders: Orders

    def at_orders(self, values: Floats, rows: Ints | None = None) -> Floats:
        """`values` (stores, days) as they stood for each order, or for the orders `rows`."""
        store, day = self.orders.store, self.orders.day
        out: Floats = values[store, day] if rows is None else values[store[rows], day[rows]]
        return out

    def at_anchors(self, values: Floats) -> Floats:
        """`values` (anchors, days) as they stood for each order, 0 for orders without an anchor."""
        if len(values) == 0:
            return np.zeros(len(self.orders.store))
        return np.where(self.orders.anchor >= 0, values[self.orders.anchor, self.orders.day], 0.0)


def make_world(spec: MarketSpec, rng: Streams) -> World:
    """The market of `spec`, drawn from the streams of `spec.seed`."""
    clock = make_clock(spec)
    stores = make_stores(spec, rng["subjects"], rng["names"])
    anchors = make_anchors(spec, rng["subjects"], rng["names"])
    paths = make_paths(spec, clock, stores, anchors, rng["quality"])
    lives = make_lives(clock, anchors, rng["lives"])
    counts = order_counts(paths, rng["demand"])
    buyers = make_buyers(max(20, int(counts.sum() / 3.5)), rng["orders"])
    orders = make_orders(spec, clock, stores, lives, buyers, counts, rng["orders"])
    return World(spec, clock, stores, anchors, paths, lives, buyers, orders)
