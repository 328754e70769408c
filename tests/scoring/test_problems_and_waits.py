"""What went wrong with orders whoever caused it, and how long each waited: order by order what the counts add up."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import EXCLUSION_REASONS
from scoring.outcomes import Horizon
from scoring.outcomes.incidents import COLUMNS, PROBLEM_COLUMNS, incidents_of, problems_of
from scoring.outcomes.waits import COLUMNS as WAIT_COLUMNS
from scoring.outcomes.waits import WAITS, waits_of
from tests.scoring.random_evidence import closed_days, market
from tests.scoring.small_evidence import (
    ZONE,
    closed_through,
    complaint,
    day,
    exclusion,
    frames,
    order,
    response,
    returned,
    shipment,
)
from tests.scoring.test_outcomes_oracle import as_dict, counted_of

SEEDS = st.integers(0, 2**32)
FEW = settings(deadline=None, max_examples=10)
HELD = frozenset({"o:1", "o:2"})


def told(seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    horizon, evidence = Horizon(closed_days(seed), ZONE), frames(**market(seed), held=HELD)
    return problems_of(evidence, horizon), waits_of(evidence, horizon)


def alive(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["excluded"] < 0) & ~rows["held"]]


@FEW
@given(SEEDS)
def test_orders_with_a_living_row_are_those_that_count_as_a_problem(seed: int) -> None:
    problems, _waits = told(seed)
    rows = alive(problems)
    orders = rows[rows["unit"].str.startswith("o:")]
    counted = as_dict(counted_of(market(seed), seed, HELD))
    wanted = {
        (unit, role) for unit, family, role, counter, _day in counted if (family, counter) == ("counters", "problem_n")
    }
    assert set(zip(orders["unit"], orders["role"], strict=True)) == wanted


@FEW
@given(SEEDS)
def test_what_is_its_own_is_the_list_of_incidents(seed: int) -> None:
    problems, _waits = told(seed)
    assert tuple(problems.columns) == PROBLEM_COLUMNS
    own = problems.loc[problems["own"], list(COLUMNS)].reset_index(drop=True)
    incidents = incidents_of(frames(**market(seed), held=HELD), Horizon(closed_days(seed), ZONE))
    pd.testing.assert_frame_equal(own, incidents)


@FEW
@given(SEEDS)
def test_a_party_answers_for_exactly_what_it_is_liable_for(seed: int) -> None:
    problems, _waits = told(seed)
    named = [role in liable.split("+") for role, liable in zip(problems["role"], problems["liable"], strict=True)]
    assert named == problems["own"].tolist()


@FEW
@given(SEEDS)
def test_the_minutes_of_all_orders_are_those_that_are_counted(seed: int) -> None:
    _problems, waits = told(seed)
    assert tuple(waits.columns) == WAIT_COLUMNS
    summed = alive(waits).groupby("what")["minutes"].sum().to_dict()
    counted = Counter[str]()
    for (_unit, family, _role, counter, _day), value in as_dict(counted_of(market(seed), seed, HELD)).items():
        if family == "counters" and counter.removesuffix("_n") in WAITS:
            counted[counter.removesuffix("_n")] += value
    assert {what: minutes for what, minutes in summed.items() if minutes} == dict(counted)


# --- by hand -------------------------------------------------------------------------------------------------------


def whose(**evidence: Any) -> dict[str, str]:
    """Symptom -> who is liable, as the store is told."""
    rows = problems_of(frames(**evidence), closed_through("03-31"))
    return {row["what"]: row["liable"] for row in rows.to_dict("records") if row["role"] == "store"}


def test_a_parcel_that_left_in_time_and_came_late_is_the_carriers_doing() -> None:
    promised = order(ship_by="03-03 10:00", deliver_by="03-06 10:00")
    sent = shipment(shipped_at="03-02 10:00", delivered_at="03-09 10:00")
    low = response(live_id=None, order_id="1", answered_at="03-10 10:00", overall=1, logistics=1)
    evidence = {"orders": [promised], "shipments": [sent], "responses": [low]}
    assert whose(**evidence) == dict.fromkeys(("late_delivery", "negative_answer", "logistics_low"), "carrier")
    rows = problems_of(frames(**evidence), closed_through("03-31"))
    assert not rows["own"].any()
    assert incidents_of(frames(**evidence), closed_through("03-31")).empty


def test_one_that_left_too_late_is_the_stores() -> None:
    promised = order(ship_by="03-03 10:00", deliver_by="03-06 10:00")
    sent = shipment(shipped_at="03-05 10:00", delivered_at="03-09 10:00")
    assert whose(orders=[promised], shipments=[sent]) == {"late_dispatch": "store", "late_delivery": "store"}


def test_bad_goods_are_of_both_who_sold_them_if_there_are_two() -> None:
    assert whose(orders=[order(anchor_id="A")], returns=[returned(refunded_at="03-06 12:00")]) == {
        "return_quality": "store+anchor"
    }
    assert whose(orders=[order()], returns=[returned(refunded_at="03-06 12:00")]) == {"return_quality": "store"}
    loose = complaint(
        order_id=None, store_id="S", anchor_id="A", category="quality", outcome="upheld", closed_at="03-08 10:00"
    )
    assert whose(complaints=[loose]) == {"complaint_product": "store+anchor"}


def test_regret_is_the_buyers_and_a_promise_made_on_air_the_anchors() -> None:
    assert whose(orders=[order()], returns=[returned(first_reason="no_reason")]) == {"return_no_reason": "buyer"}
    lied = complaint(order_id="1", category="false_advertising", opened_at="03-05 10:00", first_response_at=None)
    assert whose(orders=[order(anchor_id="A")], complaints=[lied])["complaint_false_advertising"] == "anchor"
    by = order(cancelled_at="03-02 10:00", cancelled_by="platform")
    assert whose(orders=[by]) == {"platform_cancel": "platform"}


def waited(**evidence: Any) -> list[dict[str, Any]]:
    rows = waits_of(frames(**evidence), closed_through("03-31")).to_dict("records")
    return [{**row, "day": row["day"].date()} for row in rows]


def test_a_wait_is_told_in_minutes_of_open_hours() -> None:
    (row,) = waited(orders=[order(placed_at="03-01 17:00")], shipments=[shipment(shipped_at="03-02 07:30")])
    assert (row["unit"], row["subject_id"], row["what"], row["minutes"]) == ("o:1", "S", "dispatch_time", 150)
    assert (row["day"], row["excluded"], row["held"]) == (day("03-02"), -1, False)


def test_refunds_of_one_order_are_told_together() -> None:
    returns = [
        returned(return_id=key, first_reason="quality", opened_at="03-05 10:00", refunded_at=f"03-05 {hour}:00")
        for key, hour in (("r1", 11), ("r2", 13))
    ]
    (row,) = waited(orders=[order()], returns=returns)
    assert (row["what"], row["minutes"]) == ("refund_time", 60 + 180)


def test_a_wait_that_an_exclusion_left_out_says_why() -> None:
    late = {"orders": [order()], "shipments": [shipment(shipped_at="03-04 10:00")]}
    aside = exclusion(order_id="1", subject_kind="store", subject_id="S", reason="carrier_event")
    (row,) = waited(**late, exclusions=[aside])
    assert row["excluded"] == EXCLUSION_REASONS.index("carrier_event")


def test_nothing_is_told_of_an_order_without_any_wait() -> None:
    assert waited(orders=[order()]) == []
    assert waited() == []
