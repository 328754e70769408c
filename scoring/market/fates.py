"""What became of each order: cancelled, dispatched, delivered, and whose fault anything was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market import words
from scoring.market.arrays import NAT, Bools, Floats, Ints, Times, expit, hours, pick, skewed, where_time
from scoring.market.quality import FULFILMENT, PROMISE_REPORTED, REPORTED, STOCK_OUT
from scoring.market.season import Clock
from scoring.market.spec import MarketSpec
from scoring.market.trade import Orders
from scoring.market.world import World

CANCELLERS = ("buyer", "merchant", "platform")
NONE, LATE, OUT_OF_STOCK, PACKED_WRONG = 0, 1, 2, 3  # kinds of logistics fault


@dataclass(frozen=True)
class Strikes:
    """(strikes,) arrays, `regions` (strikes, regions). `carrier` -1: weather that stops every carrier."""

    carrier: Ints
    regions: Bools
    start: Times
    end: Times
    recorded: Bools


@dataclass(frozen=True)
class Fates:
    """(orders,) arrays. Times may lie after the end of the market:
    what is known by then is cut when written."""

    cancelled: Times
    canceller: Ints  # -1: none
    shipped: Times
    delivered: Times
    carrier: Ints  # -1: never dispatched
    product: Bools  # faults that happened
    logistics: Ints
    service: Bools
    promise: Bools
    product_told: Bools  # faults that are reported sooner or later
    service_told: Bools
    promise_told: Bools
    carrier_late: Bools  # dispatched in time, delivered late or never
    carrier_damage: Bools


def make_strikes(spec: MarketSpec, clock: Clock, rng: np.random.Generator) -> Strikes:
    """Days on which parcels to some regions stood still; a market of a month or more has at least one."""
    count = int(rng.poisson(spec.strikes_per_100_days * clock.days / 100))
    if spec.strikes_per_100_days > 0 and clock.days >= 30:
        count = max(1, count)
    length = rng.uniform(3.0, min(8.0, max(3.5, clock.days / 6)), count)
    begin = rng.random(count) * np.maximum(0.0, clock.days - length - 1)
    start = clock.midnights[0] + hours(24.0 * begin)
    weather = rng.random(count) < 0.12
    recorded = rng.random(count) < 0.6
    recorded[:1] = True
    return Strikes(
        carrier=np.where(weather, -1, pick(rng, words.CARRIER_SHARES, count)),
        regions=_struck(weather, rng),
        start=start,
        end=np.minimum(start + hours(24.0 * length), clock.end - hours(1.0)),
        recorded=recorded,
    )


def _struck(weather: Bools, rng: np.random.Generator) -> Bools:
    """(strikes, regions): one region where the weather stops everybody, else one to three."""
    count = len(weather)
    rank = np.argsort(np.argsort(rng.random((count, len(words.REGIONS))), axis=1), axis=1)
    many = np.where(weather, 1, rng.integers(1, 4, count))
    return rank < many[:, None]


def make_fates(world: World, strikes: Strikes, rng: np.random.Generator) -> Fates:
    """What became of the genuine orders."""
    orders, n = world.orders, len(world.orders.store)
    by_buyer, by_platform = rng.random(n) < 0.035, rng.random(n) < 0.003
    valid = ~(by_buyer | by_platform)
    logistics = np.where(valid, _logistics(world, rng), NONE)
    gone = logistics == OUT_OF_STOCK
    shipped = where_time(valid & ~gone, _shipped(world, logistics == LATE, rng))
    canceller = np.select([by_buyer, by_platform, gone], [0, 2, 1], -1)
    carrier = pick(rng, words.CARRIER_SHARES, n)
    delivered, held_up = _delivered(world, strikes, shipped, carrier, rng)
    product = valid & ~gone & (rng.random(n) < world.at_orders(world.paths.risk["product"]))
    service = valid & (rng.random(n) < world.at_orders(world.paths.risk["service"]))
    promise = valid & ~gone & (rng.random(n) < world.at_anchors(world.paths.false_promise))
    sent = valid & ~gone
    return Fates(
        cancelled=_cancelled(orders, canceller, rng), canceller=canceller,
        shipped=shipped, delivered=delivered, carrier=np.where(sent, carrier, -1),
        product=product, logistics=logistics, service=service, promise=promise,
        product_told=product & (rng.random(n) < REPORTED["product"]),
        service_told=service & (rng.random(n) < REPORTED["service"]),
        promise_told=promise & (rng.random(n) < PROMISE_REPORTED),
        carrier_late=sent & (logistics != LATE) & held_up,
        carrier_damage=sent & ~held_up & (logistics != PACKED_WRONG) & (rng.random(n) < 0.0025),
    )  # fmt: skip


def _logistics(world: World, rng: np.random.Generator) -> Ints:
    n = len(world.orders.store)
    fault = rng.random(n) < world.at_orders(world.paths.risk["logistics"])
    kind = pick(rng, [1 - FULFILMENT - STOCK_OUT, STOCK_OUT, FULFILMENT], n) + 1
    return np.where(fault, kind, NONE)


def _shipped(world: World, late: Bools, rng: np.random.Generator) -> Times:
    orders, n = world.orders, len(world.orders.store)
    window = (orders.ship_by - orders.placed) / np.timedelta64(3600, "s")
    haste = expit(rng.normal(-0.7, 0.8, n) + 0.35 * world.at_orders(world.paths.badness["logistics"]))
    in_time = orders.placed + hours(window * np.minimum(haste, 0.97))
    return np.where(late, orders.ship_by + hours(1.0 + skewed(rng, 22.0, 0.9, n)), in_time)


def _cancelled(orders: Orders, canceller: Ints, rng: np.random.Generator) -> Times:
    """Buyers and the platform cancel within hours, before dispatch;
    merchants when they find the shelf empty."""
    n = len(canceller)
    soon = np.minimum(skewed(rng, 3.0, 1.1, n), 40.0)
    when = orders.placed + hours(np.where(canceller == 1, np.minimum(skewed(rng, 30.0, 0.6, n), 200.0), soon))
    return where_time(canceller >= 0, when)


def _delivered(
    world: World, strikes: Strikes, shipped: Times, carrier: Ints, rng: np.random.Generator
) -> tuple[Times, Bools]:
    """Delivery times, NaT if lost, and whether each sent parcel came after deliver_by or never."""
    orders, n = world.orders, len(world.orders.store)
    usual = words.TRANSIT_DAYS[world.stores.region[orders.store], orders.region]
    slow = np.array(words.CARRIER_SLOWNESS)[carrier]
    delivered = shipped + hours(24.0 * skewed(rng, usual * slow, 0.32, n))
    delivered = _hold_up(strikes, orders, shipped, delivered, carrier, rng)
    lost = rng.random(n) < 0.0015
    sent = ~np.isnat(shipped)
    return where_time(~lost, delivered), sent & (lost | (delivered > orders.deliver_by))


def _hold_up(
    strikes: Strikes,
    orders: Orders,
    shipped: Times,
    delivered: Times,
    carrier: Ints,
    rng: np.random.Generator,
) -> Times:
    """Parcels on their way to a struck region wait; comparisons with NaT are false,
    so unsent orders do not."""
    for i in range(len(strikes.carrier)):
        caught = (shipped < strikes.end[i]) & (delivered > strikes.start[i]) & strikes.regions[i][orders.region]
        if strikes.carrier[i] >= 0:
            caught &= carrier == strikes.carrier[i]
        rows = np.nonzero(caught)[0]
        delivered[rows] += hours(rng.uniform(30.0, 160.0, len(rows)))
    return delivered


def no_fates(count: int, shipped: Times, delivered: Times, carrier: Ints) -> Fates:
    """Fates of `count` orders in which nothing went wrong."""
    no = np.zeros(count, dtype=bool)
    return Fates(
        cancelled=np.full(count, NAT), canceller=np.full(count, -1), shipped=shipped, delivered=delivered,
        carrier=carrier, product=no, logistics=np.zeros(count, dtype=np.int64), service=no, promise=no,
        product_told=no, service_told=no, promise_told=no, carrier_late=no, carrier_damage=no,
    )  # fmt: skip


def late_or_lost(orders: Orders, fates: Fates) -> Floats:
    """1 for orders delivered after their promise or never, although sent; else 0."""
    missing = np.isnat(fates.delivered) | (fates.delivered > orders.deliver_by)
    return (~np.isnat(fates.shipped) & missing).astype(np.float64)
