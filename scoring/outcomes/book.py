"""All that is known of a chunk of orders, before anything of it is counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.outcomes.answers import Answers, answers_of
from scoring.outcomes.clocks import Bools, Days, Times, market_days
from scoring.outcomes.complaints import Complaints, Context, anchors_named, complaints_of
from scoring.outcomes.evidence import EvidenceFrames, Horizon
from scoring.outcomes.exclusions import Reasons, clears_logistics, clears_the_parcel, reasons_of
from scoring.outcomes.orders import Orders, Promises, alive, orders_of, promises_of
from scoring.outcomes.returns import Returns, returns_of
from scoring.outcomes.symptoms import (
    Symptom,
    answer_symptoms,
    complaint_symptoms,
    first_days,
    return_symptoms,
    shipping_symptoms,
)

_MONTH = np.timedelta64(30, "D")
_LONGEST = np.timedelta64(60, "D")


@dataclass(frozen=True)
class Book:
    """Arrays with one element per order of `orders`."""

    orders: Orders
    promises: Promises
    returns: Returns
    answers: Answers
    symptoms: list[Symptom]
    reasons: dict[str, Reasons]
    mature: Days
    placed: Days
    due: dict[str, Days]


def book_of(frames: EvidenceFrames, horizon: Horizon) -> Book:
    orders = orders_of(frames, horizon.time_zone)
    promises = promises_of(orders, horizon)
    returns = returns_of(orders, frames.returns, horizon)
    complaints = _complaints(orders, returns, frames, horizon)
    answers = answers_of(orders, frames.responses)
    reasons = reasons_of(orders, frames.exclusions)
    excused = _excused(promises, reasons)
    size = len(orders.frame)
    due = {
        "shipments": promises.due,
        "returns": first_days(size, returns.order, returns.due),
        "complaints": first_days(size, complaints.order, complaints.due),
    }
    return Book(
        orders,
        promises,
        returns,
        answers,
        symptoms=[
            *shipping_symptoms(orders, promises),
            *return_symptoms(orders, promises, returns),
            *answer_symptoms(answers, excused),
            *complaint_symptoms(orders, complaints, excused["store"]),
        ],
        reasons=reasons,
        mature=market_days(_maturity(orders), orders.zone),
        placed=market_days(orders.placed, orders.zone),
        due=due,
    )


def _excused(promises: Promises, reasons: dict[str, Reasons]) -> dict[str, Bools]:
    """Per role where a late parcel explains a low answer and a complaint about delivery.

    A storm that is found for the store, who sent the parcel, delayed it for the anchor too; that the store was attacked
    or let down by the platform excuses the store alone. Nothing but what clears the delay itself excuses an answer:
    else a parcel that had come in time would make the anchor worse.
    """
    late, own, found = promises.delivery_late, promises.delivery_own, reasons["store"]
    return {
        "store": late & (~own | clears_logistics(found)),
        "anchor": late & (~own | clears_the_parcel(found)),
    }


def _complaints(orders: Orders, returns: Returns, frames: EvidenceFrames, horizon: Horizon) -> Complaints:
    rows = alive(frames.complaints)
    at = orders.at(rows["order_id"])
    rows, at = rows[at >= 0], at[at >= 0]
    # Refusing to pay, or not paying in time, must not hide what a settlement admits.
    settled = np.minimum(returns.refunded, np.minimum(returns.refused, returns.slow))
    context = Context(
        order=at,
        known=orders.known[at],
        settled=first_days(len(orders.frame), returns.order, settled)[at],
        has_store=np.ones(len(at), dtype=bool),
        has_anchor=orders.frame["anchor_id"].notna().to_numpy(dtype=bool)[at],
        names_anchor=(anchors_named(rows, frames.live_anchors) != "").to_numpy(dtype=bool),
    )
    return complaints_of(rows, context, horizon)


def _maturity(orders: Orders) -> Times:
    """The end of the time in which a symptom still counts into what the order came to."""
    longest = orders.placed + _LONGEST
    return np.fmin(np.fmax(orders.delivered, orders.deliver_by) + _MONTH, longest)
