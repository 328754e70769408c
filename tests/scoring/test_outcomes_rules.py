"""Every written rule: which symptom, whose doing, and the day on which it was known. One row of the table each."""

from __future__ import annotations

from typing import Any

import pytest

from scoring.outcomes import PROMISE_KINDS, Horizon, count_units
from scoring.outcomes.rules import RULES
from tests.scoring.small_evidence import (
    ZONE,
    bad,
    complaint,
    count,
    day,
    exclusion,
    frames,
    incidents,
    order,
    response,
    returned,
    shipment,
    told,
)

PROMISE = {"ship_by": "03-03 10:00", "deliver_by": "03-06 10:00"}
SENT_IN_TIME = {"shipped_at": "03-02 10:00"}
SENT_LATE = {"shipped_at": "03-04 10:00", "shipped_known_at": "03-05 10:00"}
KEPT = {**SENT_IN_TIME, "delivered_at": "03-05 10:00"}
CARRIER_LATE = {**SENT_IN_TIME, "delivered_at": "03-08 10:00", "delivered_known_at": "03-09 10:00"}
OWN_LATE = {**SENT_LATE, "delivered_at": "03-08 10:00", "delivered_known_at": "03-09 10:00"}
REFUND = {"refunded_at": "03-07 10:00", "refunded_known_at": "03-08 10:00"}


def sold(**given: Any) -> dict[str, Any]:
    return order(anchor_id="A", **{**PROMISE, **given})


def defect(since: str, *metrics: str, anchor: str | None = None) -> dict[str, str]:
    """A defect of the store, and of the anchor where `anchor` says since when, in these metrics, all known `since`."""
    own = dict.fromkeys([f"store.{name}" for name in ("defect", "problem", *metrics)], since)
    return {**own, "anchor.problem": since} | ({"anchor.defect": anchor} if anchor else {})


def nobodys(since: str) -> dict[str, str]:
    return {"store.problem": since, "anchor.problem": since}


