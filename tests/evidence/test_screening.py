"""What screening holds, what it leaves alone, and that a pattern is found when it has built up over several nights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from reputation.evidence.brushing import brushing_subjects
from reputation.evidence.holds import hold_decide
from reputation.evidence.models import DirtyUnit, HeldUnit, Hold, Order
from reputation.evidence.screening import screening_run
from reputation.evidence.services import batch_ingest

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 4, tzinfo=UTC)
MARKED = "SELECT DISTINCT substr(unit, 3) AS order_id FROM evidence_dirtyunit WHERE starts_with(unit, 'o:')"


def order(number: int | str, **fields: Any) -> dict[str, Any]:
    row = {"order_id": f"O{number}", "store_id": "S1", "buyer_ref": f"B{number}", "device_ref": f"D{number}",
           "payment_ref": f"P{number}", "amount": "10", "currency": "CNY", "placed_at": START}  # fmt: skip
    return row | fields


def send(kind: str, rows: Iterable[dict[str, Any]]) -> None:
    result = batch_ingest(kind=kind, rows=list(rows), source="test", history=True)
    assert not result.rejected, result.rejected


def night() -> int:
    """Screen what is marked, then unmark it, as the roll does."""
    held = screening_run(fresh_orders=MARKED)
    DirtyUnit.objects.all().delete()
    return held


def held(pattern: str) -> list[str]:
    return sorted(HeldUnit.objects.filter(hold__pattern=pattern).values_list("unit", flat=True))


@pytest.mark.parametrize(("ref", "pattern"), [("device_ref", "shared_device"), ("payment_ref", "shared_payment")])
def test_ten_orders_of_five_buyers_with_one_device_or_account_are_held(ref: str, pattern: str) -> None:
    send("orders", (order(n, buyer_ref=f"B{n % 5}", **{ref: "X"}) for n in range(10)))
    send("orders", [order("other")])
    assert night() == 10
    assert held(pattern) == sorted(f"o:O{n}" for n in range(10))
    hold = Hold.objects.get()
    assert (hold.subject_kind, hold.subject_id, hold.details["buyers"]) == ("store", "S1", 5)


@pytest.mark.parametrize(
    "orders",
    [
        [order(n, buyer_ref=f"B{n % 4}", device_ref="X") for n in range(12)],  # a family
        [order(n, device_ref="X") for n in range(9)],
        [order(n, device_ref="X", store_id=f"S{n % 2}") for n in range(12)],  # an internet cafe
        [order(n, device_ref="X", placed_at=START + timedelta(days=2 * n)) for n in range(12)],  # not within a week
        [order(n, device_ref=None, payment_ref=None) for n in range(12)],
    ],
)
def test_less_than_that_is_left_alone(orders: list[dict[str, Any]]) -> None:
    send("orders", orders)
    assert night() == 0


def test_a_ring_that_sends_two_orders_a_night_is_found_when_it_is_ten() -> None:
    found = []
    for day in range(6):
        at = START + timedelta(days=day)
        send("orders", (order(f"{day}.{n}", device_ref="X", placed_at=at) for n in range(2)))
        found.append(night())
    assert found == [0, 0, 0, 0, 10, 2]
    assert Hold.objects.count() == 1


def test_screening_again_changes_nothing() -> None:
    send("orders", (order(n, device_ref="X") for n in range(10)))
    assert screening_run(fresh_orders=MARKED) == 10
    assert screening_run(fresh_orders=MARKED) == 0
    assert Hold.objects.count() == 1


def test_what_a_person_released_is_not_held_again() -> None:
    send("orders", (order(n, device_ref="X") for n in range(10)))
    night()
    officer = get_user_model().objects.create_user("officer")
    hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.RELEASED, reason="a school")
    send("orders", [order("more", device_ref="X")])
    assert night() == 0


@pytest.mark.parametrize("ref", ["buyer_ref", "device_ref", "payment_ref"])
def test_orders_of_the_owner_are_held(ref: str) -> None:
    send("stores", [{"store_id": "S1", "name": "One", "category": "c", "owner_ref": "W"}])
    send("anchors", [{"anchor_id": "A1", "name": "Anna", "owner_ref": "V"}])
    send("orders", [order(1, **{ref: "W"}), order(2, **{ref: "V", "anchor_id": "A1"}), order(3)])
    assert night() == 2
    assert {(h.subject_kind, h.subject_id) for h in Hold.objects.all()} == {("store", "S1"), ("anchor", "A1")}


@pytest.mark.parametrize(("kind", "subject"), [("stores", {"store_id": "S1"}), ("anchors", {"anchor_id": "A1"})])
def test_orders_of_an_owner_who_is_told_later_are_held_then(kind: str, subject: dict[str, str]) -> None:
    today = datetime.now(UTC) - timedelta(days=1)
    mine = {"placed_at": today, "anchor_id": "A1", "buyer_ref": "W"}
    old = {**mine, "placed_at": today - timedelta(days=400)}
    send(kind, [{**subject, "name": "One"}])
    send("orders", [order(1, **mine), order(2, **old), order(3, placed_at=today), order(4, **mine, retracted=True)])
    assert night() == 0
    send(kind, [{**subject, "owner_ref": "W", "observed_at": datetime.now(UTC)}])
    send("orders", [order(5, **mine)])
    assert night() == 2
    assert held("owner") == ["o:O1", "o:O5"]
    send(kind, [{**subject, "name": "Another", "observed_at": datetime.now(UTC)}])
    assert night() == 0


def month_of_three_a_day(store: str = "S1") -> None:
    days = (START - timedelta(days=n) for n in range(1, 29))
    send("orders", (order(f"{store}{at.date()}.{n}", store_id=store, placed_at=at) for at in days for n in range(3)))


def test_a_burst_of_new_buyers_on_few_devices_is_held() -> None:
    month_of_three_a_day()
    night()
    send(
        "orders",
        (order(f"b{n}", device_ref=f"X{n % 20}", buyer_ref=f"N{n % 20}.{n}", store_id="S1") for n in range(80)),
    )
    send("orders", [order("honest")])
    night()
    assert len(held("burst")) == 80
    assert "o:Ohonest" not in held("burst")
    assert Hold.objects.get(pattern="burst").details["expected"] == pytest.approx(3.0)


def test_a_sale_with_a_device_for_each_buyer_is_no_burst() -> None:
    month_of_three_a_day()
    send("orders", (order(f"s{n}") for n in range(200)))
    assert night() == 0


def test_regulars_who_come_at_once_are_no_burst() -> None:
    days = [START - timedelta(days=n) for n in range(1, 29)]
    send("orders", (order(f"r{n}.{i}", buyer_ref=f"R{n}", placed_at=days[i]) for n in range(4) for i in range(28)))
    night()
    send("orders", (order(f"x{n}", buyer_ref=f"R{n % 4}", device_ref=f"X{n % 4}") for n in range(60)))
    night()
    assert held("burst") == []


def test_on_a_day_when_the_whole_market_runs_high_a_burst_must_be_higher() -> None:
    send("stores", ({"store_id": f"S{n}", "name": f"{n}", "category": "c"} for n in range(1, 6)))
    for store in range(1, 6):
        month_of_three_a_day(f"S{store}")
    night()
    for store in range(2, 6):
        send("orders", (order(f"m{store}.{n}", store_id=f"S{store}") for n in range(45)))
    send("orders", (order(f"b{n}", device_ref=f"X{n % 20}", buyer_ref=f"N{n}") for n in range(60)))
    night()
    assert held("burst") == []


def test_five_answers_about_one_subject_from_one_device_are_held() -> None:
    send("orders", (order(n) for n in range(8)))
    answers = ({"response_id": f"R{n}", "order_id": f"O{n}", "respondent_ref": f"B{n}", "device_ref": "X",
                "answered_at": START + timedelta(hours=n), "overall": 1} for n in range(5))  # fmt: skip
    send("responses", answers)
    send(
        "responses",
        [{"response_id": "R9", "order_id": "O7", "respondent_ref": "B7", "device_ref": "Y", "answered_at": START}],
    )
    night()
    assert held("answer_burst") == [f"o:O{n}" for n in range(5)]


def test_complaints_and_live_voices_from_one_device_are_held() -> None:
    send("live_sessions", [{"live_id": "L1", "anchor_id": "A1", "started_at": START}])
    send("complaints", ({"complaint_id": f"C{n}", "anchor_id": "A1", "device_ref": "X", "opened_at": START,
                         "category": "false_advertising"} for n in range(2)))  # fmt: skip
    night()
    assert held("answer_burst") == []
    send("responses", ({"response_id": f"V{n}", "live_id": "L1", "respondent_ref": f"V{n}", "device_ref": "X",
                        "answered_at": START, "hype": True} for n in range(3)))  # fmt: skip
    night()
    assert held("answer_burst") == ["c:C0", "c:C1", "v:L1|V0", "v:L1|V1", "v:L1|V2"]


def test_withheld_is_who_has_too_many_held_orders_for_a_rating_to_mean_anything() -> None:
    send("orders", (order(n, device_ref="X") for n in range(10)))
    send("orders", (order(f"h{n}", store_id="S1") for n in range(40)))
    send("orders", (order(f"t{n}", store_id="S2", device_ref="Y") for n in range(10)))
    send("orders", (order(f"u{n}", store_id="S2") for n in range(41)))
    night()
    assert brushing_subjects(night=START.date()) == {("store", "S1")}  # 10 of 50, and not 10 of 51
    assert brushing_subjects(night=date(2026, 4, 20)) == set()
    officer = get_user_model().objects.create_user("officer")
    for hold in Hold.objects.all():
        hold_decide(hold=hold, by=officer, decision=Hold.Status.CONFIRMED, reason="a ring")
    assert brushing_subjects(night=START.date()) == set()


def test_thirty_held_orders_withhold_the_largest_store() -> None:
    send("orders", (order(n, device_ref="X") for n in range(30)))
    send("orders", (order(f"h{n}") for n in range(400)))
    night()
    assert brushing_subjects(night=START.date()) == {("store", "S1")}
    assert Order.objects.count() == 430
