"""From arrays to the evidence frames: only what was known at the end of the last day, in order of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
import pyarrow as pa

from scoring.market import words as w
from scoring.market.arrays import NAT, Ints, Times, hours, subset
from scoring.market.brushing import refs
from scoring.market.fates import CANCELLERS, Fates, Strikes
from scoring.market.grievances import CATEGORIES, OUTCOMES, REASONS, Complaints, Returns
from scoring.market.tables import ANSWERS, FLAG, SCORE, by_time, frame, label, moments, money, whole, words
from scoring.market.trade import Orders, live_times
from scoring.market.voices import TEXTS, Conversations, Invitations, Responses
from scoring.market.world import World


@dataclass(frozen=True)
class Happenings:
    """All that happened. Orders and fates: the genuine ones, then the fakes;
    `number` is an order's place in time."""

    world: World
    orders: Orders
    fates: Fates
    strikes: Strikes
    returns: Returns
    complaints: Complaints
    invitations: Invitations
    responses: Responses
    conversations: Conversations
    ranks: Ints
    number: Ints

    def order_ids(self, rows: Ints) -> pa.Array:
        """Ids of the orders `rows`, null for -1."""
        return label("O", np.where(rows >= 0, self.number[rows], -1) if len(self.number) else rows)

    def known(self, times: Times) -> pa.Array:
        """Times, null for what had not happened yet."""
        return moments(self.world.clock.known(times))


def person(numbers: Ints) -> pa.Array:
    """Opaque refs of people."""
    return label("U", numbers, 9)


def store_id(numbers: Ints) -> pa.Array:
    """Ids of stores."""
    return label("S", numbers, 6)


def anchor_id(numbers: Ints) -> pa.Array:
    """Ids of anchors."""
    return label("A", numbers, 5)


