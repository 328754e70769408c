"""The units behind a metric: all of them and no others, each with what the rules say of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from reputation.evidence import behind, candidates, slowest
from reputation.evidence.behind import CLEARED, COUNTS, Case, all_cases, cases, cases_told, families
from reputation.evidence.models import ClosedDay, Complaint, Exclusion, Order, Response, Return, Shipment
from reputation.evidence.setting_aside import unit_set_aside
from scoring.metrics import BY_KEY, CATALOGUE
from tests.governance.appeals.world import NOON, at, market, order, send
from tests.portal.world import hold
from tests.scoring.random_evidence import closed_days
from tests.scoring.random_evidence import market as random_market

pytestmark = pytest.mark.django_db
LATER = datetime(2025, 6, 15, tzinfo=UTC)  # when nothing of the random markets runs any more
MODELS = {
    "orders": Order, "shipments": Shipment, "returns": Return, "complaints": Complaint, "responses": Response,
    "exclusions": Exclusion,
}  # fmt: skip
ONES = [("store", "S"), ("anchor", "A")]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (candidates, slowest):
        monkeypatch.setattr(module, "now", lambda: NOON)


def keep(evidence: dict[str, list[dict[str, Any]]]) -> None:
    """Rows of a random market as the store keeps them."""
    for kind, model in MODELS.items():
        known = {field.name for field in model._meta.concrete_fields}
        rows = [{name: value for name, value in row.items() if name in known} for row in evidence[kind]]
        told = {"observed_at": LATER, "sent": 1, "versions": 1, "batch_id": 1}
        model._default_manager.bulk_create(
            model(**{**told, **row, "first_observed_at": row.get("first_observed_at") or LATER}) for row in rows
        )


def everything(kind: str, subject_id: str, metric: str) -> list[Case]:
    """Of every unit there is what the rules say, found without any search."""
    times = {f"o:{row.order_id}": row.placed_at for row in Order.objects.all()}
    if "c" in families(kind, metric):
        times |= {f"c:{row.complaint_id}": row.opened_at for row in Complaint.objects.filter(order_id=None)}
    told = cases_told(kind, subject_id, metric, times).values()
    if BY_KEY[metric].unit == "minutes":
        return sorted((case for case in told if case.minutes), key=lambda case: (case.minutes, case.unit), reverse=True)
    return sorted(told, key=lambda case: (case.at, case.unit), reverse=True)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_that_the_rules_know_of_is_missed(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (candidates, slowest):
        monkeypatch.setattr(module, "now", lambda: LATER)
    keep(random_market(seed, 50))
    closed = [(kind, day) for kind, day in closed_days(seed).items() if day]
    ClosedDay.objects.bulk_create(ClosedDay(kind=kind, day=day, closed_at=LATER) for kind, day in closed)
    hold(units=("o:1", "o:2", "c:loose1"))
    for metric in [metric.key for metric in CATALOGUE[seed::4]]:
        for kind, subject_id in [one for one in ONES if one[0] in BY_KEY[metric].subjects]:
            whole = everything(kind, subject_id, metric) if families(kind, metric) else []
            assert list(all_cases(kind, subject_id, metric)) == whole, metric
            for shown in (COUNTS, CLEARED):
                some = [case for case in whole if case.counts == (shown == COUNTS)]
                assert list(all_cases(kind, subject_id, metric, shown=shown)) == some, (metric, shown)


def units(metric: str, kind: str = "store", subject_id: str = "s1", **more: Any) -> list[str]:
    return [case.unit for case in cases(kind, subject_id, metric, **more).cases]


def test_a_metric_shows_its_own_orders_and_nobody_elses() -> None:
    market()
    assert units("late_dispatch") == ["o:o1"]
    assert units("quality_return") == ["o:o2"]
    assert units("quality_return", "anchor", "a1") == ["o:o2"]
    assert units("quality_return", "store", "s2") == ["o:o4"]
    assert units("defect") == ["o:o2", "o:o1"]
    assert units("late_dispatch", "store", "nobody") == []


def test_complaints_without_an_order_and_chats_stand_behind_their_metrics() -> None:
    market()
    assert units("complaint_service") == ["c:c1"]
    assert units("incident") == ["c:c1", "o:o2", "o:o1"]
    assert units("slow_reply") == ["h:h1"]
    assert units("chat_low") == []


def test_answers_of_viewers_are_not_shown_one_by_one() -> None:
    market()
    assert units("false_promotion", "anchor", "a1") == []


def test_a_carriers_late_parcel_is_told_as_cleared() -> None:
    market()
    send("orders", order("far", placed_at=at(12), ship_by=at(10), deliver_by=at(8)))
    send("shipments", {"order_id": "far", "shipped_at": at(11), "delivered_at": at(5)})
    (case,) = cases("store", "s1", "late_delivery", shown=CLEARED).cases
    (sign,) = case.signs
    assert (case.unit, case.counts, case.reason, case.disputable) == ("o:far", False, "", False)
    assert (sign.what, sign.liable, sign.own) == ("late_delivery", ("carrier",), False)
    assert units("late_delivery", shown=COUNTS) == []
    assert units("problem") == ["o:o2", "o:o1", "o:far"]


def test_what_was_set_aside_says_why_and_counts_no_more() -> None:
    market()
    unit_set_aside(unit="o:o1", kind="store", subject_id="s1", reason="carrier_event", source="objection:1")
    (case,) = cases("store", "s1", "late_dispatch").cases
    assert (case.counts, case.reason, case.disputable) == (False, "carrier_event", False)
    assert units("late_dispatch", shown=CLEARED) == ["o:o1"]
    assert units("late_dispatch", shown=COUNTS) == []


def test_a_unit_that_screening_holds_is_cleared_as_a_whole() -> None:
    market()
    hold(units=("o:o1",))
    (case,) = cases("store", "s1", "late_dispatch", shown=CLEARED).cases
    assert (case.held, case.counts, case.disputable) == (True, False, False)


def test_other_things_that_are_wrong_with_it_are_told_beside() -> None:
    market()
    send(
        "returns",
        {"return_id": "more", "order_id": "o1", "opened_at": at(4), "reason": "damaged", "refunded_at": at(3)},
    )
    (case,) = cases("store", "s1", "late_dispatch").cases
    assert [sign.what for sign in case.signs] == ["late_dispatch"]
    assert [sign.what for sign in case.others] == ["return_damaged"]


def slow(number: int) -> None:
    """Orders that waited longer and longer, two of them equally long."""
    keys = [f"slow{place:02}" for place in range(number)]
    send("orders", *(order(key, placed_at=at(30), ship_by=at(1), deliver_by=None) for key in keys))
    send("shipments", *({"order_id": key, "shipped_at": at(29 - place // 2)} for place, key in enumerate(keys)))


def test_the_slowest_come_first_with_their_minutes() -> None:
    slow(5)
    found = cases("store", "s1", "dispatch_time").cases
    assert [case.unit for case in found] == ["o:slow04", "o:slow03", "o:slow02", "o:slow01", "o:slow00"]
    assert [case.minutes for case in found] == [2160, 1440, 1440, 720, 720]  # twelve open hours a day
    assert all(case.counts for case in found)


def test_an_order_that_the_store_cancelled_has_waited_its_whole_promise() -> None:
    send("orders", order("gone", placed_at=at(10), ship_by=at(8), cancelled_at=at(9), cancelled_by="merchant"))
    (case,) = cases("store", "s1", "dispatch_time").cases
    assert case.minutes == 1440
    assert case.disputable


def test_refunds_are_told_by_how_long_they_took() -> None:
    market()
    (case,) = cases("store", "s1", "refund_time").cases
    assert (case.unit, case.minutes) == ("o:o2", 15 * 60)


@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize("metric", ["defect", "dispatch_time"])
def test_pages_put_together_are_the_whole_list_once(size: int, metric: str) -> None:
    market()
    slow(7)
    whole = [case.unit for case in all_cases("store", "s1", metric)]
    found, after = [], ""
    while True:
        page = cases("store", "s1", metric, size=size, after=after)
        found += [case.unit for case in page.cases]
        assert len(page.cases) <= size
        if not (after := page.after):
            break
    assert found == whole
    assert len(whole) > (8 if metric == "dispatch_time" else 1)


@pytest.mark.parametrize("after", ["nonsense", "12", "-1 o:o1", "99999999999 x", "3 \0", "2026-07-01T00:00:00 o:o1"])
def test_a_place_that_is_none_begins_anew(after: str) -> None:
    market()
    assert units("defect", after=after) == units("defect")
    if not after[0].isdecimal():
        assert units("refund_time", after=after) == units("refund_time")
    assert cases("store", "s1", "dispatch_time", after=after) is not None


def test_a_case_is_found_by_how_its_number_begins() -> None:
    market()
    slow(12)
    assert units("dispatch_time", search="slow1") == ["o:slow11", "o:slow10"]
    assert units("late_dispatch", search="o") == ["o:o1"]
    assert units("late_dispatch", search="%") == []


def test_a_whole_list_is_read_in_a_few_strides(monkeypatch: pytest.MonkeyPatch) -> None:
    market()
    slow(9)
    monkeypatch.setattr(behind, "_MOST", 2)
    monkeypatch.setattr(candidates, "STRETCH", 2)
    assert len(list(all_cases("store", "s1", "dispatch_time"))) == 12
