"""What went wrong with each order, whose doing it was, and when it was known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.metrics import SCORES
from scoring.outcomes.answers import Answers
from scoring.outcomes.clocks import NEVER, Bools, Days, Ints
from scoring.outcomes.complaints import Complaints
from scoring.outcomes.orders import Orders, Promises, by_merchant
from scoring.outcomes.returns import Returns
from scoring.outcomes.rules import BUYERS_REASONS, LOW, RULES, STORES_REASONS, Rule


@dataclass(frozen=True)
class Symptom:
    """Per order the first day on which it was known: at all, as the store's doing, as the anchor's; NEVER if not."""

    rule: Rule
    any: Days
    store: Days
    anchor: Days


def when(mask: Bools, days: Days) -> Days:
    return np.where(mask, days, NEVER).astype(np.int32)


def first_days(size: int, at: Ints, days: Days) -> Days:
    """The least day of each of `size` orders; rows whose `at` is -1 belong to none."""
    out = np.full(size, NEVER, dtype=np.int32)
    np.minimum.at(out, at[at >= 0], days[at >= 0])
    return out


def _symptom(key: str, days: Days, store: Bools, anchor: Bools) -> Symptom:
    return Symptom(RULES[key], days, when(store, days), when(anchor, days))


def shipping_symptoms(orders: Orders, promises: Promises) -> list[Symptom]:
    none = np.zeros(len(orders.frame), dtype=bool)
    own_delivery = np.maximum(promises.delivery_day, np.where(promises.dispatch_late, promises.dispatch_day, 0))
    delivery = Symptom(
        RULES["late_delivery"],
        when(promises.delivery_late, promises.delivery_day),
        when(promises.delivery_own, own_delivery.astype(np.int32)),
        orders.nothing(),
    )
    platform = (orders.cancelled_by == "platform").to_numpy(dtype=bool, na_value=False)
    return [
        _symptom("late_dispatch", when(promises.dispatch_late, promises.dispatch_day), ~none, none),
        delivery,
        _symptom("merchant_cancel", when(by_merchant(orders), orders.cancelled_known), ~none, none),
        _symptom("platform_cancel", when(platform, orders.cancelled_known), none, none),
    ]


def return_symptoms(orders: Orders, promises: Promises, returns: Returns) -> list[Symptom]:
    size = len(orders.frame)
    everyone, none = np.ones(size, dtype=bool), np.zeros(size, dtype=bool)
    out = []
    for reason in (*STORES_REASONS, *BUYERS_REASONS, "other"):
        rule = RULES[f"return_{reason}"]
        days = first_days(size, returns.order, when(returns.reason == reason, returns.known))
        out.append(
            _symptom(
                rule.key,
                days,
                everyone if "store" in rule.liable else none,
                everyone if "anchor" in rule.liable else none,
            )
        )
    late = first_days(size, returns.order, when(returns.reason == "late", returns.known))
    own = when(promises.dispatch_late, np.maximum(late, promises.dispatch_day))
    slow = first_days(size, returns.order, returns.slow)
    refused = first_days(size, returns.order, returns.refused)
    return [
        *out,
        Symptom(RULES["return_late"], late, own, orders.nothing()),
        _symptom("slow_refund", slow, everyone, none),
        _symptom("refused_return", refused, everyone, none),
    ]


def answer_symptoms(answers: Answers, excused: dict[str, Bools]) -> list[Symptom]:
    """`excused`, per role: late, and not its doing; the score for logistics and the overall one then speak of that."""
    out = []
    for question, key in SCORES.items():
        low = when(answers.value[question] <= LOW, answers.day[question])
        parcel = question in ("overall", "logistics")
        own = {role: when(~late, low) if parcel else low for role, late in excused.items()}
        anchor = own["anchor"] if "anchor" in RULES[key].liable else when(np.zeros(len(low), dtype=bool), low)
        out.append(Symptom(RULES[key], low, own["store"], anchor))
    return out


def complaint_symptoms(orders: Orders, complaints: Complaints, excused: Bools) -> list[Symptom]:
    size = len(orders.frame)
    out = []
    for key in [key for key in RULES if key.startswith("complaint_")]:
        mine = complaints.category == key.removeprefix("complaint_")
        days = [
            first_days(size, complaints.order, when(mine & liable, complaints.confirmed))
            for liable in (np.ones(len(mine), dtype=bool), complaints.against_store, complaints.against_anchor)
        ]
        store = when(~excused, days[1]) if key == "complaint_delivery" else days[1]
        out.append(Symptom(RULES[key], days[0], store, days[2]))
    return out
