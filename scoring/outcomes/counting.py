"""From evidence to facts, for every kind of unit."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd

from scoring.metrics import BY_KEY, CATALOGUE, EXCLUSION_REASONS, SCORES
from scoring.outcomes.answers import Answers
from scoring.outcomes.book import Book, book_of
from scoring.outcomes.clocks import NEVER, Bools, Days
from scoring.outcomes.codes import ROLES
from scoring.outcomes.durations import count_promises, count_waits
from scoring.outcomes.evidence import Counted, EvidenceFrames, Horizon
from scoring.outcomes.exclusions import clears, stated
from scoring.outcomes.ledger import Ledger, counted
from scoring.outcomes.orders import valid
from scoring.outcomes.others import Part, count_conversations, count_incidents, count_voices, is_held
from scoring.outcomes.results import count_outcomes
from scoring.outcomes.rules import PER_ORDER, POSITIVE
from scoring.outcomes.symptoms import when


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


def _count_orders(frames: EvidenceFrames, horizon: Horizon) -> Part:
    book = book_of(frames, horizon)
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
    return ledger, units, {kind: when(counts, days) for kind, days in book.due.items()}


def _count_role(ledger: Ledger, role: str, book: Book, where: Bools) -> None:
    cleared = [clears(symptom.rule, book.reasons[role]) for symptom in book.symptoms]
    own = [when(~clear, getattr(symptom, role)) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    anyone = [when(~clear, symptom.any) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    _count_rates(ledger, role, book, own, anyone, where)
    count_outcomes(ledger, role, book, own, anyone, where)
    _count_excluded(ledger, role, book, cleared, where)
    if role == "store":
        count_promises(ledger, book.orders, where)
        count_waits(ledger, book, where)


def _count_rates(ledger: Ledger, role: str, book: Book, own: list[Days], anyone: list[Days], where: Bools) -> None:
    ledger.count(role, "orders", book.orders.known, where)
    numerators = _numerators(book, own)
    _count_incidents(ledger, role, numerators, own, book, where)
    numerators |= {"defect": reduce(np.minimum, own), "problem": reduce(np.minimum, anyone)}
    denominators = _denominators(book)
    for metric in CATALOGUE:
        if role in metric.subjects and metric.unit == "share" and metric.key in denominators:
            ledger.count(role, f"{metric.key}_d", denominators[metric.key], where)
            if metric.key in numerators:
                ledger.count(role, f"{metric.key}_n", numerators[metric.key], where)
    _count_scores(ledger, role, book.answers, where)


def _count_incidents(
    ledger: Ledger, role: str, numerators: dict[str, Days], own: list[Days], book: Book, where: Bools
) -> None:
    """Each metric's incident once. Their sum falls with every incident that had not happened, whatever its day;
    the defect of an order with two would only move to the later one."""
    nameless = [days for symptom, days in zip(book.symptoms, own, strict=True) if symptom.rule.metric is None]
    for days in (*numerators.values(), reduce(np.minimum, nameless)):
        ledger.count(role, "incident_n", days, where)
    grave = [days for symptom, days in zip(book.symptoms, own, strict=True) if symptom.rule.grave]
    ledger.count(role, "grave", reduce(np.minimum, grave), where)


def _count_scores(ledger: Ledger, role: str, answers: Answers, where: Bools) -> None:
    """As they were given, for the formulas that others publish; a low one that was excused stays in."""
    for question, metric in SCORES.items():
        if role in BY_KEY[metric].subjects:
            here = np.flatnonzero(where & (answers.day[question] != NEVER))
            ledger.add(role, f"{question}_sum", here, answers.day[question][here], answers.value[question][here])
    ledger.count(role, "overall_positive", answers.day["overall"], where & (answers.value["overall"] >= POSITIVE))


def _numerators(book: Book, own: list[Days]) -> dict[str, Days]:
    out: dict[str, Days] = {}
    for symptom, days in zip(book.symptoms, own, strict=True):
        if symptom.rule.metric is not None:
            out[symptom.rule.metric] = np.minimum(out.get(symptom.rule.metric, NEVER), days).astype(np.int32)
    return out


def _denominators(book: Book) -> dict[str, Days]:
    """Nothing that goes wrong with an order moves a denominator, save that one who does not answer is not counted."""
    orders = book.orders
    return {
        **dict.fromkeys(PER_ORDER, orders.known),
        **{metric: book.answers.day[question] for question, metric in SCORES.items()},
        "late_dispatch": when(~np.isnat(orders.ship_by), orders.known),
        "late_delivery": when(~np.isnat(orders.deliver_by), orders.known),
    }


def _count_excluded(ledger: Ledger, role: str, book: Book, cleared: list[Bools], where: Bools) -> None:
    """Under its reason each order for which an exclusion set something aside, on the day that was first known."""
    aside = [when(clear, symptom.any) for symptom, clear in zip(book.symptoms, cleared, strict=True)]
    day = reduce(np.minimum, aside)
    reason = stated(book.reasons[role])
    for at, name in enumerate(EXCLUSION_REASONS):
        ledger.count(role, f"excluded_{name}", day, where & (reason == at))
