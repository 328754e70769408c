"""Returns and complaints: how faults, and mere regrets, come to light."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market import words
from scoring.market.arrays import (
    Bools,
    Floats,
    Ints,
    Times,
    expit,
    hours,
    logit,
    pick,
    skewed,
    stack,
    where_time,
)
from scoring.market.fates import PACKED_WRONG, Fates, late_or_lost
from scoring.market.quality import PROMISE_RETURNED, RETURNED
from scoring.market.world import World

REASONS = (
    "quality", "not_as_described", "damaged", "wrong_item", "missing", "counterfeit", "late",
    "size", "no_reason", "other",
)  # fmt: skip
QUALITY, DESCRIBED, DAMAGED, WRONG, MISSING, COUNTERFEIT, LATE, SIZE, NO_REASON, OTHER = range(10)
CATEGORIES = tuple(words.COMPLAINT_TEXTS)
OUTCOMES = ("upheld", "settled", "rejected", "withdrawn")
FOUNDED, UNFOUNDED = (0.66, 0.24, 0.04, 0.06), (0.04, 0.06, 0.75, 0.15)


@dataclass(frozen=True)
class Returns:
    """(returns,) arrays in order of the orders; at most one return per order."""

    order: Ints
    reason: Ints  # as stated, which is not always the truth
    opened: Times
    approved: Times
    refunded: Times
    closed: Times
    mishandled: Bools  # the store's after-sales fault: refund too slow, or a rightful return refused
    regret: Bools  # the buyer's doing


@dataclass(frozen=True)
class Complaints:
    """(complaints,) arrays. -1 stands for none."""

    order: Ints
    store: Ints
    anchor: Ints
    live: Ints
    buyer: Ints
    device: Ints
    category: Ints
    opened: Times
    answered: Times
    escalated: Times
    closed: Times
    outcome: Ints
    text: Ints


def make_returns(world: World, fates: Fates, rng: np.random.Generator) -> Returns:
    """Every return of the genuine orders, whenever it is opened."""
    cause = _causes(world, fates, rng)
    order = np.nonzero(cause >= 0)[0].astype(np.int64)
    cause, n = cause[order], len(order)
    regret = (cause == SIZE) | (cause == NO_REASON)
    arrived = fates.delivered[order]
    base: Times = np.where(np.isnat(arrived), world.orders.deliver_by[order] + hours(72.0), arrived)
    slow_finders = np.where(rng.random(n) < 0.12, skewed(rng, 260.0, 0.6, n), 0.0)
    opened = base + hours(np.minimum(skewed(rng, 50.0, 0.8, n) + np.where(regret, 0.0, slow_finders), 1400.0))
    mishandled = rng.random(n) < world.at_orders(world.paths.risk["after_sales"], order)
    slowness = world.at_orders(world.paths.badness["after_sales"], order)
    return Returns(
        order,
        _stated(cause, rng),
        opened,
        *_handling(opened, mishandled, regret, slowness, rng),
        mishandled,
        regret,
    )


def _causes(world: World, fates: Fates, rng: np.random.Generator) -> Ints:
    """The true reason each order comes back for, the gravest first, -1 if it is kept."""
    n = len(world.orders.store)
    here = ~np.isnat(fates.delivered)
    habits = words.CATEGORIES
    category = world.stores.category[world.orders.store]
    mood = world.buyers.mood[world.orders.buyer]
    regret = np.array([c.buyer_returns for c in habits])[category] * np.clip(1 - 0.25 * mood, 0.2, 1.8)
    size = rng.random(n) < np.array([c.size_reason for c in habits])[category]
    grave = rng.random(n) < np.array([c.grave for c in habits])[category]
    goods = np.where(grave, COUNTERFEIT, np.where(rng.random(n) < 0.62, QUALITY, DESCRIBED))
    packing = np.array([WRONG, MISSING, DAMAGED])[pick(rng, [0.4, 0.25, 0.35], n)]
    lost = np.isnat(fates.delivered) & ~np.isnat(fates.shipped)
    late = late_or_lost(world.orders, fates) > 0
    return np.select(
        [
            here & fates.product_told & (rng.random(n) < RETURNED),
            here & (fates.logistics == PACKED_WRONG),
            here & fates.promise_told & (rng.random(n) < PROMISE_RETURNED),
            here & fates.carrier_damage,
            lost & (rng.random(n) < 0.7),
            here & late & (rng.random(n) < 0.06),
            here & (rng.random(n) < regret),
        ],
        [goods, packing, np.full(n, DESCRIBED), np.full(n, DAMAGED), np.full(n, MISSING), np.full(n, LATE),
         np.where(size, SIZE, NO_REASON)],
        -1,
    ).astype(np.int64)  # fmt: skip


def _stated(cause: Ints, rng: np.random.Generator) -> Ints:
    """Some tick the easiest box, and a few blame the store for their own change of mind."""
    n, lie = len(cause), rng.random(len(cause))
    regret = (cause == SIZE) | (cause == NO_REASON)
    easy = np.where(rng.random(n) < 0.5, OTHER, NO_REASON)
    return np.where(regret & (lie < 0.02), QUALITY, np.where(~regret & (lie < 0.05), easy, cause)).astype(np.int64)


def _handling(
    opened: Times, mishandled: Bools, regret: Bools, slowness: Floats, rng: np.random.Generator
) -> tuple[Times, Times, Times]:
    """Approval, refund and closing; a sound return is refunded within 70 h of being opened."""
    n = len(opened)
    sound = 70.0 * expit(rng.normal(-0.9, 0.7, n) + 0.4 * slowness)
    total = np.where(mishandled, 74.0 + skewed(rng, 60.0, 0.7, n), sound)
    refused = np.where(mishandled, rng.random(n) < 0.25, regret & (rng.random(n) < 0.05))
    refunded = where_time(~refused, opened + hours(total))
    approved = where_time(~refused, opened + hours(total * rng.uniform(0.15, 0.6, n)))
    return approved, refunded, np.where(refused, opened + hours(skewed(rng, 40.0, 0.5, n)), refunded)


def make_complaints(world: World, fates: Fates, returns: Returns, rng: np.random.Generator) -> Complaints:
    """Complaints about genuine orders; one order may lead to several."""
    order, category, opened, founded = _drafts(world, fates, returns, rng)
    orders, n = world.orders, len(order)
    promise = category == CATEGORIES.index("false_advertising")
    service = world.at_orders(world.paths.badness["service"], order)
    return Complaints(
        order, orders.store[order], np.where(promise, orders.anchor[order], -1),
        np.where(promise, orders.live[order], -1),
        orders.buyer[order], orders.device[order], category, opened, *_answers(opened, founded, service, rng),
        text=np.where(rng.random(n) < 0.4, rng.integers(0, 2, n), -1),
    )  # fmt: skip


def _drafts(world: World, fates: Fates, returns: Returns, rng: np.random.Generator) -> tuple[Ints, Ints, Times, Bools]:
    """Order, category, time and justice of each complaint."""
    orders, n = world.orders, len(world.orders.store)
    sent, arrived = (
        ~np.isnat(fates.shipped),
        np.where(np.isnat(fates.delivered), orders.deliver_by, fates.delivered),
    )
    returned = np.zeros(n, dtype=bool)
    returned[returns.order] = True
    late = late_or_lost(orders, fates) > 0
    draw = rng.random
    cross = np.exp(-0.5 * world.buyers.mood[orders.buyer])
    grave = np.array([c.grave for c in words.CATEGORIES])[world.stores.category[orders.store]]
    kind = np.where(draw(n) < grave, np.where(draw(n) < 0.5, "counterfeit", "safety"), "quality")
    noise = np.array(["quality", "service", "refund", "other"])[pick(rng, [0.35, 0.2, 0.1, 0.35], n)]
    parts = [
        _draft(fates.product_told & sent & (~returned | (draw(n) < 0.1)), kind, arrived, 90.0, True, rng),
        _draft(
            fates.promise_told & sent & (~returned | (draw(n) < 0.4)),
            "false_advertising",
            arrived,
            70.0,
            True,
            rng,
        ),
        _draft(late & ~fates.carrier_late & (draw(n) < 0.12), "delivery", orders.deliver_by, 20.0, True, rng),
        _draft(late & fates.carrier_late & (draw(n) < 0.08), "delivery", orders.deliver_by, 20.0, False, rng),
        _draft(fates.service_told, "service", orders.placed, 40.0, True, rng),
        _draft(draw(n) < 0.0012 * cross, noise, orders.placed, 150.0, False, rng),
        _refund_draft(returns, rng),
    ]
    order, category, opened, founded = (np.concatenate(column) for column in zip(*parts, strict=True))
    return order, category, opened, founded


def _draft(
    mask: Bools, kind: str | np.ndarray[tuple[int, ...], np.dtype[np.str_]], base: Times, wait: float,
    founded: bool, rng: np.random.Generator,
) -> tuple[Ints, Ints, Times, Bools]:  # fmt: skip
    """Complaints about the orders of `mask`, opened about `wait` hours after `base`."""
    rows = np.nonzero(mask)[0].astype(np.int64)
    codes = {name: code for code, name in enumerate(CATEGORIES)}
    names = [kind] * len(rows) if isinstance(kind, str) else kind[rows].tolist()
    category = np.array([codes[name] for name in names], dtype=np.int64)
    opened = base[rows] + hours(np.minimum(skewed(rng, wait, 0.9, len(rows)), 1400.0))
    return rows, category, opened, np.full(len(rows), founded)


def _refund_draft(returns: Returns, rng: np.random.Generator) -> tuple[Ints, Ints, Times, Bools]:
    n = len(returns.order)
    # Nobody's counters see a slow refund of the buyer's own return unless the buyer complains.
    speaks = rng.random(n) < np.where(returns.regret, 0.8, 0.45)
    rows = np.nonzero(returns.mishandled & speaks)[0]
    opened = returns.opened[rows] + hours(74.0 + skewed(rng, 40.0, 0.7, len(rows)))
    category = np.full(len(rows), CATEGORIES.index("refund"), dtype=np.int64)
    return returns.order[rows], category, opened, np.ones(len(rows), dtype=bool)


def _answers(
    opened: Times, founded: Bools, service: Floats, rng: np.random.Generator
) -> tuple[Times, Times, Times, Ints]:
    """First response, escalation, closing and outcome; poor service leaves more complaints unanswered."""
    n = len(opened)
    silent = rng.random(n) < expit(logit(0.03) + 0.6 * service)
    wait = skewed(rng, 9.0 * np.exp(0.5 * service), 0.9, n)
    answered = where_time(~silent, opened + hours(np.minimum(wait, 230.0)))
    escalated = where_time((silent | (wait > 48)) & (rng.random(n) < 0.5), opened + hours(rng.uniform(49.0, 120.0, n)))
    verdict = np.where(founded, pick(rng, FOUNDED, n), pick(rng, UNFOUNDED, n))
    seen: Times = np.maximum(answered, np.where(np.isnat(escalated), answered, escalated))
    closed: Times = seen + hours(skewed(rng, 60.0, 0.7, n))
    return answered, escalated, closed, np.where(silent, -1, verdict)


def outside_complaints(world: World, rng: np.random.Generator) -> Complaints:
    """Complaints without an order: viewers about what an anchor said, rivals about made-up sales."""
    lives, stores = world.lives, world.stores
    rate = 0.012 * np.exp(world.paths.honesty[lives.anchor, lives.day]) if len(lives.anchor) else np.zeros(0)
    live = np.nonzero(rng.random(len(rate)) < rate)[0].astype(np.int64)
    told = world.clock.at(lives.day[live], lives.start[live] + lives.length[live]) + hours(
        skewed(rng, 8.0, 1.0, len(live))
    )
    viewers = _outsiders(world, live, told, "false_advertising", rng)
    suspects = np.nonzero(stores.brushing & (rng.random(len(stores.size)) < 0.7))[0]
    seen = world.clock.at(np.full(len(suspects), world.clock.days - 1), rng.random(len(suspects))) - hours(
        24.0 * rng.random(len(suspects)) * min(20, world.clock.days - 1)
    )
    rivals = _outsiders(world, np.full(len(suspects), -1), seen, "brushing", rng, suspects)
    return stack(viewers, rivals)


def _outsiders(
    world: World,
    live: Ints,
    opened: Times,
    category: str,
    rng: np.random.Generator,
    store: Ints | None = None,
) -> Complaints:
    n = len(live)
    buyer = rng.integers(0, len(world.buyers.mood), n)
    founded = rng.random(n) < 0.5
    anchor = world.lives.anchor[live] if n and store is None else np.full(n, -1)
    return Complaints(
        np.full(n, -1), np.full(n, -1) if store is None else store.astype(np.int64), anchor, live,
        buyer, buyer, np.full(n, CATEGORIES.index(category), dtype=np.int64), opened,
        *_answers(opened, founded, np.zeros(n), rng),
        text=np.where(rng.random(n) < 0.6, rng.integers(0, 2, n), -1),
    )  # fmt: skip
