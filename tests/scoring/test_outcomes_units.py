"""What counts at all: valid orders, exclusions, held units, and the units that are no orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.metrics import PLAIN_OUTCOMES
from scoring.outcomes import COLUMNS, PROMISE_KINDS, EvidenceFrames, count_units, due_column, empty
from tests.scoring.small_evidence import (
    at,
    bad,
    closed_through,
    complaint,
    conversation,
    count,
    due,
    exclusion,
    frames,
    incidents,
    invitation,
    order,
    response,
    results,
    returned,
    shipment,
    told,
)

LATE = {
    "orders": [order(anchor_id="A", ship_by="03-03 10:00", deliver_by="03-06 10:00", region="R")],
    "shipments": [shipment(shipped_at="03-05 10:00", delivered_at="03-05 20:00")],
    "returns": [returned(refunded_at="03-06 12:00")],
}
LIVE = {"live_anchors": {"L": "A"}}


def voice(**given: Any) -> dict[str, Any]:
    return response(**{"order_id": None, "live_id": "L", **given})


@pytest.mark.parametrize(
    ("given", "sent", "counts"),
    [
        ({}, None, True),
        ({"amount": 0.0}, None, False),
        ({"amount": None}, None, False),
        ({"retracted": True}, None, False),
        ({"store_id": None}, None, False),
        ({"placed_at": None, "first_observed_at": at("03-01 10:00")}, None, False),
        ({"cancelled_at": "03-02 10:00", "cancelled_by": "buyer"}, None, False),
        ({"cancelled_at": "03-02 10:00", "cancelled_by": "buyer"}, {"shipped_at": "03-02 11:00"}, False),
        ({"cancelled_at": "03-02 10:00", "cancelled_by": "buyer"}, {"shipped_at": "03-02 09:00"}, True),
        ({"cancelled_at": "03-02 10:00", "cancelled_by": "buyer"}, {"delivered_at": "03-02 09:00"}, True),
        ({"cancelled_at": "03-02 10:00", "cancelled_by": "merchant"}, None, True),
        ({"cancelled_at": "03-02 10:00"}, None, True),
        ({"cancelled_by": "buyer"}, None, True),
    ],
)
def test_a_valid_order_is_paid_and_not_cancelled_by_the_buyer_before_dispatch(
    given: dict[str, Any], sent: dict[str, str] | None, counts: bool
) -> None:
    counted = told(count(orders=[order(**given)], shipments=[shipment(**sent)] if sent else []))
    assert (("counters", "store", "orders", "03-01") in counted) is counts
    assert (("outcomes", "store", "orders", "03-01") in counted) is counts
    assert counts or counted == {}


def test_amounts_may_be_exact_decimals() -> None:
    from decimal import Decimal

    evidence = frames(orders=[order(order_id="1"), order(order_id="2")])
    evidence.orders["amount"] = pd.Series([Decimal("0.00"), Decimal("12.50")], dtype="object")
    assert set(count_units(evidence, closed_through(None)).facts["unit"]) == {"o:2"}


def test_evidence_before_its_order_counts_as_nothing_yet() -> None:
    counted = count(
        shipments=LATE["shipments"],
        returns=LATE["returns"],
        responses=[response(overall=1)],
        complaints=[complaint(outcome="upheld", closed_at="03-09 10:00")],
    )
    assert len(counted.facts) == len(counted.units) == 0


def test_no_evidence_at_all_gives_empty_frames_with_their_columns() -> None:
    counted = count()
    assert list(counted.facts) == ["unit", "family", "role", "day", "counter", "value"]
    assert list(counted.units) == ["unit", "store_id", "anchor_id", *map(due_column, PROMISE_KINDS)]


@pytest.mark.parametrize("kind", COLUMNS)
def test_an_empty_frame_has_the_columns_that_counting_reads(kind: str) -> None:
    assert tuple(empty(kind)) == COLUMNS[kind]


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_without_any_value_may_be_of_any_type(kind: str) -> None:
    whole = frames(**LATE)
    bare = EvidenceFrames(**{**vars(whole), kind: empty(kind).astype("object")})
    assert isinstance(told(count_units(bare, closed_through("12-31"))), dict)


def test_an_anchor_answers_for_the_goods_and_its_words_and_for_nothing_else() -> None:
    counted = told(
        count(
            "12-31",
            **LATE,
            responses=[response(overall=1, as_described=1, service=1, logistics=1)],
            complaints=[complaint(category=name, complaint_id=name) for name in ("delivery", "service")],
        )
    )
    keys = {counter.removesuffix("_n").removesuffix("_d") for _, role, counter, _ in counted if role == "anchor"}
    whoever_caused_it = {"problem", "bad", "neg", "late", "lateship"}
    as_given = {"overall_sum", "as_described_sum"}
    assert keys - whoever_caused_it - as_given == {
        "orders",
        "defect",
        "incident",
        "quality_return",
        "described_return",
        "negative_answer",
        "described_low",
        "complaint_product",
        "complaint_honesty",
        "defect_product",
    }


@pytest.mark.parametrize("reason", ["platform_fault", "attack", "other", "something new"])
def test_an_exclusion_clears_every_symptom_and_the_order_stays_in_the_volume(reason: str) -> None:
    counted = count(**LATE, exclusions=[exclusion(order_id="1", reason=reason)])
    shown = f"excluded_{reason if reason != 'something new' else 'other'}"
    assert bad(counted) == {}
    for role in ("store", "anchor"):
        assert told(counted)["counters", role, shown, "03-05"] == 1
        assert told(counted)["counters", role, "defect_d", "03-01"] == 1
    assert not [key for key in told(counted) if "time" in key[2]]


@pytest.mark.parametrize("reason", ["force_majeure", "carrier_event"])
def test_a_storm_clears_what_a_storm_can_do(reason: str) -> None:
    counted = count(**LATE, exclusions=[exclusion(order_id="1", reason=reason)])
    assert bad(counted) == dict.fromkeys(
        [f"{role}.{name}" for role in ("store", "anchor") for name in ("defect", "problem", "quality_return")], "03-06"
    )
    assert told(counted)["counters", "store", f"excluded_{reason}", "03-05"] == 1
    assert not [key for key in told(counted) if key[2].startswith("dispatch_time")]


def test_a_bad_answer_about_a_parcel_that_a_storm_delayed_is_nobodys_doing() -> None:
    late = {
        "orders": LATE["orders"],
        "shipments": [shipment(shipped_at="03-05 10:00", delivered_at="03-08 10:00")],
        "responses": [response(overall=1)],
        "exclusions": [exclusion(order_id="1", reason="force_majeure")],
    }
    assert set(bad(count(**late))) == {"store.problem", "anchor.problem"}


@pytest.mark.parametrize(
    ("given", "store", "anchor"),
    [
        ({"subject_kind": "store", "subject_id": "S"}, True, False),
        ({"subject_kind": "anchor", "subject_id": "A"}, False, True),
        ({"subject_kind": "store", "subject_id": "other"}, False, False),
        ({"region": "R"}, True, True),
        ({"region": "R", "subject_kind": "store", "subject_id": "S"}, True, False),
        ({"region": "other", "subject_kind": "store", "subject_id": "S"}, False, False),
        ({"region": "R", "ends_at": "03-01 10:00"}, True, True),
        ({"region": "R", "ends_at": "03-01 09:59"}, False, False),
        ({"region": "R", "starts_at": "03-06 10:00"}, True, True),
        ({"region": "R", "starts_at": "03-06 10:01"}, False, False),
        ({"region": "R", "lifted_at": "03-02 10:00"}, False, False),
        ({"region": "R", "retracted": True}, False, False),
        ({}, False, False),
        ({"order_id": "9"}, False, False),
    ],
)
def test_an_exclusion_reaches_the_orders_of_its_subject_region_and_time(
    given: dict[str, Any], store: bool, anchor: bool
) -> None:
    counted = told(count(**LATE, exclusions=[exclusion(**given)]))
    for role, cleared in (("store", store), ("anchor", anchor)):
        assert (("counters", role, "excluded_attack", "03-05") in counted) is cleared


def test_without_promises_a_window_reaches_a_week_of_orders() -> None:
    evidence = {"orders": [order(region="R")], "returns": LATE["returns"]}
    reached = exclusion(region="R", starts_at="03-08 10:00")
    missed = exclusion(region="R", starts_at="03-08 10:01")
    assert bad(count(**evidence, exclusions=[reached])) == {}
    assert bad(count(**evidence, exclusions=[missed])) != {}


def test_the_reason_that_clears_more_is_the_one_that_is_shown() -> None:
    both = [
        exclusion(order_id="1", reason="force_majeure"),
        exclusion(exclusion_id="e2", order_id="1", reason="attack"),
    ]
    shown = [key for key in told(count(**LATE, exclusions=both)) if key[2].startswith("excluded")]
    assert {counter for _, _, counter, _ in shown} == {"excluded_attack"}


def test_an_exclusion_of_an_order_without_symptoms_is_not_shown() -> None:
    counted = told(count(orders=[order()], exclusions=[exclusion(order_id="1")]))
    waits = {("counters", "store", f"{name}_time_d", "03-01"): 1 for name in ("dispatch", "refund")}
    assert counted | waits == told(count(orders=[order()]))  # those of an excluded order are left out


def test_held_units_count_as_held_and_as_nothing_else() -> None:
    held = frozenset({"o:1", "c:c1", "h:h1", "v:L|B"})
    counted = count(
        "12-31",
        **LATE,
        **LIVE,
        held=held,
        conversations=[conversation()],
        invitations=[invitation()],
        responses=[voice(hype=True)],
        complaints=[complaint(order_id=None, store_id="S", anchor_id="A", opened_at="03-05 10:00")],
    )
    assert (counted.facts["counter"] == "held").all()
    assert counted.facts.groupby("unit", observed=True).size().to_dict() == {"o:1": 2, "c:c1": 2, "h:h1": 1, "v:L|B": 1}
    assert set(map(len, due(counted).values())) == {0}


@pytest.mark.parametrize(
    ("given", "against"),
    [
        ({"store_id": "S"}, {"store.complaint_product"}),
        ({"anchor_id": "A"}, {"anchor.complaint_product"}),
        ({"live_id": "L"}, {"anchor.complaint_product"}),
        ({"store_id": "S", "live_id": "L"}, {"store.complaint_product", "anchor.complaint_product"}),
        ({"store_id": "S", "category": "service"}, {"store.complaint_service"}),
        ({"anchor_id": "A", "category": "service"}, set()),
        (
            {"store_id": "S", "anchor_id": "A", "category": "false_advertising", "outcome": "upheld"},
            {"store.complaint_honesty", "anchor.complaint_honesty"},
        ),
        ({"store_id": "S", "anchor_id": "A", "category": "false_advertising"}, {"anchor.complaint_honesty"}),
        ({"store_id": "S", "category": "false_advertising"}, {"store.complaint_honesty"}),
        ({"anchor_id": "A", "category": "brushing"}, {"anchor.complaint_honesty"}),
        ({}, set()),
    ],
)
def test_a_complaint_without_an_order_counts_against_whom_it_names(given: dict[str, Any], against: set[str]) -> None:
    row = complaint(**{"order_id": None, "outcome": "settled", "closed_at": "03-09 10:00", **given})
    counted = count(complaints=[row], **LIVE)
    assert bad(counted) == dict.fromkeys(against, "03-09")
    assert incidents(counted) == {key.partition(".")[0]: {"03-09": 1} for key in against}


def test_a_viewer_has_one_voice_per_live_and_the_first_answer_counts() -> None:
    rows = [
        voice(response_id="q2", answered_at="03-08 10:00", false_promotion=True, hype=True),
        voice(response_id="q1", false_promotion=False),
        voice(response_id="q3", respondent_ref="C", hype=False),
    ]
    counted = told(count(responses=rows, invitations=[invitation(), invitation(respondent_ref="C")], **LIVE))
    assert counted == {
        ("counters", "anchor", "false_promotion_d", "03-07"): 1,
        ("counters", "anchor", "hype_d", "03-08"): 1,
        ("counters", "anchor", "hype_n", "03-08"): 1,
        ("counters", "anchor", "hype_d", "03-07"): 1,
    }


@pytest.mark.parametrize(
    ("rows", "lives"),
    [
        ([], {"L": "A"}),
        ([invitation(retracted=True)], {"L": "A"}),
        ([invitation(respondent_ref="C")], {"L": "A"}),
        ([invitation(live_id="other")], {"L": "A"}),
        ([invitation()], {}),
    ],
)
def test_an_uninvited_voice_or_an_unknown_live_is_not_counted(rows: list[Any], lives: dict[str, str]) -> None:
    assert told(count(responses=[voice(hype=True)], invitations=rows, live_anchors=lives)) == {}


def test_a_voice_is_known_when_both_the_answer_and_its_invitation_are() -> None:
    late = invitation(first_observed_at="03-09 09:00")
    counted = told(count(responses=[voice(hype=True)], invitations=[late], **LIVE))
    assert {key[3] for key in counted} == {"03-09"}


def test_only_the_units_asked_for_are_counted() -> None:
    both = {
        "orders": [order()],
        "invitations": [invitation()],
        **LIVE,
        "responses": [response(live_id="L", overall=1, hype=True)],
        "conversations": [conversation()],
    }
    assert set(count(**both).units["unit"]) == {"o:1", "v:L|B", "h:h1"}
    for unit in ("o:1", "v:L|B", "h:h1"):
        assert set(count(**both, units=frozenset({unit})).units["unit"]) == {unit}


def test_ratings_and_marks_of_a_conversation_count_when_they_are_known() -> None:
    rated = conversation(
        first_reply_at="03-01 10:01",
        rating=2,
        resolved=False,
        rating_known_at="03-05 10:00",
        resolved_known_at="03-06 10:00",
    )
    counted = told(count(conversations=[rated]))
    assert counted == {
        ("counters", "store", "slow_reply_d", "03-01"): 1,
        **{("counters", "store", f"chat_low_{part}", "03-05"): 1 for part in "nd"},
        **{("counters", "store", f"chat_unresolved_{part}", "03-06"): 1 for part in "nd"},
    }


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
    sold = order(anchor_id="A", **{"ship_by": "03-03 10:00", "deliver_by": "03-06 10:00", **gone, **given})
    answers = [
        response(response_id=f"q{at}", answered_at=f"03-{10 + at} 10:00", overall=score)
        for at, score in enumerate(scores)
    ]
    counted = count("12-31", orders=[sold], shipments=[shipment(**sent)] if sent else [], responses=answers)
    for role in ("store", "anchor"):
        assert results(counted, role) & set(PLAIN_OUTCOMES) == expected


def test_an_exclusion_sets_plain_outcomes_aside_as_far_as_it_reaches() -> None:
    lost = {
        "orders": LATE["orders"],
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
    counted = told(count(orders=LATE["orders"], shipments=late, responses=[response(overall=1)]))
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
    counted = told(count(**LATE, exclusions=[exclusion(order_id="1")]))
    assert counted["counters", "store", "dispatch_promise_n", "03-01"] == 2 * 1440


def test_facts_are_whole_numbers_sorted_and_unique() -> None:
    facts = count("12-31", **LATE, responses=[response(overall=1)]).facts
    assert facts["value"].dtype == np.int32
    assert not facts.duplicated(["unit", "family", "role", "day", "counter"]).any()
    assert (facts["value"] != 0).all()
