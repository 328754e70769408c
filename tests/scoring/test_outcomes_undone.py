"""Had an incident not happened: no numerator of any day is higher, no denominator of any day is lower.

An incident is what went wrong with one order under one metric, however often it was reported, and it is counted: one
that is excused or excluded is none. `defect` and `problem` are left out, for an order with two incidents is one defect.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import BY_KEY, CATALOGUE
from scoring.outcomes.rules import RULES
from tests.scoring.random_evidence import QUESTIONS, Chance, Evidence, market
from tests.scoring.slow_oracle import Fact, Row
from tests.scoring.small_evidence import bad, complaint, count, exclusion, order, response, returned, shipment, told
from tests.scoring.test_outcomes_oracle import as_dict, counted_of

SHARES = {
    f"{metric.key}_n" for metric in CATALOGUE if metric.unit == "share" and metric.key not in ("defect", "problem")
}
MINUTES = {f"{metric.key}_n" for metric in CATALOGUE if metric.unit == "minutes"}
Facts = dict[Fact, int]


def worse(before: Facts, after: Facts) -> set[tuple[Any, ...]]:
    """Facts that speak more against a subject after than before: by day, and minutes from any day on."""
    found: set[tuple[Any, ...]] = set()
    for key in {key for key in (*before, *after) if key[1] == "counters"}:
        was, is_now = before.get(key, 0), after.get(key, 0)
        if (key[3] in SHARES and is_now > was) or (key[3].endswith("_d") and is_now < was):
            found.add(key)
        if key[3] in MINUTES and _since(after, key) > _since(before, key):
            found.add(key)
    return found


def _since(facts: Facts, key: Fact) -> int:
    return sum(value for fact, value in facts.items() if fact[:4] == key[:4] and fact[4] >= key[4])


def units_with(facts: Facts, *counters: str) -> list[str]:
    """Orders whose store has such an incident."""
    return sorted({fact[0][2:] for fact in facts if fact[2] == "store" and fact[3] in counters and fact[0][0] == "o"})


def replaced(evidence: Evidence, kind: str, change: Callable[[Row], Row | None]) -> Evidence:
    return {**evidence, kind: [new for row in evidence[kind] if (new := change(row)) is not None]}


def no_returns(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """Nothing was returned. Complaints that a refund settled hang on it: such orders are not looked at here."""
    chosen -= {str(row["order_id"]) for row in evidence["complaints"] if row["outcome"] == "settled"}
    return replaced(evidence, "returns", lambda row: None if row["order_id"] in chosen else row)


def no_complaints(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """No complaint of the order under one metric, and none of those without an order, was made."""
    metric = {key.removeprefix("complaint_"): rule.metric for key, rule in RULES.items() if key[:2] == "co"}
    gone = {order: list(metric.values())[int(order) % len(metric)] for order in chosen}

    def kept(row: Row) -> Row | None:
        return row if row["order_id"] and gone.get(row["order_id"]) != metric[row["category"]] else None

    return replaced(evidence, "complaints", kept)


def contented(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """Every answer about the order was a good one."""
    good = dict.fromkeys(QUESTIONS, 5)

    def better(row: Row) -> Row:
        return {**row, **{name: row[name] and good[name] for name in QUESTIONS}} if row["order_id"] in chosen else row

    return replaced(evidence, "responses", better)


def parcels(evidence: Evidence, chosen: set[str], told_of: Callable[[Row], dict[str, Any]]) -> Evidence:
    """The same market with these parcels going as `told_of` says of each order."""
    orders = {row["order_id"]: row for row in evidence["orders"]}
    blank = dict.fromkeys(("shipped_at", "delivered_at", "shipped_known_at", "delivered_known_at"))
    rest = [row for row in evidence["shipments"] if row["order_id"] not in chosen]
    rows = {row["order_id"]: row for row in evidence["shipments"]}
    changed = [
        {"order_id": key, "retracted": False, **blank, **rows.get(key, {}), **told_of(orders[key])} for key in chosen
    ]
    return {**evidence, "shipments": [*rest, *changed]}


def sent(instant: object) -> dict[str, Any]:
    return {"shipped_at": instant, "shipped_known_at": instant}


def brought(instant: object) -> dict[str, Any]:
    return {"delivered_at": instant, "delivered_known_at": instant}


def _promises(row: Row) -> list[Any]:
    return [row[name] for name in ("ship_by", "deliver_by") if row[name]]


def sent_in_time(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """What the store had dispatched late left in the last minute of its promises, and arrived when it arrived."""
    late = chosen & set(units_with(facts, "late_dispatch_n"))
    return parcels(evidence, late, lambda row: sent(min(_promises(row))))


def brought_in_time(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """What came late by the store's own doing was sent and came in time."""
    late = chosen & set(units_with(facts, "late_delivery_n"))

    def told_of(row: Row) -> dict[str, Any]:
        return sent(min(row["placed_at"], *_promises(row))) | brought(row["deliver_by"])

    return parcels(evidence, late, told_of)


