"""What people say when asked, and when not: invitations, responses and conversations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.market.arrays import NAT, Bools, Floats, Ints, Times, expit, hours, logit, skewed, subset
from scoring.market.fates import NONE, Fates, late_or_lost
from scoring.market.grievances import Returns
from scoring.market.world import World

SCORES = ("overall", "as_described", "service", "logistics")
TEXTS = {
    1: ("Very disappointed", "太差了，不会再买"),
    2: ("Not what I hoped for", "一般，有点失望"),
    3: ("It is okay", "还行吧"),
    4: ("Good, a small flaw", "不错，物流稍慢"),
    5: ("Just as shown in the live", "很满意，会回购"),
}


@dataclass(frozen=True)
class Invitations:
    """(invitations,) arrays; either an order or a live, the other is -1."""

    order: Ints
    live: Ints
    respondent: Ints
    sent: Times


@dataclass(frozen=True)
class Responses:
    """(responses,) arrays. Scores 1 to 5, 0 for not given; yes and no are 1 and 0, -1 for not given."""

    invitation: Ints  # -1: not invited
    respondent: Ints
    device: Ints
    order: Ints
    live: Ints
    store: Ints
    anchor: Ints
    answered: Times
    overall: Ints
    as_described: Ints
    service: Ints
    logistics: Ints
    false_promotion: Ints
    hype: Ints
    text: Ints


@dataclass(frozen=True)
class Conversations:
    """(conversations,) arrays. `resolved` -1: not told, `rating` 0: none, `order` -1: before buying."""

    store: Ints
    order: Ints
    started: Times
    replied: Times
    resolved: Ints
    rating: Ints


def make_invitations(world: World, fates: Fates, rng: np.random.Generator) -> Invitations:
    """Some viewers of every live and some buyers of delivered orders."""
    lives, spec = world.lives, world.spec
    crowd = np.minimum(lives.peak, spec.viewer_invitations * rng.gamma(4.0, 0.25, len(lives.peak)))
    live = np.repeat(np.arange(len(lives.peak)), rng.poisson(crowd))
    people = len(world.buyers.mood)
    # One invitation per viewer and live.
    live, viewer = np.divmod(np.unique(live * people + rng.integers(0, people, len(live))), people)
    after = world.clock.at(lives.day[live], lives.start[live] + lives.length[live]) + hours(
        rng.uniform(0.2, 3.0, len(live))
    )
    n = len(fates.delivered)
    order = np.nonzero(~np.isnat(fates.delivered) & (rng.random(n) < spec.order_invitation_share))[0]
    sent = fates.delivered[order] + hours(rng.uniform(12.0, 60.0, len(order)))
    return Invitations(
        order=np.concatenate([np.full(len(live), -1), order]),
        live=np.concatenate([live, np.full(len(order), -1)]),
        respondent=np.concatenate([viewer, world.orders.buyer[order]]),
        sent=np.concatenate([after, sent]),
    )


def make_responses(
    world: World, fates: Fates, returns: Returns, invitations: Invitations, rng: np.random.Generator
) -> Responses:
    """Answers to invitations: few, and the harmed answer more often."""
    n = len(invitations.sent)
    harm = _harm(world, fates, returns)
    hurt = np.where(invitations.order >= 0, harm["overall"][invitations.order] > 0.5, False) if n else np.zeros(0, bool)
    answers = rng.random(n) < world.spec.answer_rate * np.where(hurt, 1.6, 0.97)
    rows = np.nonzero(answers)[0].astype(np.int64)
    asked = subset(invitations, rows)
    order, live = asked.order, asked.live
    device = np.where(rng.random(len(rows)) < 0.9, asked.respondent, -1)
    said = _scores(world, harm, order, rng)
    lied, hyped = _verdicts(world, fates, asked, rng)
    return Responses(
        invitation=rows, respondent=asked.respondent, device=device, order=order, live=live,
        store=_of(world.orders.store, order), anchor=np.where(live >= 0, _of(world.lives.anchor, live), -1),
        answered=asked.sent + hours(np.minimum(skewed(rng, 9.0, 1.1, len(rows)), 600.0)),
        false_promotion=lied, hype=hyped,
        text=np.where(rng.random(len(rows)) < 0.15, rng.integers(0, 2, len(rows)), -1),
        **said,
    )  # fmt: skip


def _of(values: Ints, rows: Ints) -> Ints:
    """`values[rows]`, -1 where the row is -1."""
    if len(values) == 0:
        return np.full(len(rows), -1, dtype=np.int64)
    return np.where(rows >= 0, values[rows], -1)


def _harm(world: World, fates: Fates, returns: Returns) -> dict[str, Floats]:
    """Points each order's troubles take off each score."""
    goods = 2.3 * fates.product + 1.7 * fates.promise + 1.5 * fates.carrier_damage
    late = late_or_lost(world.orders, fates)
    logistics = 1.9 * late + 0.8 * (fates.logistics != NONE)
    refund = np.zeros(len(goods))
    refund[returns.order] = 1.2 * returns.mishandled
    service = 1.9 * fates.service + refund
    return {
        "overall": goods + 0.7 * logistics + 0.8 * service,
        "as_described": goods,
        "service": service,
        "logistics": logistics,
    }


