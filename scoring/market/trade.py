"""Lives and orders: who bought what from whom, when, and through which live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market import words
from scoring.market.arrays import Floats, Ints, Times, hours, pick, skewed
from scoring.market.quality import Paths
from scoring.market.season import Clock, pauses
from scoring.market.spec import MarketSpec
from scoring.market.subjects import Anchors, Stores

# Hours of a day at which people buy outside lives.
HOURS = np.array(
    [3, 1.5, 1, 0.6, 0.5, 0.8, 1.5, 2.5, 3.5, 4.5, 5.2, 5.2, 5, 4.6, 4.5, 4.5, 4.6, 4.6, 5, 6.5, 8, 8.5, 7, 5]
)


@dataclass(frozen=True)
class Lives:
    """(lives,) arrays in order of day and anchor; shares are parts of the day."""

    anchor: Ints
    day: Ints
    start: Floats
    length: Floats
    peak: Ints


@dataclass(frozen=True)
class Orders:
    """(orders,) arrays. -1 stands for none; refs are numbers that become strings when written."""

    store: Ints
    day: Ints
    anchor: Ints
    live: Ints
    item: Ints
    buyer: Ints
    device: Ints
    payment: Ints
    region: Ints
    category: Ints
    cents: Ints
    placed: Times
    ship_by: Times
    deliver_by: Times


@dataclass(frozen=True)
class Buyers:
    """(buyers,) arrays."""

    mood: Floats  # standard normal, more is kinder
    region: Ints


def make_lives(clock: Clock, anchors: Anchors, rng: np.random.Generator) -> Lives:
    """Every live of the market: at most one per anchor and day, over by midnight."""
    on_air = rng.random((clock.days, len(anchors.daily))) < anchors.daily[None, :]
    day, anchor = np.nonzero(on_air)
    n = len(day)
    start = np.clip(rng.normal(18.6, 2.4, n), 8.0, 20.5)
    length = np.minimum(skewed(rng, 2.4, 0.35, n), 23.6 - start)
    peak = skewed(rng, 3 + 0.02 * anchors.followers[anchor], 0.5, n)
    return Lives(anchor.astype(np.int64), day.astype(np.int64), start / 24, length / 24, peak.astype(np.int64))


def make_buyers(count: int, rng: np.random.Generator) -> Buyers:
    """The people who buy."""
    return Buyers(rng.standard_normal(count), pick(rng, words.REGION_SHARES, count))


def order_counts(paths: Paths, rng: np.random.Generator) -> Ints:
    """(stores, days): orders placed; days vary more than chance alone would have it."""
    return rng.poisson(paths.orders * rng.gamma(4.0, 0.25, paths.orders.shape)).astype(np.int64)


def make_orders(
    spec: MarketSpec,
    clock: Clock,
    stores: Stores,
    lives: Lives,
    buyers: Buyers,
    counts: Ints,
    rng: np.random.Generator,
) -> Orders:
    """Every genuine order, in order of store and day."""
    cells = np.repeat(np.arange(counts.size), counts.ravel())
    store, day = cells // clock.days, cells % clock.days
    anchor, live = _channel(spec, clock, stores, lives, store, day, rng)
    item = _items(stores, store, rng)
    buyer = _choose_buyers(stores, store, len(buyers.mood), rng)
    placed = clock.at(day, _shares(lives, live, rng))
    ship_by, deliver_by = promises(clock, stores.region[store], buyers.region[buyer], placed)
    device, payment = _devices(buyer, len(buyers.mood), rng)
    return Orders(
        store=store, day=day, anchor=anchor, live=live, item=item, buyer=buyer, device=device,
        payment=payment, region=buyers.region[buyer], category=_categories(stores, store, rng),
        cents=prices(stores, store, item),
        placed=placed, ship_by=ship_by, deliver_by=deliver_by,
    )  # fmt: skip


def _channel(
    spec: MarketSpec,
    clock: Clock,
    stores: Stores,
    lives: Lives,
    store: Ints,
    day: Ints,
    rng: np.random.Generator,
) -> tuple[Ints, Ints]:
    """Anchor and live of each order: the first of the store's partners on air that day,
    tried in a random order."""
    width = int(lives.anchor.max(initial=0)) + 1
    on_air = np.full((width + 1, clock.days), -1, dtype=np.int64)  # the last row answers for anchor -1
    on_air[lives.anchor, lives.day] = np.arange(len(lives.anchor))
    n = len(store)
    anchor = np.full(n, -1, dtype=np.int64)
    live = np.full(n, -1, dtype=np.int64)
    wants = rng.random(n) < spec.live_order_share
    first = rng.integers(0, 3, n)
    for turn in range(3):
        candidate = stores.partners[store, (first + turn) % 3]
        found = on_air[np.minimum(candidate, width - 1), day]
        take = wants & (live < 0) & (candidate >= 0) & (candidate < width) & (found >= 0)
        anchor, live = np.where(take, candidate, anchor), np.where(take, found, live)
    # Bought from the anchor's showcase after the live: the anchor is known, no live is.
    replay = wants & (live < 0) & (rng.random(n) < 0.4)
    return np.where(replay, stores.partners[store, 0], anchor), live


def _shares(lives: Lives, live: Ints, rng: np.random.Generator) -> Floats:
    n = len(live)
    if len(lives.start) == 0:
        return (pick(rng, HOURS, n) + rng.random(n)) / 24
    in_live = lives.start[live] + lives.length[live] * rng.random(n)
    return np.where(live >= 0, in_live, (pick(rng, HOURS, n) + rng.random(n)) / 24)


def _items(stores: Stores, store: Ints, rng: np.random.Generator) -> Ints:
    popular = rng.random(len(store)) ** 2.2  # a few items sell most
    return stores.first_item[store] + (popular * stores.items[store]).astype(np.int64)


def prices(stores: Stores, store: Ints, item: Ints) -> Ints:
    """Price in cents; an item always costs the same, ending in .90 as prices do."""
    median = np.array([c.price for c in words.CATEGORIES])[stores.category[store]]
    noise = np.sin(item * 12.9898 + 4.1) * 43758.5453
    wave = noise - np.floor(noise) - 0.5
    yuan: Ints = np.maximum(1, np.round(median * np.exp(2.0 * wave))).astype(np.int64)
    return yuan * 100 - 10


def _choose_buyers(stores: Stores, store: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Most come from anywhere, heavy buyers more often; a fifth are regulars of the store."""
    n = len(store)
    anyone = (count * rng.random(n) ** 1.5).astype(np.int64)
    seat = (rng.random(n) ** 1.5 * (3 + 12 * stores.size[store])).astype(np.int64)
    regular = (store * 7919 + seat * 104729) % count
    return np.where(rng.random(n) < 0.2, regular, anyone)


