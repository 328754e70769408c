"""Which complaints a subject sees, and in which order they press."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reputation.intake.selectors import (
    cases,
    cases_to_do,
    complaints_of,
    complaints_waiting,
    complaints_waiting_count,
    export_rows,
    listed,
)
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import at, member, send
from tests.intake.test_answers import answer
from tests.intake.world import filed, proven

pytestmark = pytest.mark.django_db


def complaint(key: str, days_ago: float = 1, **told: object) -> None:
    send("complaints", {"complaint_id": key, "opened_at": at(days_ago), "category": "service", **told})


def ids(rows: object) -> list[str]:
    return [row.pk for row in rows]  # type: ignore[attr-defined]


def test_a_store_sees_what_names_it_and_what_is_about_its_orders(market: None) -> None:
    complaint("loose", store_id="s1")
    complaint("ordered", order_id="o1")
    complaint("other", store_id="s2")
    complaint("others-order", order_id="o4")
    complaint("taken-back", store_id="s1", retracted=True)
    assert sorted(complaints_of("store", "s1").values_list("pk", flat=True)) == ["c1", "loose", "ordered"]
    assert not complaints_of("store", "s1\0").exists()


def test_an_anchor_sees_what_it_may_have_to_answer_for(market: None) -> None:
    complaint("named", anchor_id="a1")
    complaint("in-the-room", live_id="L")
    complaint("bad-goods", order_id="o2", category="quality")
    complaint("slow-parcel", order_id="o2", category="delivery")
    complaint("of-a2", anchor_id="a2")
    assert sorted(complaints_of("anchor", "a1").values_list("pk", flat=True)) == ["bad-goods", "in-the-room", "named"]


def test_those_wait_whose_ten_days_still_run(market: None, clock: Clock) -> None:
    complaint("old", 9.5, store_id="s1")
    complaint("new", 1, store_id="s1")
    complaint("late", 10.5, store_id="s1")
    complaint("answered", 2, store_id="s1", first_response_at=at(1))
    complaint("decided", 2, store_id="s1", outcome="rejected")
    complaint("closed", 2, store_id="s1", closed_at=at(1))
    waiting = complaints_waiting("store", "s1")
    assert [one.id for one in waiting] == ["old", "new"]
    assert waiting[0].due - clock() == timedelta(days=0.5)
    assert complaints_waiting_count("store", "s1") == 2


def test_one_that_is_about_them_in_two_ways_waits_once(market: None, clock: Clock) -> None:
    complaint("both", store_id="s1", order_id="o1")
    complaint("room", anchor_id="a1", live_id="L", order_id="o2", category="quality")
    complaint("taken-back", store_id="s1", order_id="o1", retracted=True)
    complaint("not-the-anchors", order_id="o2", category="delivery")
    for kind, subject, waiting in (("store", "s1", {"both", "room", "not-the-anchors"}), ("anchor", "a1", {"room"})):
        assert {one.id for one in complaints_waiting(kind, subject)} == waiting
        assert complaints_waiting_count(kind, subject) == len(waiting)
    assert complaints_waiting("store", "s1\0") == []
    assert complaints_waiting_count("anchor", "a1\0") == 0


def test_the_most_urgent_stands_first_then_the_newest(market: None, clock: Clock) -> None:
    complaint("old", 9.5, store_id="s1")
    complaint("new", 1, store_id="s1", order_id="o1")
    complaint("late", 10.5, store_id="s1")
    complaint("answered", 2, store_id="s1", first_response_at=at(1))
    assert ids(listed("store", "s1")) == ["old", "new", "answered", "c1", "late"]
    assert ids(listed("store", "s1", shown="waiting")) == ["old", "new", "late"]
    assert ids(listed("store", "s1", shown="open")) == ["old", "new", "answered", "late"]
    assert ids(listed("store", "s1", shown="closed")) == ["c1"]
    assert ids(listed("store", "s1", search="o1")) == ["new"]
    assert ids(listed("store", "s1", search="la")) == ["late"]


def test_staff_see_what_waits_for_them(market: None, clock: Clock) -> None:
    unseen, waiting = filed().case, proven()
    mia = member("mia")
    assert (ids(cases("received")), ids(cases("waiting")), ids(cases("heard"))) == ([unseen.pk], [waiting.pk], [])
    answer(mia, waiting.complaint_id)
    assert (ids(cases("waiting")), ids(cases("heard")), cases_to_do()) == ([], [waiting.pk], 2)
    silent = proven("o3")
    clock.pass_(days=10)
    assert ids(cases("heard")) == [waiting.pk, silent.pk]
    assert len(ids(cases(""))) == 3


def test_an_export_names_nobody_and_holds_what_was_said(market: None) -> None:
    case = proven()
    answer(member("mia"), case.complaint_id)
    complaint("of-the-platform", store_id="s1", complainant_ref="buyer-77", device_ref="phone-77", text="Rude.")
    rows = {row["complaint"]: row for row in export_rows("store", "s1")}
    assert set(rows) == {"c1", "of-the-platform", case.complaint_id}
    assert [said["author"] for said in rows[case.complaint_id]["messages"]] == ["complainant", "subject"]
    assert rows["of-the-platform"]["text"] == "Rude."
    assert "77" not in str(rows)
    assert "mia" not in str(rows)
