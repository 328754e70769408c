"""When a promise is called broken, when it is looked at again, and what waits are counted as."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scoring.outcomes import Horizon, count_units
from tests.scoring.small_evidence import (
    ZONE,
    at,
    bad,
    closed_through,
    complaint,
    conversation,
    count,
    day,
    due,
    frames,
    order,
    returned,
    shipment,
    told,
)

PROMISED = {"ship_by": "03-03 10:00", "deliver_by": "03-06 10:00"}
SENT_LATE = {"shipped_at": "03-05 10:00", "shipped_known_at": "03-05 12:00"}


@pytest.mark.parametrize(
    ("closed", "broken", "again"),
    [
        (None, {}, "03-03"),
        ("03-02", {}, "03-03"),
        ("03-03", {"store.late_dispatch": "03-03"}, "03-06"),
        ("03-06", {"store.late_dispatch": "03-03", "store.late_delivery": "03-06"}, None),
    ],
)
def test_silence_breaks_a_promise_only_once_the_day_it_ran_out_is_closed(
    closed: str | None, broken: dict[str, str], again: str | None
) -> None:
    counted = count(closed, orders=[order(**PROMISED)])
    late = {key: value for key, value in bad(counted).items() if "late" in key}
    assert late == broken
    assert due(counted) == {"o:1": {} if again is None else {"shipments": day(again)}}


@pytest.mark.parametrize(
    ("closed", "since", "again"),
    [(None, "03-05", "03-03"), ("03-02", "03-05", "03-03"), ("03-03", "03-03", None), ("03-31", "03-03", None)],
)
def test_lateness_is_known_when_its_day_was_closed_or_else_when_it_was_told(
    closed: str | None, since: str, again: str | None
) -> None:
    counted = count(closed, orders=[order(ship_by="03-03 10:00")], shipments=[shipment(**SENT_LATE)])
    assert bad(counted)["store.late_dispatch"] == since
    assert due(counted) == {"o:1": {"shipments": day(again)} if again else {}}


def test_lateness_told_on_the_very_day_needs_no_second_look() -> None:
    sent = shipment(shipped_at="03-03 11:00")
    counted = count(orders=[order(ship_by="03-03 10:00")], shipments=[sent])
    assert bad(counted)["store.late_dispatch"] == "03-03"
    assert due(counted) == {"o:1": {}}


LATE_NEWS = {
    # kind never closed: (evidence, what broke, the day of the news, the day it would be once that is closed)
    "delivered": (
        {
            "orders": [order(deliver_by="03-06 10:00")],
            "shipments": [
                shipment(shipped_at="03-07 09:00", delivered_at="03-08 10:00", delivered_known_at="03-10 10:00")
            ],
        },
        "store.late_delivery",
        ("03-10", "03-06"),
    ),
    "refunded": (
        {"orders": [order()], "returns": [returned(refunded_at="03-12 10:00", refunded_known_at="03-14 10:00")]},
        "store.slow_refund",
        ("03-14", "03-09"),
    ),
    "closed without a refund": (
        {"orders": [order()], "returns": [returned(closed_at="03-12 10:00", closed_known_at="03-13 10:00")]},
        "store.slow_refund",
        ("03-13", "03-09"),
    ),
    "answered": (
        {
            "orders": [order()],
            "complaints": [complaint(first_response_at="03-18 10:00", first_response_known_at="03-19 10:00")],
        },
        "store.complaint_product",
        ("03-19", "03-16"),
    ),
    "ruled on": (
        {
            "orders": [order()],
            "complaints": [complaint(closed_at="03-18 10:00", outcome="settled", outcome_known_at="03-20 10:00")],
        },
        "store.complaint_product",
        ("03-20", "03-16"),
    ),
    "replied": (
        {"conversations": [conversation(first_reply_at="03-02 10:00", first_reply_known_at="03-04 10:00")]},
        "store.slow_reply",
        ("03-04", "03-01"),
    ),
}


@pytest.mark.parametrize("news", LATE_NEWS)
def test_no_lateness_is_dated_before_anybody_could_know_of_it(news: str) -> None:
    evidence, broken, (told_on, ran_out) = LATE_NEWS[news]
    assert bad(count(None, **evidence))[broken] == told_on
    assert bad(count("12-31", **evidence))[broken] == ran_out
    assert [list(kinds.values()) for kinds in due(count(None, **evidence)).values()] == [[day(ran_out)]]


def test_late_news_of_a_kept_promise_takes_the_fact_away() -> None:
    evidence = {"orders": [order(ship_by="03-03 10:00")]}
    kept = shipment(shipped_at="03-03 10:00", shipped_known_at="03-09 10:00")
    assert "store.late_dispatch" in bad(count("03-05", **evidence))
    counted = count("03-09", **evidence, shipments=[kept])
    assert bad(counted) == {}
    assert told(counted)["counters", "store", "late_dispatch_d", "03-01"] == 1


def test_the_exact_instant_decides_not_the_day() -> None:
    on_time = shipment(shipped_at="03-03 10:00", delivered_at="03-06 10:00")
    too_late = shipment(shipped_at="03-03 10:01", delivered_at="03-06 10:01")
    assert bad(count(orders=[order(**PROMISED)], shipments=[on_time])) == {}
    assert set(bad(count(orders=[order(**PROMISED)], shipments=[too_late]))) >= {
        "store.late_dispatch",
        "store.late_delivery",
    }


def test_without_a_promise_there_is_no_lateness_and_nothing_is_due() -> None:
    counted = count("12-31", orders=[order()], shipments=[shipment(shipped_at="05-01 10:00")])
    assert bad(counted) == {}
    assert due(counted) == {"o:1": {}}
    assert not [key for key in told(counted) if key[2].startswith("late")]


def test_a_buyer_who_gives_up_on_a_late_parcel_does_not_undo_the_delay() -> None:
    given_up = order(**PROMISED, cancelled_at="03-04 10:00", cancelled_by="buyer", cancelled_known_at="03-04 10:00")
    assert bad(count("03-05", orders=[given_up]))["store.late_dispatch"] == "03-03"


def test_a_promise_ends_with_the_order_that_was_cancelled_within_it() -> None:
    within = order(**PROMISED, cancelled_at="03-02 10:00", cancelled_by="merchant")
    after = order(**PROMISED, cancelled_at="03-04 10:00", cancelled_by="merchant")
    assert "store.late_dispatch" not in bad(count("12-31", orders=[within]))
    assert bad(count("12-31", orders=[after]))["store.late_dispatch"] == "03-03"


@pytest.mark.parametrize("delivered", ["03-03 09:00", "03-03 11:00"])
def test_a_parcel_without_a_dispatch_scan_gets_the_benefit_of_the_doubt(delivered: str) -> None:
    counted = count("12-31", orders=[order(**PROMISED)], shipments=[shipment(delivered_at=delivered)])
    assert bad(counted) == {}
    assert due(counted) == {"o:1": {}}


@pytest.mark.parametrize("sent", [None, SENT_LATE, {"shipped_at": "03-02 10:00", "delivered_at": "03-05 10:00"}])
@pytest.mark.parametrize("closed", [None, "12-31"])
def test_no_parcel_moves_a_denominator(sent: dict[str, str] | None, closed: str | None) -> None:
    counted = told(count(closed, orders=[order(**PROMISED)], shipments=[shipment(**sent)] if sent else []))
    assert {key[3] for key in counted if key[2].endswith("_d")} == {"03-01"}
    assert counted["counters", "store", "late_dispatch_d", "03-01"] == 1
    assert counted["counters", "store", "quality_return_d", "03-01"] == 1


def test_a_parcel_nobody_sent_by_the_day_it_should_have_arrived_is_the_stores_doing() -> None:
    assert bad(count("12-31", orders=[order(deliver_by="03-06 10:00")]))["store.late_delivery"] == "03-06"


def test_each_kind_has_its_own_closed_days() -> None:
    evidence = frames(
        orders=[order(ship_by="03-03 10:00")], returns=[returned(first_reason="other")], complaints=[complaint()]
    )
    only = Horizon({"returns": date(2025, 12, 31), "shipments": None}, ZONE)
    counted = count_units(evidence, only)
    assert set(bad(counted)) == {"store.slow_refund", "store.defect", "store.problem"}
    assert due(counted) == {"o:1": {"shipments": day("03-03"), "complaints": day("03-16")}}


def test_each_kind_says_for_itself_when_to_look_again() -> None:
    evidence = {
        "orders": [order(ship_by="03-30 10:00")],
        "complaints": [complaint(opened_at="03-02 10:00")],
        "returns": [returned(opened_at="03-05 10:00")],
    }
    assert due(count(None, **evidence)) == {
        "o:1": {"returns": day("03-08"), "complaints": day("03-12"), "shipments": day("03-30")}
    }
    assert due(count("03-08", **evidence)) == {"o:1": {"complaints": day("03-12"), "shipments": day("03-30")}}
    assert due(count("03-12", **evidence)) == {"o:1": {"shipments": day("03-30")}}


def test_the_earliest_open_promise_of_a_kind_says_when_to_look_again() -> None:
    rows = [returned(), returned(return_id="r2", opened_at="03-05 10:00")]
    counted = count(None, orders=[order(ship_by="03-03 10:00", deliver_by="03-02 10:00")], returns=rows)
    assert due(counted) == {"o:1": {"shipments": day("03-02"), "returns": day("03-08")}}


@pytest.mark.parametrize(
    ("given", "slow"),
    [
        ({"refunded_at": "03-09 10:00"}, None),
        ({"refunded_at": "03-09 10:01"}, "03-09"),
        ({"closed_at": "03-07 10:00"}, None),
        ({"closed_at": "03-20 10:00"}, "03-09"),
        ({"closed_at": "03-07 10:00", "refunded_at": "03-20 10:00"}, "03-09"),
        ({}, "03-09"),
        ({"first_reason": "size"}, None),
        ({"first_reason": "no_reason", "refunded_at": "04-09 10:00"}, None),
        ({"opened_at": None, "first_observed_at": at("03-06 10:00")}, None),
    ],
)
def test_a_refund_is_slow_after_72_hours(given: dict[str, Any], slow: str | None) -> None:
    row = returned(**{"first_reason": "damaged", **given})
    assert bad(count("12-31", orders=[order()], returns=[row])).get("store.slow_refund") == slow


def test_a_refund_after_all_makes_a_refused_return_no_refusal() -> None:
    row = returned(first_reason="damaged", closed_at="03-07 10:00", refunded_at="03-08 10:00")
    assert "store.refused_return" not in bad(count(orders=[order()], returns=[row]))


@pytest.mark.parametrize(
    ("evidence", "minutes"),
    [
        ({"shipments": [shipment(shipped_at="03-02 10:00")]}, ("03-02", 12 * 60)),
        ({"shipments": [shipment(**SENT_LATE)]}, ("03-05", 4 * 12 * 60)),
        ({}, ("03-03", 2 * 12 * 60)),
        ({"orders": [order(**PROMISED, cancelled_at="03-02 10:00", cancelled_by="merchant")]}, ("03-02", 2 * 12 * 60)),
        ({"orders": [order(**PROMISED, cancelled_at="03-04 10:00", cancelled_by="merchant")]}, ("03-04", 3 * 12 * 60)),
    ],
)
def test_an_order_that_never_left_has_waited_its_whole_promise(
    evidence: dict[str, Any], minutes: tuple[str, int]
) -> None:
    counted = told(count("12-31", **{"orders": [order(**PROMISED)], **evidence}))
    when, waited = minutes
    assert counted["counters", "store", "dispatch_time_n", when] == waited
    assert counted["counters", "store", "dispatch_time_d", "03-01"] == 1


def test_refund_minutes_add_up_over_the_returns_of_an_order() -> None:
    rows = [
        returned(refunded_at="03-07 10:00"),
        returned(return_id="r2", refunded_at="03-07 09:00"),
        returned(return_id="r3", first_reason="size", refunded_at="03-07 09:00"),
    ]
    arrived = shipment(shipped_at="03-02 10:00", delivered_at="03-05 10:00")
    counted = told(count(orders=[order()], returns=rows, shipments=[arrived]))
    assert counted["counters", "store", "refund_time_n", "03-07"] == 15 * 60 + 14 * 60
    assert counted["counters", "store", "refund_time_d", "03-01"] == 1


@pytest.mark.parametrize(
    ("started", "reply", "slow", "when"),
    [
        ("03-01 10:00", "03-01 10:03", False, "03-01"),
        ("03-01 10:00", "03-01 10:04", True, "03-01"),
        ("03-01 22:59", "03-02 08:02", False, "03-02"),
        ("03-01 22:59", "03-02 08:03", True, "03-02"),
        ("03-01 23:30", "03-01 23:59", False, "03-01"),
        ("03-01 23:30", None, True, "03-02"),
        ("03-01 22:57", None, True, "03-01"),
    ],
)
def test_a_first_reply_has_three_minutes_of_the_day(started: str, reply: str | None, slow: bool, when: str) -> None:
    counted = told(count("12-31", conversations=[conversation(started_at=started, first_reply_at=reply)]))
    assert counted.get(("counters", "store", "slow_reply_d", "03-01")) == 1
    assert {key[3] for key in counted if key[2] == "slow_reply_n"} == ({when} if slow else set())


def test_an_unanswered_conversation_waits_for_its_day_to_be_closed() -> None:
    counted = count("02-28", conversations=[conversation()])
    assert told(counted) == {("counters", "store", "slow_reply_d", "03-01"): 1}
    assert due(counted) == {"h:h1": {"conversations": day("03-01")}}


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(Exception, match="Nowhere"):
        count_units(frames(orders=[order()]), Horizon({}, "Nowhere/Nowhere"))


def test_closed_days_of_kinds_without_promises_change_nothing() -> None:
    evidence = frames(orders=[order(**PROMISED)])
    other = Horizon({"orders": day("12-31"), "responses": day("12-31")}, ZONE)
    assert told(count_units(evidence, other)) == told(count_units(evidence, closed_through(None)))


@pytest.mark.parametrize("closed", ["03-08 10:00", "03-12 10:00"])
def test_refusing_a_return_does_not_shorten_its_wait(closed: str) -> None:
    evidence = {"orders": [order()], "shipments": [shipment(shipped_at="03-02 10:00", delivered_at="03-05 10:00")]}
    opened = {"opened_at": "03-07 10:00", "first_observed_at": "03-07 10:00"}
    refused = returned(**opened, closed_at=closed, closed_known_at=closed)
    waits = {
        key[2]: value
        for key, value in told(count("12-31", **evidence, returns=[refused])).items()
        if key[2] == "refund_time_n"
    }
    assert waits == {"refund_time_n": 72 / 24 * 15 * 60}