def not_cancelled(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """What the merchant had cancelled was sent at once instead, and came in time."""
    moved = {row["order_id"] for row in evidence["shipments"] if row["shipped_at"] or row["delivered_at"]}
    cancelled = chosen & set(units_with(facts, "merchant_cancel_n")) - moved
    kept = {"cancelled_at": None, "cancelled_by": None, "cancelled_known_at": None}
    better = replaced(evidence, "orders", lambda row: {**row, **kept} if row["order_id"] in cancelled else row)

    def told_of(row: Row) -> dict[str, Any]:
        return sent(min([row["placed_at"], *_promises(row)])) | brought(row["deliver_by"] or row["placed_at"])

    return parcels(better, cancelled, told_of)


def refunded_at_once(evidence: Evidence, facts: Facts, chosen: set[str]) -> Evidence:
    """Every slow or refused refund of the order was paid at once; again, no settled complaints."""
    chosen = chosen & set(units_with(facts, "slow_refund_n", "refused_return_n"))
    chosen -= {str(row["order_id"]) for row in evidence["complaints"] if row["outcome"] == "settled"}

    def paid(row: Row) -> Row:
        at_once = {"refunded_at": row["opened_at"], "refunded_known_at": row["first_observed_at"]}
        return {**row, **at_once} if row["order_id"] in chosen else row

    return replaced(evidence, "returns", paid)


UNDONE = (
    no_returns,
    no_complaints,
    contented,
    sent_in_time,
    brought_in_time,
    not_cancelled,
    refunded_at_once,
)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 2**32), st.permutations(UNDONE), st.integers(1, len(UNDONE)))
def test_incidents_that_had_not_happened_speak_against_nobody_on_any_day(
    seed: int, undone: list[Callable[..., Evidence]], how_many: int
) -> None:
    evidence, chance = market(seed, size=40), Chance(seed)
    before = as_dict(counted_of(evidence, seed))
    for undo in undone[:how_many]:
        chosen = {row["order_id"] for row in evidence["orders"] if chance.random() < 0.5}
        evidence = undo(evidence, before, chosen)
        after = as_dict(counted_of(evidence, seed))
        assert worse(before, after) == set(), undo.__name__
        before = after


@pytest.mark.parametrize("undo", UNDONE)
def test_each_way_of_undoing_undoes_something(undo: Callable[..., Evidence]) -> None:
    evidence = market(1, size=300)
    before = as_dict(counted_of(evidence, 3))
    after = as_dict(counted_of(undo(evidence, before, {row["order_id"] for row in evidence["orders"]}), 3))
    assert worse(before, after) == set()
    assert sum(v for k, v in after.items() if k[3] == "incident_n") < sum(
        v for k, v in before.items() if k[3] == "incident_n"
    )


def facts(**evidence: Any) -> Facts:
    return as_dict(count("12-31", **{"orders": [order(anchor_id="A")], **evidence}))


def names(found: set[tuple[Any, ...]]) -> set[tuple[str, str]]:
    return {(key[3], f"{key[4]:%m-%d}") for key in found}


def test_without_the_first_of_two_reports_of_one_incident_it_is_a_later_one() -> None:
    first, second = (
        returned(refunded_at="03-06 11:00"),
        returned(return_id="r2", opened_at="03-20 10:00", refunded_at="03-20 11:00"),
    )
    before, after = facts(returns=[first, second]), facts(returns=[second])
    assert names(worse(before, after)) == {("quality_return_n", "03-20"), ("incident_n", "03-20")}


def test_without_the_first_of_two_slow_returns_the_refund_is_slow_later() -> None:
    other = returned(return_id="r2", first_reason="other", opened_at="03-20 10:00")
    before, after = facts(returns=[returned(), other]), facts(returns=[other])
    assert names(worse(before, after)) == {("slow_refund_n", "03-23"), ("incident_n", "03-23")}


def test_not_paying_a_refund_hides_a_settled_complaint_for_three_days_at_most() -> None:
    settled = complaint(category="service", outcome="settled", closed_at="03-08 10:00")
    slow = returned(first_reason="damaged")
    before = facts(returns=[slow], complaints=[settled])
    after = facts(
        returns=[{**slow, **returned(first_reason="damaged", refunded_at="03-06 11:00")}], complaints=[settled]
    )
    assert names(worse(before, after)) == {("complaint_service_n", "03-08"), ("incident_n", "03-08")}
    counts = [sum(n for fact, n in told.items() if fact[3] == "complaint_service_n") for told in (before, after)]
    assert counts == [1, 1]


def test_without_the_carriers_delay_a_low_answer_is_the_stores() -> None:
    sold = order(ship_by="03-03 10:00", deliver_by="03-06 10:00")
    late = shipment(shipped_at="03-02 10:00", delivered_at="03-08 10:00")
    in_time = shipment(shipped_at="03-02 10:00", delivered_at="03-06 10:00")
    low = [response(overall=1, answered_at="03-09 10:00")]
    before = facts(orders=[sold], shipments=[late], responses=low)
    after = facts(orders=[sold], shipments=[in_time], responses=low)
    assert names(worse(before, after)) == {("negative_answer_n", "03-09"), ("incident_n", "03-09")}


def test_without_a_low_answer_its_denominator_goes_too() -> None:
    before, after = facts(responses=[response(overall=1)]), facts()
    assert names(worse(before, after)) == {("negative_answer_d", "03-07")}


def test_an_excluded_delay_is_no_incident_but_an_excuse() -> None:
    sold = order(deliver_by="03-06 10:00")
    evidence = {"orders": [sold], "responses": [response(overall=1, answered_at="03-09 10:00")]}
    storm = [exclusion(order_id="1", reason="force_majeure")]
    came = [shipment(shipped_at="03-02 10:00", delivered_at="03-06 10:00")]
    before, after = facts(**evidence, exclusions=storm), facts(**evidence, exclusions=storm, shipments=came)
    assert ("negative_answer_n", "03-09") in names(worse(before, after))


def test_the_defect_of_an_order_with_two_incidents_moves_to_the_second() -> None:
    both = {"orders": [order()], "returns": [returned()], "responses": [response(service=1)]}
    before, after = count(**both), count(**{**both, "returns": []})
    assert (bad(before)["store.defect"], bad(after)["store.defect"]) == ("03-06", "03-07")
    assert told(after)["counters", "store", "defect_n", "03-07"] == 1
    assert set(BY_KEY) >= {"defect", "problem", "incident"}
    assert isinstance(next(iter(facts(**both)))[4], date)
