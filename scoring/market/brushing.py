"""Fake orders: bursts in the last weeks, from few devices and payments,
perfectly delivered and warmly praised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market.arrays import Ints, Times, hours, subset
from scoring.market.fates import Fates, no_fates
from scoring.market.trade import Orders, prices, promises
from scoring.market.voices import Invitations, Responses
from scoring.market.world import World

WINDOW_DAYS = 40  # before the last day
ACCOUNTS, DEVICES, PAYMENTS = 14, 4, 3  # per brushing store
OWNER_SHARE = 0.08  # of fake orders, placed by the store's owner
PRAISED = 0.6  # of fake orders


@dataclass(frozen=True)
class Fakes:
    """The fake orders and their fates. Their refs are numbered after those of real people."""

    orders: Orders
    fates: Fates


def make_fakes(world: World, rng: np.random.Generator) -> Fakes:
    """Every fake order of the market."""
    store, day = _bursts(world, rng)
    n, stores = len(store), world.stores
    buyer, device, payment = _accounts(world, store, rng)
    item = stores.first_item[store] + rng.integers(0, 2, n)
    # A burst is typed in within an hour or two of one evening.
    evening = 20.0 / 24 + (store % 5) / 60
    placed = world.clock.at(day, np.minimum(evening + rng.exponential(0.03, n), 0.999))
    region = (stores.region[store] + (rng.random(n) < 0.2)) % 8
    ship_by, deliver_by = promises(world.clock, stores.region[store], region, placed)
    nothing = np.full(n, -1, dtype=np.int64)
    orders = Orders(
        store=store, day=day, anchor=nothing, live=nothing, item=item, buyer=buyer, device=device,
        payment=payment, region=region, category=stores.category[store], cents=prices(stores, store, item),
        placed=placed, ship_by=ship_by, deliver_by=deliver_by,
    )  # fmt: skip
    shipped = placed + hours(rng.uniform(0.5, 8.0, n))
    delivered = np.minimum(shipped + hours(rng.uniform(18.0, 40.0, n)), deliver_by)
    return Fakes(orders, no_fates(n, shipped, delivered, rng.integers(0, 5, n)))


def _bursts(world: World, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Store and day of each fake order: three to six evenings per brushing store."""
    days = world.clock.days
    brushers = np.nonzero(world.stores.brushing)[0]
    rounds = rng.integers(3, 7, len(brushers))
    store = np.repeat(brushers, rounds)
    first = np.maximum(days - WINDOW_DAYS, np.minimum(np.maximum(world.stores.opened[store], 0), days - 1))
    day = first + (rng.random(len(store)) * (days - first)).astype(np.int64)
    count = rng.poisson(14 + 1.2 * world.stores.size[store])
    return np.repeat(store, count), np.repeat(day, count)


def _accounts(world: World, store: Ints, rng: np.random.Generator) -> tuple[Ints, Ints, Ints]:
    """Buyer, device and payment numbers; see `refs` for how they are laid out."""
    n, people = len(store), len(world.buyers.mood)
    account = refs(world).fakes + store * ACCOUNTS + rng.integers(0, ACCOUNTS, n)
    owner = refs(world).owners + world.stores.owner[store]
    buyer = np.where(rng.random(n) < OWNER_SHARE, owner, account)
    # Devices up to 2 * people are real: a first and a second one each.
    device = 2 * people + store * DEVICES + rng.integers(0, DEVICES, n)
    payment = 2 * people + store * PAYMENTS + rng.integers(0, PAYMENTS, n)
    return buyer, device, payment


def make_praise(world: World, fakes: Fakes, invited: int, rng: np.random.Generator) -> tuple[Invitations, Responses]:
    """Five stars within hours of delivery, invited or not; the market sent `invited` invitations before
    these."""
    rows = np.nonzero(rng.random(len(fakes.orders.store)) < PRAISED)[0].astype(np.int64)
    orders, delivered, n = subset(fakes.orders, rows), fakes.fates.delivered[rows], len(rows)
    asked = rng.random(n) < world.spec.order_invitation_share
    order = len(world.orders.store) + rows
    nothing, five = np.full(n, -1, dtype=np.int64), np.full(n, 5, dtype=np.int64)
    sent = delivered + hours(rng.uniform(12.0, 24.0, n))
    base: Times = np.where(asked, sent, delivered)
    invitations = Invitations(order[asked], nothing[asked], orders.buyer[asked], sent[asked])
    return invitations, Responses(
        invitation=np.where(asked, invited + np.cumsum(asked) - 1, -1),
        respondent=orders.buyer, device=orders.device, order=order, live=nothing,
        store=orders.store, anchor=nothing,
        answered=base + hours(rng.uniform(0.3, 6.0, n)),
        overall=five, as_described=five, service=five, logistics=five,
        false_promotion=nothing, hype=nothing, text=np.where(rng.random(n) < 0.6, rng.integers(0, 2, n), -1),
    )  # fmt: skip


@dataclass(frozen=True)
class Refs:
    """Where the numbers of fake accounts and of owners begin, after the real buyers'."""

    fakes: int
    owners: int


def refs(world: World) -> Refs:
    """The layout of buyer numbers."""
    people = len(world.buyers.mood)
    return Refs(people, people + world.spec.stores * ACCOUNTS)