TABLE: dict[str, tuple[str, dict[str, Any], dict[str, str]]] = {
    # case: (rule, evidence beside the order, what counts against whom since when)
    "dispatched late": (
        "late_dispatch",
        {"shipments": [shipment(**SENT_LATE, delivered_at="03-06 10:00")]},
        defect("03-03", "late_dispatch"),
    ),
    "delivered late though sent in time": (
        "late_delivery",
        {"shipments": [shipment(**CARRIER_LATE)]},
        nobodys("03-06"),
    ),
    "delivered late after a late dispatch": (
        "late_delivery",
        {"shipments": [shipment(**OWN_LATE)]},
        {**defect("03-03", "late_dispatch"), "store.late_delivery": "03-06"},
    ),
    "cancelled by the merchant": (
        "merchant_cancel",
        {"orders": [sold(cancelled_at="03-02 09:00", cancelled_by="merchant", cancelled_known_at="03-04 09:00")]},
        defect("03-04", "merchant_cancel"),
    ),
    "cancelled by the platform": (
        "platform_cancel",
        {"orders": [sold(cancelled_at="03-02 09:00", cancelled_by="platform")]},
        nobodys("03-02"),
    ),
    **{
        f"returned as {reason}": (
            f"return_{reason}",
            {"returns": [returned(first_reason=reason, **REFUND)]},
            defect("03-06", metric),
        )
        for reason, metric in (
            ("damaged", "fulfilment_return"),
            ("wrong_item", "fulfilment_return"),
            ("missing", "fulfilment_return"),
        )
    },
    **{
        f"returned as {reason}": (
            f"return_{reason}",
            {"returns": [returned(first_reason=reason, **REFUND)]},
            {**defect("03-06", metric, anchor="03-06"), f"anchor.{metric}": "03-06"},
        )
        for reason, metric in (
            ("quality", "quality_return"),
            ("counterfeit", "quality_return"),
            ("not_as_described", "described_return"),
        )
    },
    "returned as late, the carrier's": (
        "return_late",
        {"shipments": [shipment(**CARRIER_LATE)], "returns": [returned(first_reason="late", **REFUND)]},
        nobodys("03-06"),
    ),
    "returned as late, the store's": (
        "return_late",
        {"shipments": [shipment(**OWN_LATE)], "returns": [returned(first_reason="late", **REFUND)]},
        {**defect("03-03", "late_dispatch"), "store.late_delivery": "03-06"},
    ),
    **{
        f"returned as {reason}": (f"return_{reason}", {"returns": [returned(first_reason=reason)]}, nobodys("03-06"))
        for reason in ("size", "no_reason")
    },
    "returned for another reason": (
        "return_other",
        {"returns": [returned(first_reason="other", **REFUND)]},
        nobodys("03-06"),
    ),
    "refunded after 72 hours": (
        "slow_refund",
        {"returns": [returned(first_reason="other", refunded_at="03-09 10:01", refunded_known_at="03-11 08:00")]},
        {**defect("03-09", "slow_refund"), "store.problem": "03-06", "anchor.problem": "03-06"},
    ),
    "refused although damaged": (
        "refused_return",
        {"returns": [returned(first_reason="damaged", closed_at="03-08 10:00", closed_known_at="03-09 10:00")]},
        {**defect("03-06", "fulfilment_return"), "store.refused_return": "03-09"},
    ),
    "bad overall": (
        "negative_answer",
        {"responses": [response(overall=2)]},
        {**defect("03-07", "negative_answer", anchor="03-07"), "anchor.negative_answer": "03-07"},
    ),
    "bad overall, the carrier was late": (
        "negative_answer",
        {"shipments": [shipment(**CARRIER_LATE)], "responses": [response(overall=1)]},
        nobodys("03-06"),
    ),
    "not as described": (
        "described_low",
        {"responses": [response(as_described=1)]},
        {**defect("03-07", "described_low", anchor="03-07"), "anchor.described_low": "03-07"},
    ),
    "bad service": ("service_low", {"responses": [response(service=2)]}, defect("03-07", "service_low")),
    "bad logistics": ("logistics_low", {"responses": [response(logistics=2)]}, defect("03-07", "logistics_low")),
    "bad logistics, the carrier was late": (
        "logistics_low",
        {"shipments": [shipment(**CARRIER_LATE)], "responses": [response(logistics=1)]},
        nobodys("03-06"),
    ),
    **{
        f"complaint about {category}": (
            f"complaint_{category}",
            {"complaints": [complaint(category=category, outcome="upheld", closed_at="03-09 10:00")]},
            {**defect("03-09", "complaint_product", anchor="03-09"), "anchor.complaint_product": "03-09"},
        )
        for category in ("counterfeit", "safety", "quality")
    },
    **{
        f"complaint about {category}": (
            f"complaint_{category}",
            {"complaints": [complaint(category=category, outcome="upheld", closed_at="03-09 10:00")]},
            defect("03-09", metric),
        )
        for category, metric in (
            ("delivery", "complaint_logistics"),
            ("service", "complaint_service"),
            ("other", "complaint_service"),
            ("refund", "complaint_after_sales"),
            ("brushing", "complaint_honesty"),
        )
    },
    "complaint about delivery, the carrier was late": (
        "complaint_delivery",
        {
            "shipments": [shipment(**CARRIER_LATE)],
            "complaints": [complaint(category="delivery", outcome="upheld", closed_at="03-09 10:00")],
        },
        nobodys("03-06"),
    ),
    "complaint about brushing that names the anchor": (
        "complaint_brushing",
        {"complaints": [complaint(category="brushing", anchor_id="A", outcome="upheld", closed_at="03-09 10:00")]},
        {**defect("03-09", "complaint_honesty", anchor="03-09"), "anchor.complaint_honesty": "03-09"},
    ),
    "the anchor's false promise": (
        "complaint_false_advertising",
        {"complaints": [complaint(category="false_advertising", outcome="upheld", closed_at="03-09 10:00")]},
        {**nobodys("03-09"), "anchor.defect": "03-09", "anchor.complaint_honesty": "03-09"},
    ),
    "a false promise upheld against the store by name": (
        "complaint_false_advertising",
        {
            "complaints": [
                complaint(category="false_advertising", store_id="S", outcome="upheld", closed_at="03-09 10:00")
            ]
        },
        {**defect("03-09", "complaint_honesty", anchor="03-09"), "anchor.complaint_honesty": "03-09"},
    ),
    "a false promise without an anchor": (
        "complaint_false_advertising",
        {
            "orders": [order()],
            "complaints": [complaint(category="false_advertising", outcome="upheld", closed_at="03-09 10:00")],
        },
        dict.fromkeys(["store.defect", "store.problem", "store.complaint_honesty"], "03-09"),
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_each_symptom_counts_against_whom_the_table_says_from_the_day_it_was_known(case: str) -> None:
    _, evidence, expected = TABLE[case]
    told_of = Horizon({kind: day("03-10") for kind in evidence if kind in PROMISE_KINDS}, ZONE)
    counted = count_units(frames(**{"orders": [sold()], **evidence}), told_of)
    assert bad(counted) == expected
    assert incidents(counted) == summed_up(case, expected)


def summed_up(case: str, expected: dict[str, str]) -> dict[str, dict[str, int]]:
    """The incidents of a row of the table: one for each metric, and the store's own late return, which has none."""
    out: dict[str, dict[str, int]] = {}
    own = {"store": [], "anchor": []} | ({"store": ["03-06"]} if case == "returned as late, the store's" else {})
    for key, when in expected.items():
        role, _, metric = key.partition(".")
        own[role] += [when] * (metric not in ("defect", "problem"))
    for role, days in own.items():
        out |= {role: {when: days.count(when) for when in days}} if days else {}
    return out


def test_the_table_has_a_row_for_every_rule() -> None:
    assert {rule for rule, _, _ in TABLE.values()} == set(RULES)


@pytest.mark.parametrize("key", RULES)
def test_the_table_has_a_case_for_each_party_that_a_rule_may_hold_liable(key: str) -> None:
    rule, cases = RULES[key], [expected for name, _, expected in TABLE.values() if name == key]
    counter = rule.metric or "defect"
    for role in ("store", "anchor"):
        assert any(f"{role}.{counter}" in case for case in cases) is (role in rule.liable)
    others = set(rule.liable) - {"store", "anchor"}
    nobody_else = [case for case in cases if not {f"{role}.{counter}" for role in ("store", "anchor")} & set(case)]
    assert bool(nobody_else) is bool(others)


def test_grave_symptoms_are_marked_for_a_person_once_per_order_whatever_the_volume() -> None:
    safety = complaint(category="safety", outcome="upheld", closed_at="03-09 10:00")
    loose = {**safety, "complaint_id": "c2", "order_id": None, "store_id": "S"}
    grave = [
        {"returns": [returned(first_reason="counterfeit", **REFUND)], "complaints": [safety]},
        {"complaints": [loose]},
        {"complaints": [{**safety, **complaint(category="quality", outcome="upheld", closed_at="03-09 10:00")}]},
        {"complaints": [safety], "exclusions": [exclusion(order_id="1")]},
    ]
    marks = [
        {key[1:]: value for key, value in told(count(orders=[sold()], **evidence)).items() if key[2] == "grave"}
        for evidence in grave
    ]
    assert marks == [
        {("store", "grave", "03-06"): 1, ("anchor", "grave", "03-06"): 1},
        {("store", "grave", "03-09"): 1},
        {},
        {},
    ]


def test_every_grave_rule_and_no_other_is_marked() -> None:
    for key, evidence, _ in TABLE.values():
        marked = {name for _, _, name, _ in told(count(**{"orders": [sold()], **evidence}))} & {"grave"}
        assert bool(marked) is RULES[key].grave, key


def test_an_order_that_went_well_has_no_symptom() -> None:
    evidence = {
        "shipments": [shipment(**KEPT)],
        "responses": [response(overall=3, logistics=5)],
        "complaints": [complaint(outcome="rejected", closed_at="03-09 10:00")],
    }
    assert bad(count("12-31", orders=[sold()], **evidence)) == {}


@pytest.mark.parametrize(
    ("given", "since"),
    [
        ({"outcome": "upheld", "closed_at": "03-09 10:00", "outcome_known_at": "03-10 10:00"}, "03-10"),
        ({"outcome": "settled", "closed_at": "03-09 10:00"}, None),
        ({"outcome": "rejected", "closed_at": "03-09 10:00"}, None),
        ({"outcome": "withdrawn", "closed_at": "03-30 10:00"}, None),
        ({"first_response_at": "03-16 10:00"}, None),
        ({"first_response_at": "03-16 10:01"}, "03-16"),
        ({}, "03-16"),
        ({"first_response_at": "03-17 10:00", "outcome": "upheld", "closed_at": "03-18 10:00"}, "03-16"),
        ({"outcome": "settled", "closed_at": "03-12 10:00"}, None),
        ({"retracted": True}, None),
    ],
)
def test_a_complaint_counts_when_upheld_or_unanswered_for_ten_days(given: dict[str, Any], since: str | None) -> None:
    counted = bad(count("12-31", orders=[order()], complaints=[complaint(**given)]))
    assert counted.get("store.complaint_product") == since


@pytest.mark.parametrize(("refunded", "since"), [("03-08 10:00", "03-09"), ("03-11 10:00", "03-11"), (None, None)])
def test_a_settled_complaint_counts_once_the_order_was_refunded(refunded: str | None, since: str | None) -> None:
    settled = complaint(outcome="settled", closed_at="03-09 10:00", first_response_at="03-07 10:00")
    back = returned(first_reason="size", refunded_at=refunded)
    counted = bad(count("12-31", orders=[order()], complaints=[settled], returns=[back]))
    assert counted.get("store.complaint_product") == since


def test_many_symptoms_of_one_order_are_one_defect_from_the_first_of_them_on() -> None:
    counted = bad(
        count(
            "03-06",
            orders=[sold()],
            shipments=[shipment(**OWN_LATE)],
            returns=[returned(), returned(return_id="r2", opened_at="03-20 10:00")],
            responses=[response(overall=1, service=1, logistics=1)],
        )
    )
    assert counted["store.defect"] == counted["store.problem"] == "03-03"
    assert counted["anchor.defect"] == counted["store.quality_return"] == "03-06"


def test_an_incident_is_counted_once_per_order_and_metric_on_the_first_of_its_days() -> None:
    counted = count(
        orders=[sold(), sold(order_id="2")],
        returns=[
            returned(opened_at="03-20 10:00", **REFUND),
            returned(return_id="r2", **REFUND),
            returned(return_id="r3", first_reason="damaged", **REFUND),
            returned(return_id="r4", order_id="2", **REFUND),
        ],
        responses=[response(overall=1, service=2)],
    )
    assert incidents(counted) == {"store": {"03-06": 3, "03-07": 2}, "anchor": {"03-06": 2, "03-07": 1}}


def test_without_the_first_of_two_incidents_the_second_keeps_its_day_and_only_the_defect_moves() -> None:
    both = {"returns": [returned(**REFUND)], "responses": [response(service=1)]}
    first, second = count(orders=[sold()], **both), count(orders=[sold()], **{**both, "returns": []})
    assert incidents(first)["store"] == {"03-06": 1, "03-07": 1}
    assert incidents(second)["store"] == {"03-07": 1}
    assert (bad(first)["store.defect"], bad(second)["store.defect"]) == ("03-06", "03-07")


def test_the_first_stated_answer_counts_whatever_the_buyer_answers_later() -> None:
    answers = [
        response(response_id="q2", answered_at="03-08 10:00", overall=1, service=1),
        response(response_id="q1", answered_at="03-07 10:00", overall=5),
    ]
    counted = bad(count(orders=[order()], responses=answers))
    assert counted == dict.fromkeys(["store.defect", "store.problem", "store.service_low"], "03-08")


def test_a_fact_is_never_dated_before_its_order_was_known() -> None:
    counted = bad(
        count(
            orders=[sold(first_observed_at="03-20 10:00")],
            shipments=[shipment(**OWN_LATE)],
            returns=[returned()],
            responses=[response(overall=1)],
        )
    )
    assert set(counted.values()) == {"03-20"}
