"""From evidence to facts, for every kind of unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
import pandas as pd

from scoring.metrics import ASPECTS, CATALOGUE, EXCLUSION_REASONS, OUTCOMES
from scoring.outcomes.answers import Answers, answers_of
from scoring.outcomes.clocks import NEVER, Bools, Days, Times, market_days
from scoring.outcomes.codes import ROLES
from scoring.outcomes.complaints import Complaints, Context, anchors_named, complaints_of
from scoring.outcomes.evidence import Counted, EvidenceFrames, Horizon
from scoring.outcomes.exclusions import Reasons, clears_everything, clears_logistics, reasons_of, stated
from scoring.outcomes.ledger import Ledger, counted
from scoring.outcomes.orders import Orders, Promises, alive, orders_of, promises_of, valid
from scoring.outcomes.others import Part, count_conversations, count_incidents, count_voices, is_held
from scoring.outcomes.returns import Returns, returns_of
from scoring.outcomes.rules import ANSWERS, PER_DELIVERY, PER_ORDER, Rule
from scoring.outcomes.symptoms import (
    Symptom,
    answer_symptoms,
    complaint_symptoms,
    first_days,
    return_symptoms,
    shipping_symptoms,
    when,
)

_MONTH = np.timedelta64(30, "D")
_LONGEST = np.timedelta64(60, "D")


def count_units(frames: EvidenceFrames, horizon: Horizon) -> Counted:
    """Facts and due days of all units that `frames` holds; the same evidence in any row order gives the same result.

    Raises KeyError for a missing column and ZoneInfoNotFoundError for an unknown time zone.
    """
    others = (
        (frames.complaints, count_incidents),
        (frames.responses, count_voices),
        (frames.conversations, count_conversations),
    )
    parts = [count(frames, horizon) for frame, count in others if len(frame)]
    return counted([_count_orders(frames, horizon), *parts])


@dataclass(frozen=True)
class _Book:
    """All that is known of a chunk of orders."""

    orders: Orders
    promises: Promises
    returns: Returns
    answers: Answers
    symptoms: list[Symptom]
    reasons: dict[str, Reasons]
    mature: Days
    placed: Days
    due: Days


def _count_orders(frames: EvidenceFrames, horizon: Horizon) -> Part:
    book = _book(frames, horizon)
    frame = book.orders.frame
    unit = "o:" + frame["order_id"].astype("str")
    held = is_held(unit, frames)
    counts = valid(book.orders) & ~held
    ledger = Ledger(len(frame))
    for role in ROLES:
        there = np.ones(len(frame), dtype=bool) if role == "store" else frame["anchor_id"].notna().to_numpy(dtype=bool)
        ledger.count(role, "held", book.orders.known, held & there)
        _count_role(ledger, role, book, counts & there)
    units = pd.DataFrame({"unit": unit, "store_id": frame["store_id"], "anchor_id": frame["anchor_id"].fillna("")})
    return ledger, units, when(counts, book.due)


def _book(frames: EvidenceFrames, horizon: Horizon) -> _Book:
    orders = orders_of(frames, horizon.time_zone)
    promises = promises_of(orders, horizon)
    returns = returns_of(orders, frames.returns, horizon)
    complaints = _complaints(orders, returns, frames, horizon)
    answers = answers_of(orders, frames.responses)
    reasons = reasons_of(orders, frames.exclusions)
    # A parcel that the carrier, a strike or a storm delayed also explains a low answer and a complaint about it.
    excused = promises.delivery_late & (~promises.delivery_own | clears_logistics(reasons["store"]))
    size = len(orders.frame)
    due = [
        promises.due,
        first_days(size, returns.order, returns.due),
        first_days(size, complaints.order, complaints.due),
    ]
    return _Book(
        orders,
        promises,
        returns,
        answers,
        symptoms=[
            *shipping_symptoms(orders, promises),
            *return_symptoms(orders, promises, returns),
            *answer_symptoms(answers, excused),
            *complaint_symptoms(orders, complaints, excused),
        ],
        reasons=reasons,
        mature=market_days(_maturity(orders), orders.zone),
        placed=market_days(orders.placed, orders.zone),
        due=reduce(np.minimum, due),
    )


def _complaints(orders: Orders, returns: Returns, frames: EvidenceFrames, horizon: Horizon) -> Complaints:
    rows = alive(frames.complaints)
    at = orders.at(rows["order_id"])
    rows, at = rows[at >= 0], at[at >= 0]
    context = Context(
        order=at,
        known=orders.known[at],
        refunded=first_days(len(orders.frame), returns.order, returns.refunded)[at],
        has_store=np.ones(len(at), dtype=bool),
        has_anchor=orders.frame["anchor_id"].notna().to_numpy(dtype=bool)[at],
        names_anchor=(anchors_named(rows, frames.live_anchors) != "").to_numpy(dtype=bool),
    )
    return complaints_of(rows, context, horizon)


def _maturity(orders: Orders) -> Times:
    """The end of the time in which a symptom still counts into what the order came to."""
    longest = orders.placed + _LONGEST
    return np.fmin(np.fmax(orders.delivered, orders.deliver_by) + _MONTH, longest)


def _count_role(ledger: Ledger, role: str, book: _Book, where: Bools) -> None:
    cleared = [_cleared(symptom.rule, book.reasons[role]) for symptom in book.symptoms]
    own = [when(~clear, getattr(symptom, role)) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    anyone = [when(~clear, symptom.any) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    _count_rates(ledger, role, book, own, anyone, where)
    _count_outcomes(ledger, role, book, own, anyone, where)
    _count_excluded(ledger, role, book, cleared, where)
    if role == "store":
        _count_durations(ledger, book, where & ~clears_everything(book.reasons[role]))


def _cleared(rule: Rule, reasons: Reasons) -> Bools:
    logistics = rule.aspect == "logistics" or rule.key == "platform_cancel"
    return clears_logistics(reasons) if logistics else clears_everything(reasons)


def _count_rates(ledger: Ledger, role: str, book: _Book, own: list[Days], anyone: list[Days], where: Bools) -> None:
    ledger.count(role, "orders", book.orders.known, where)
    numerators = _numerators(book, own) | {"defect": reduce(np.minimum, own), "problem": reduce(np.minimum, anyone)}
    denominators = _denominators(book)
    for metric in CATALOGUE:
        if role in metric.subjects and metric.unit == "share" and metric.key in denominators:
            ledger.count(role, f"{metric.key}_n", numerators[metric.key], where)
            ledger.count(role, f"{metric.key}_d", denominators[metric.key], where)


def _numerators(book: _Book, own: list[Days]) -> dict[str, Days]:
    out: dict[str, Days] = {}
    for symptom, days in zip(book.symptoms, own, strict=True):
        if symptom.rule.metric is not None:
            out[symptom.rule.metric] = np.minimum(out.get(symptom.rule.metric, NEVER), days).astype(np.int32)
    return out


def _denominators(book: _Book) -> dict[str, Days]:
    return {
        **dict.fromkeys(PER_ORDER, book.orders.known),
        **dict.fromkeys(PER_DELIVERY, book.promises.arrival_day),
        **{metric: book.answers.day[question] for question, metric in ANSWERS.items()},
        "late_dispatch": book.promises.dispatch_day,
        "late_delivery": book.promises.delivery_day,
    }


def _count_outcomes(ledger: Ledger, role: str, book: _Book, own: list[Days], anyone: list[Days], where: Bools) -> None:
    ledger.count(role, "orders", book.placed, where, outcome=True)
    problem = reduce(np.logical_or, [days <= book.mature for days in anyone])
    ledger.count(role, "problem", book.placed, where & problem, outcome=True)
    gravest = np.full(len(where), len(OUTCOMES), dtype=np.int64)
    aspect = np.full(len(where), -1, dtype=np.int64)
    for symptom, days in zip(book.symptoms, own, strict=True):
        graver = (days <= book.mature) & (symptom.rule.gravity < gravest)
        gravest[graver] = symptom.rule.gravity
        aspect[graver] = -1 if symptom.rule.aspect is None else ASPECTS.index(symptom.rule.aspect)
    ledger.count(role, "defect", book.placed, where & (aspect >= 0), outcome=True)
    for at, name in enumerate(ASPECTS):
        ledger.count(role, f"defect_{name}", book.placed, where & (aspect == at), outcome=True)


def _count_excluded(ledger: Ledger, role: str, book: _Book, cleared: list[Bools], where: Bools) -> None:
    """Under its reason each order for which an exclusion set something aside, on the day that was first known."""
    aside = [when(clear, symptom.any) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    day = reduce(np.minimum, aside)
    reason = stated(book.reasons[role])
    for at, name in enumerate(EXCLUSION_REASONS):
        ledger.count(role, f"excluded_{name}", day, where & (reason == at))


def _count_durations(ledger: Ledger, book: _Book, where: Bools) -> None:
    promises, returns = book.promises, book.returns
    timed = where & ~clears_logistics(book.reasons["store"]) & (promises.dispatch_minutes_day != NEVER)
    ledger.count("store", "dispatch_time_d", promises.dispatch_minutes_day, timed)
    ledger.add(
        "store",
        "dispatch_time_n",
        np.flatnonzero(timed),
        promises.dispatch_minutes_day[timed],
        promises.dispatch_minutes[timed],
    )
    ledger.count("store", "refund_time_d", promises.arrival_day, where)
    waited = where[returns.order] & (returns.minutes_day != NEVER)
    ledger.add("store", "refund_time_n", returns.order[waited], returns.minutes_day[waited], returns.minutes[waited])