def evidence(h: Happenings, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Kind -> frame. `rng` decides what was excluded."""
    return {
        "stores": _stores(h),
        "anchors": _anchors(h),
        "live_sessions": _lives(h),
        "orders": _orders(h),
        "shipments": _shipments(h),
        "returns": _returns(h),
        "complaints": _complaints(h),
        "invitations": _invitations(h),
        "responses": _responses(h),
        "conversations": _conversations(h),
        "exclusions": _exclusions(h, rng),
    }


def _stores(h: Happenings) -> pd.DataFrame:
    stores, first = h.world.stores, h.world.clock.first_day
    columns = {
        "store_id": store_id(np.arange(len(stores.size))),
        "name": pa.array(stores.names, pa.string()),
        "category": words([c.name for c in w.CATEGORIES], stores.category),
        "opened_on": pa.array([first + timedelta(days=d) for d in stores.opened.tolist()], pa.date32()),
        "owner_ref": person(refs(h.world).owners + stores.owner),
        "region": words(w.REGIONS, stores.region),
        "after_sales_terms": words(w.TERMS, stores.terms),
    }
    return frame("stores", columns)


def _anchors(h: Happenings) -> pd.DataFrame:
    anchors = h.world.anchors
    columns = {
        "anchor_id": anchor_id(np.arange(len(anchors.followers))),
        "name": pa.array(anchors.names, pa.string()),
        "followers": whole(anchors.followers, pa.int64()),
        "owner_ref": person(np.where(anchors.owner >= 0, refs(h.world).owners + anchors.owner, -1)),
    }
    return frame("anchors", columns)


def _lives(h: Happenings) -> pd.DataFrame:
    lives = h.world.lives
    start, end = live_times(h.world.clock, lives)
    columns = {
        "live_id": label("L", np.arange(len(start)), 7),
        "anchor_id": anchor_id(lives.anchor),
        "started_at": moments(start),
        "ended_at": h.known(end),
        # A feed forgets a figure now and then.
        "peak_viewers": whole(np.where(np.arange(len(start)) % 97 == 13, -1, lives.peak), pa.int64(), -1),
    }
    return frame("live_sessions", columns)


def _orders(h: Happenings) -> pd.DataFrame:
    # Column by column: a sorted copy of everything would be the peak of the memory needed.
    orders, fates, at = h.orders, h.fates, h.ranks
    known = fates.cancelled < h.world.clock.end
    columns = {
        "order_id": label("O", np.arange(len(at))),
        "store_id": store_id(orders.store[at]),
        "anchor_id": anchor_id(orders.anchor[at]),
        "live_id": label("L", orders.live[at], 7),
        "item_ref": label("I", orders.item[at], 7),
        "buyer_ref": person(orders.buyer[at]),
        "device_ref": label("D", orders.device[at], 9),
        "payment_ref": label("P", orders.payment[at], 9),
        "region": words(w.REGIONS, orders.region[at]),
        "category": words([c.name for c in w.CATEGORIES], orders.category[at]),
        "amount": money(orders.cents[at]),
        "currency": words(["CNY"], np.zeros(len(h.ranks), dtype=np.int64)),
        "placed_at": moments(orders.placed[at]),
        "ship_by": moments(orders.ship_by[at]),
        "deliver_by": moments(orders.deliver_by[at]),
        "cancelled_at": h.known(fates.cancelled[at]),
        "cancelled_by": words(CANCELLERS, np.where(known, fates.canceller, -1)[at]),
    }
    return frame("orders", columns)


def _shipments(h: Happenings) -> pd.DataFrame:
    sent = h.ranks[h.fates.shipped[h.ranks] < h.world.clock.end]
    fates = subset(h.fates, sent)
    columns = {
        "order_id": h.order_ids(sent),
        "shipped_at": moments(fates.shipped),
        "delivered_at": h.known(fates.delivered),
        "carrier": words(w.CARRIERS, fates.carrier),
    }
    return frame("shipments", columns)


def _returns(h: Happenings) -> pd.DataFrame:
    rows = subset(h.returns, by_time(h.returns.opened, h.world.clock.end))
    columns = {
        "return_id": label("R", np.arange(len(rows.order))),
        "order_id": h.order_ids(rows.order),
        "opened_at": moments(rows.opened),
        "reason": words(REASONS, rows.reason),
        "approved_at": h.known(rows.approved),
        "refunded_at": h.known(rows.refunded),
        "closed_at": h.known(rows.closed),
    }
    return frame("returns", columns)


def _complaints(h: Happenings) -> pd.DataFrame:
    rows = subset(h.complaints, by_time(h.complaints.opened, h.world.clock.end))
    closed = rows.closed < h.world.clock.end
    columns = {
        "complaint_id": label("C", np.arange(len(rows.order))),
        "order_id": h.order_ids(rows.order),
        "store_id": store_id(rows.store),
        "anchor_id": anchor_id(rows.anchor),
        "live_id": label("L", rows.live, 7),
        "complainant_ref": person(rows.buyer),
        "device_ref": label("D", rows.device, 9),
        "opened_at": moments(rows.opened),
        "category": words(CATEGORIES, rows.category),
        "text": _complaint_texts(rows),
        "first_response_at": h.known(rows.answered),
        "escalated_at": h.known(rows.escalated),
        "closed_at": h.known(rows.closed),
        "outcome": words(OUTCOMES, np.where(closed, rows.outcome, -1)),
    }
    return frame("complaints", columns)


def _complaint_texts(rows: Complaints) -> pa.Array:
    texts = [w.COMPLAINT_TEXTS[category] for category in CATEGORIES]
    starts = np.cumsum([0] + [len(t) for t in texts])[:-1]
    sizes = np.array([len(t) for t in texts])
    codes = np.where(rows.text >= 0, starts[rows.category] + rows.text % sizes[rows.category], -1)
    return words([text for group in texts for text in group], codes)


def _invitations(h: Happenings) -> pd.DataFrame:
    rows = subset(h.invitations, by_time(h.invitations.sent, h.world.clock.end))
    columns = {
        "invitation_id": label("V", np.arange(len(rows.sent))),
        "live_id": label("L", rows.live, 7),
        "order_id": h.order_ids(rows.order),
        "respondent_ref": person(rows.respondent),
        "sent_at": moments(rows.sent),
    }
    return frame("invitations", columns)


def _responses(h: Happenings) -> pd.DataFrame:
    rows = subset(h.responses, by_time(h.responses.answered, h.world.clock.end))
    sent = by_time(h.invitations.sent, h.world.clock.end)
    number = np.full(len(h.invitations.sent) + 1, -1, dtype=np.int64)  # the last place answers for invitation -1
    number[sent] = np.arange(len(sent))
    columns = {
        "response_id": label("W", np.arange(len(rows.store))),
        "respondent_ref": person(rows.respondent),
        "invitation_id": label("V", number[rows.invitation]),
        "answered_at": moments(rows.answered),
        "order_id": h.order_ids(rows.order),
        "live_id": label("L", rows.live, 7),
        "store_id": store_id(rows.store),
        "anchor_id": anchor_id(rows.anchor),
        "device_ref": label("D", rows.device, 9),
        "answers": _answers(rows),
        "text": _response_texts(rows),
    }
    return frame("responses", columns)


def _answers(rows: Responses) -> pa.Array:
    scores = [rows.overall, rows.as_described, rows.service, rows.logistics]
    children = [whole(s, SCORE, 0) for s in scores] + [whole(f, FLAG, -1) for f in (rows.false_promotion, rows.hype)]
    return pa.StructArray.from_arrays(children, fields=list(ANSWERS))


def _response_texts(rows: Responses) -> pa.Array:
    said = (rows.text >= 0) & (rows.overall > 0)
    return words([t for pair in TEXTS.values() for t in pair], np.where(said, 2 * (rows.overall - 1) + rows.text, -1))


def _conversations(h: Happenings) -> pd.DataFrame:
    end = h.world.clock.end
    rows = subset(h.conversations, by_time(h.conversations.started, end))
    # Whether it helped, and how it was liked, is asked a day later.
    asked = rows.started + hours(24.0) < end
    columns = {
        "conversation_id": label("T", np.arange(len(rows.store))),
        "store_id": store_id(rows.store),
        "order_id": h.order_ids(rows.order),
        "started_at": moments(rows.started),
        "first_reply_at": h.known(rows.replied),
        "resolved": whole(np.where(asked, rows.resolved, -1), FLAG, -1),
        "rating": whole(np.where(asked, rows.rating, 0), SCORE, 0),
    }
    return frame("conversations", columns)


def _exclusions(h: Happenings, rng: np.random.Generator) -> pd.DataFrame:
    """Recorded strikes by region, the platform's own mistakes by order,
    and now and then an attack on a store."""
    region = _struck_regions(h.strikes)
    blamed = h.ranks[(h.fates.canceller[h.ranks] == 2) & (h.fates.cancelled[h.ranks] < h.world.clock.end)]
    order = blamed[rng.random(len(blamed)) < 0.3]
    attacked = np.nonzero(rng.random(h.world.spec.stores) < 0.005)[0].astype(np.int64)
    strike, place = region
    none = [np.full(len(part), -1, dtype=np.int64) for part in (strike, order, attacked)]
    start, end = _attack_times(h, len(attacked), rng)
    never = np.full(len(order), NAT)
    lifted = np.where(rng.random(len(attacked)) < 0.3, h.world.clock.known(end + hours(36.0)), NAT)
    weather = np.where(h.strikes.carrier[strike] < 0, 0, 1)
    columns = {
        "exclusion_id": label("X", np.arange(len(strike) + len(order) + len(attacked)), 6),
        "reason": words(
            ["force_majeure", "carrier_event", "platform_fault", "attack"],
            np.concatenate([weather, np.full(len(order), 2), np.full(len(attacked), 3)]),
        ),
        "order_id": h.order_ids(np.concatenate([none[0], order, none[2]])),
        "subject_kind": words(["store"], np.concatenate([none[0], none[1], none[2] + 1])),
        "subject_id": store_id(np.concatenate([none[0], none[1], attacked])),
        "region": words(w.REGIONS, np.concatenate([place, none[1], none[2]])),
        "from": moments(np.concatenate([h.strikes.start[strike], never, start])),
        "to": moments(np.concatenate([h.strikes.end[strike], never, end])),
        "lifted_at": moments(np.concatenate([np.full(len(strike), NAT), never, lifted])),
    }
    return frame("exclusions", columns)


def _struck_regions(strikes: Strikes) -> tuple[Ints, Ints]:
    strike, place = np.nonzero(strikes.regions & strikes.recorded[:, None])
    return strike.astype(np.int64), place.astype(np.int64)


def _attack_times(h: Happenings, count: int, rng: np.random.Generator) -> tuple[Times, Times]:
    clock = h.world.clock
    start = clock.at(rng.integers(0, clock.days, count), 0.9 * rng.random(count))
    return start, np.minimum(start + hours(48.0), clock.end - hours(0.5))
