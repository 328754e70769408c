"""What counts at all: valid orders, exclusions, held units, and the units that are no orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

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


def test_facts_are_whole_numbers_sorted_and_unique() -> None:
    facts = count("12-31", **LATE, responses=[response(overall=1)]).facts
    assert facts["value"].dtype == np.int32
    assert not facts.duplicated(["unit", "family", "role", "day", "counter"]).any()
    assert (facts["value"] != 0).all()