def _scores(world: World, harm: dict[str, Floats], order: Ints, rng: np.random.Generator) -> dict[str, Ints]:
    """Scores of buyers; viewers (order -1) give none."""
    aspects = {
        "overall": "product",
        "as_described": "product",
        "service": "service",
        "logistics": "logistics",
    }
    asked = {"overall": 1.0, "as_described": 0.9, "service": 0.8, "logistics": 0.9}
    buys = np.nonzero(order >= 0)[0]
    rows = order[buys]
    mood = world.buyers.mood[world.orders.buyer[rows]]
    grump = np.where(rng.random(len(rows)) < 0.015, 2.5, 0.0)
    out = {}
    for score in SCORES:
        badness = world.at_orders(world.paths.badness[aspects[score]], rows)
        felt = 4.8 - harm[score][rows] - grump + 0.3 * mood - 0.22 * badness + 0.5 * rng.standard_normal(len(rows))
        given = np.where(rng.random(len(rows)) < asked[score], np.clip(np.round(felt), 1, 5), 0)
        out[score] = np.zeros(len(order), dtype=np.int64)
        out[score][buys] = given.astype(np.int64)
    return out


def _verdicts(world: World, fates: Fates, asked: Invitations, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Whether viewers, and buyers through an anchor, saw false promotion or hype."""
    n = len(asked.sent)
    anchor, day = _of(world.lives.anchor, asked.live), _of(world.lives.day, asked.live)
    views = anchor >= 0
    if len(world.paths.honesty) == 0:
        return np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    honesty = np.where(views, world.paths.honesty[anchor, day], 0.0)
    buys = (_of(world.orders.anchor, asked.order) >= 0) & (rng.random(n) < 0.4)
    fooled = (_of(fates.promise.astype(np.int64), asked.order)) == 1
    yes = np.where(views, world.paths.viewer_yes[anchor, day], np.where(fooled, 0.75, 0.03))
    lied = np.where(views | buys, rng.random(n) < yes, -1)
    hyped = np.where(views | buys, rng.random(n) < expit(logit(0.12) + 0.6 * honesty), -1)
    return lied.astype(np.int64), hyped.astype(np.int64)


def uninvited_responses(world: World, invited: int, rng: np.random.Generator) -> Responses:
    """Answers nobody asked for: fans and foes, at the ends of the scale."""
    n = int(rng.poisson(0.04 * invited)) if world.clock.days > 1 else 0
    hosts = len(world.anchors.followers)
    about_anchor = (rng.random(n) < 0.5) & (hosts > 0)
    foe = rng.random(n) < 0.45
    ends = np.where(foe, 1, 5)
    people = rng.integers(0, len(world.buyers.mood), n)
    nothing, unscored = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    lied = np.where(about_anchor, foe & (rng.random(n) < 0.8), -1)
    return Responses(
        invitation=nothing, respondent=people, device=np.where(rng.random(n) < 0.8, people, -1),
        order=nothing, live=nothing,
        store=np.where(about_anchor, -1, rng.integers(0, world.spec.stores, n)),
        anchor=np.where(about_anchor, rng.integers(0, max(1, hosts), n), -1),
        answered=world.clock.at(rng.integers(0, world.clock.days, n), rng.random(n)),
        overall=ends, as_described=unscored, service=unscored, logistics=unscored,
        false_promotion=lied.astype(np.int64), hype=nothing, text=np.where(rng.random(n) < 0.5, 0, -1),
    )  # fmt: skip


def make_conversations(world: World, fates: Fates, rng: np.random.Generator) -> Conversations:
    """Chats with customer service: before buying, about an order,
    and most of all when something went wrong."""
    orders, n = world.orders, len(world.orders.store)
    trouble = fates.service | fates.product | (late_or_lost(orders, fates) > 0)
    about = np.nonzero(rng.random(n) < np.where(trouble, 0.35, 0.05))[0].astype(np.int64)
    before = np.nonzero(rng.random(n) < 0.05)[0].astype(np.int64)
    source = np.concatenate([about, before])
    m = len(source)
    badness = world.at_orders(world.paths.badness["service"], source)
    asking = np.concatenate([np.ones(len(about), dtype=bool), np.zeros(len(before), dtype=bool)])
    bad = fates.service[source] & asking
    wait = np.where(asking, skewed(rng, 30.0, 1.0, m), -rng.uniform(0.02, 2.0, m))
    started = np.maximum(orders.placed[source] + hours(np.minimum(wait, 900.0)), world.clock.midnights[0])
    return Conversations(
        store=orders.store[source], order=np.where(asking, source, -1), started=started,
        replied=_replied(started, badness, bad, rng), resolved=_resolved(badness, bad, rng),
        rating=_rating(badness, bad, world.buyers.mood[orders.buyer[source]], rng),
    )  # fmt: skip


def _replied(started: Times, badness: Floats, bad: Bools, rng: np.random.Generator) -> Times:
    n = len(started)
    minutes = skewed(rng, 1.0 * np.exp(0.45 * badness) * np.where(bad, 6.0, 1.0), 0.9, n)
    never = rng.random(n) < np.where(bad, 0.25, 0.015 * np.exp(0.5 * badness))
    return np.where(never, NAT, started + hours(np.minimum(minutes, 4000.0) / 60.0))


def _resolved(badness: Floats, bad: Bools, rng: np.random.Generator) -> Ints:
    n = len(badness)
    unresolved = rng.random(n) < np.where(bad, 0.7, expit(logit(0.05) + 0.5 * badness))
    return np.where(rng.random(n) < 0.25, -1, np.where(unresolved, 0, 1)).astype(np.int64)


def _rating(badness: Floats, bad: Bools, mood: Floats, rng: np.random.Generator) -> Ints:
    n = len(badness)
    felt = 4.6 - 2.1 * bad - 0.3 * badness + 0.3 * mood + 0.7 * rng.standard_normal(n)
    return np.where(rng.random(n) < 0.35, np.clip(np.round(felt), 1, 5), 0).astype(np.int64)
