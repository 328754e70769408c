"""What orders came to, and what is told of them as it is: first answers, and how long the promises were."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.metrics import PLAIN_OUTCOMES
from tests.scoring.small_evidence import complaint, count, exclusion, order, response, results, returned, shipment, told

PROMISED = {"ship_by": "03-03 10:00", "deliver_by": "03-06 10:00"}


@pytest.mark.parametrize(("opened", "counts"), [("04-30 10:00", True), ("05-01 10:00", False)])
def test_an_outcome_is_complete_sixty_days_after_the_order(opened: str, counts: bool) -> None:
    counted = told(count(orders=[order()], returns=[returned(opened_at=opened, refunded_at=opened)]))
    assert (("outcomes", "store", "defect", "03-01") in counted) is counts


@pytest.mark.parametrize(("opened", "counts"), [("04-09 10:00", True), ("04-10 10:00", False)])
def test_an_outcome_is_complete_thirty_days_after_delivery_or_promise(opened: str, counts: bool) -> None:
    sold = order(ship_by="03-03 10:00", deliver_by="03-10 10:00")
    arrived = shipment(shipped_at="03-02 10:00", delivered_at="03-05 10:00")
    late = returned(opened_at=opened, refunded_at=opened)
    counted = told(count(orders=[sold], shipments=[arrived], returns=[late]))
    assert (("outcomes", "store", "defect", "03-01") in counted) is counts


@pytest.mark.parametrize(
    ("evidence", "aspect"),
    [
        ({"responses": [response(service=1, logistics=1)]}, "logistics"),
        ({"responses": [response(service=1)], "returns": [returned(first_reason="other")]}, "after_sales"),
        ({"responses": [response(overall=1)], "returns": [returned(first_reason="other")]}, "product"),
        ({"responses": [response(overall=1)], "complaints": [complaint(category="brushing")]}, "honesty"),
        ({"complaints": [complaint(category="brushing"), complaint(complaint_id="c2", category="safety")]}, "product"),
    ],
)
def test_the_gravest_symptom_names_the_defects_aspect(evidence: dict[str, Any], aspect: str) -> None:
    counted = told(count("12-31", orders=[order()], **evidence))
    assert [key[2] for key in counted if key[0] == "outcomes" and key[2].startswith("defect_")] == [f"defect_{aspect}"]


SENT = {"shipped_at": "03-02 10:00"}
KEPT = {**SENT, "delivered_at": "03-05 10:00"}
PLAIN = {
    # case: (the order, its parcel, its overall answers, what it came to in plain terms)
    "all went well": ({}, KEPT, (5,), set()),
    "an answer of 3 is none of them": ({}, KEPT, (3,), set()),
    "a low answer": ({}, KEPT, (2,), {"bad", "neg"}),
    "the first answer counts": ({}, KEPT, (5, 1), set()),
    "a low answer that the carrier excuses": ({}, {**SENT, "delivered_at": "03-08 10:00"}, (1,), {"bad", "neg", "late"}),
    "the carrier was late": ({}, {**SENT, "delivered_at": "03-06 10:01"}, (), {"bad", "late"}),
    "in time to the minute": ({}, {**SENT, "delivered_at": "03-06 10:00"}, (), set()),
    "dispatched late, arrived in time": ({}, {"shipped_at": "03-03 10:01", "delivered_at": "03-06 10:00"}, (), {"lateship"}),
    "dispatched in time to the minute": ({}, {**KEPT, "shipped_at": "03-03 10:00"}, (), set()),
    "sent and lost": ({}, SENT, (), {"bad", "late"}),
    "never sent": ({}, {}, (), {"bad", "late", "lateship"}),
    "never sent, without promises": ({"ship_by": None, "deliver_by": None}, {}, (), set()),
    "cancelled by the merchant": ({"cancelled_by": "merchant"}, {}, (), {"bad", "late", "lateship"}),
    "cancelled by the platform": ({"cancelled_by": "platform"}, {}, (), {"bad", "late", "lateship"}),
    "cancelled on its way": ({"cancelled_by": "platform"}, {"shipped_at": "03-01 12:00"}, (), {"bad", "late"}),
    "cancelled after it arrived": (
        {"cancelled_by": "merchant"},
        {"shipped_at": "03-01 12:00", "delivered_at": "03-02 08:00"},
        (),
        {"bad"},
    ),
    "arrived without a scan": ({}, {"delivered_at": "03-05 10:00"}, (), set()),
    "given up by the buyer after the promise": (
        {"cancelled_by": "buyer", "cancelled_at": "03-04 10:00"},
        {},
        (),
        {"lateship"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLAIN)
def test_what_an_order_came_to_in_plain_terms(case: str) -> None:
    given, sent, scores, expected = PLAIN[case]
    gone = {"cancelled_at": "03-02 09:00"} if "cancelled_by" in given else {}
    sold = order(anchor_id="A", **{**PROMISED, **gone, **given})
    answers = [
        response(response_id=f"q{at}", answered_at=f"03-{10 + at} 10:00", overall=score)
        for at, score in enumerate(scores)
    ]
    counted = count("12-31", orders=[sold], shipments=[shipment(**sent)] if sent else [], responses=answers)
    for role in ("store", "anchor"):
        assert results(counted, role) & set(PLAIN_OUTCOMES) == expected


def test_an_exclusion_sets_plain_outcomes_aside_as_far_as_it_reaches() -> None:
    lost = {
        "orders": [order(**PROMISED)],
        "shipments": [shipment(shipped_at="03-05 10:00")],
        "responses": [response(overall=1)],
    }
    reached = {
        reason: results(count("12-31", **lost, exclusions=[exclusion(order_id="1", reason=reason)]))
        for reason in ("attack", "force_majeure")
    }
    assert reached["attack"] & set(PLAIN_OUTCOMES) == set()
    assert reached["force_majeure"] & set(PLAIN_OUTCOMES) == {"bad", "neg"}


def test_the_first_answers_are_added_up_as_they_were_given() -> None:
    rows = [
        response(overall=4, service=5, logistics=1),
        response(response_id="q2", answered_at="03-08 10:00", overall=1, as_described=3),
        response(response_id="q3", order_id="2", overall=5),
        response(response_id="q4", order_id="3", overall=3),
    ]
    sold = [order(order_id=number, anchor_id="A") for number in "123"]
    counted = {key[1:]: value for key, value in told(count(orders=sold, responses=rows)).items()}
    sums = {key: value for key, value in counted.items() if key[1].endswith(("_sum", "_positive"))}
    assert sums == {
        ("store", "overall_sum", "03-07"): 12,
        ("store", "overall_positive", "03-07"): 2,
        ("store", "as_described_sum", "03-08"): 3,
        ("store", "service_sum", "03-07"): 5,
        ("store", "logistics_sum", "03-07"): 1,
        ("anchor", "overall_sum", "03-07"): 12,
        ("anchor", "overall_positive", "03-07"): 2,
        ("anchor", "as_described_sum", "03-08"): 3,
    }
    assert counted["store", "negative_answer_d", "03-07"] == 3


def test_an_excused_answer_stays_in_the_sums() -> None:
    late = [shipment(shipped_at="03-02 10:00", delivered_at="03-08 10:00")]
    counted = told(count(orders=[order(**PROMISED)], shipments=late, responses=[response(overall=1)]))
    assert ("counters", "store", "negative_answer_n", "03-07") not in counted
    assert counted["counters", "store", "overall_sum", "03-07"] == 1


@pytest.mark.parametrize(
    ("given", "dispatch", "delivery"),
    [
        ({"ship_by": "03-03 10:00", "deliver_by": "03-06 10:30"}, 2 * 1440, 5 * 1440 + 30),
        ({"ship_by": "03-03 10:00"}, 2 * 1440, None),
        ({"ship_by": "02-03 10:00", "deliver_by": "12-31 10:00"}, 0, 90 * 1440),
        ({"ship_by": "03-03 10:00", "cancelled_at": "03-02 10:00", "cancelled_by": "merchant"}, 2 * 1440, None),
        ({}, None, None),
    ],
)
def test_a_promise_is_as_long_as_from_the_order_to_its_end(
    given: dict[str, Any], dispatch: int | None, delivery: int | None
) -> None:
    counted = told(count(orders=[order(anchor_id="A", **given)]))
    for promise, minutes in (("dispatch", dispatch), ("delivery", delivery)):
        assert counted.get(("counters", "store", f"{promise}_promise_d", "03-01")) == (None if minutes is None else 1)
        assert counted.get(("counters", "store", f"{promise}_promise_n", "03-01"), 0) == (minutes or 0)
    assert not [key for key in counted if key[1] == "anchor" and "promise" in key[2]]


def test_an_excluded_order_keeps_the_length_of_its_promises() -> None:
    counted = told(count(orders=[order(**PROMISED)], exclusions=[exclusion(order_id="1")]))
    assert counted["counters", "store", "dispatch_promise_n", "03-01"] == 2 * 1440