def _devices(buyer: Ints, count: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Each buyer has an own device and payment, some share a household's, some have a second,
    some are not told."""
    n = len(buyer)
    own = np.where(buyer % 53 == 1, buyer - 1, buyer)
    device = np.where(rng.random(n) < 0.06, own + count, own)
    payment = np.where(rng.random(n) < 0.04, buyer + count, np.where(buyer % 71 == 1, buyer - 1, buyer))
    return np.where(rng.random(n) < 0.04, -1, device), np.where(rng.random(n) < 0.03, -1, payment)


def _categories(stores: Stores, store: Ints, rng: np.random.Generator) -> Ints:
    other = rng.random(len(store)) < 0.05
    return np.where(other, rng.integers(0, len(words.CATEGORIES), len(store)), stores.category[store])


def promises(clock: Clock, origin: Ints, region: Ints, placed: Times) -> tuple[Times, Times]:
    """What the buyer was promised: dispatch within 48 h, stretched over the spring festival,
    delivery by region."""
    stretch = hours(pauses(clock) * 24.0)[clock.day_of(placed)]
    ship_by = placed + hours(48.0) + stretch
    transit = np.ceil(1.3 * words.TRANSIT_DAYS[origin, region] + 0.6)
    return ship_by, ship_by + hours(24.0 * transit)


def live_times(clock: Clock, lives: Lives) -> tuple[Times, Times]:
    """Start and end of each live."""
    return clock.at(lives.day, lives.start), clock.at(lives.day, lives.start + lives.length)
