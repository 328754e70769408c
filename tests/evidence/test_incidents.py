"""What a subject may dispute: its own incidents, newest first, a page at a time."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from reputation.evidence import candidates
from reputation.evidence.incidents import subject_incidents, units_known, units_of
from reputation.evidence.models import ClosedDay
from reputation.evidence.setting_aside import unit_set_aside
from tests.governance.appeals.world import NOON, at, market, order, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "now", lambda: NOON)


def units(*args: str, **more: object) -> list[str]:
    return [incident.unit for incident in subject_incidents(*args, **more).incidents]


def test_a_store_is_told_its_orders_complaints_and_chats_and_no_others() -> None:
    market()
    assert units("store", "s1") == ["h:h1", "c:c1", "o:o2", "o:o1"]
    assert units("store", "s2") == ["o:o4"]
    assert units("store", "nobody") == []


def test_an_anchor_is_told_what_it_answers_for_and_what_viewers_said() -> None:
    market()
    assert units("anchor", "a1") == ["v:L|v|1", "o:o2"]
    (voice,) = subject_incidents("anchor", "a1", families="v").incidents
    assert (voice.what, voice.key) == (("false_promotion",), "L")  # who said it is nobody's business


def test_it_says_what_each_was_and_since_when_it_counts() -> None:
    market()
    late = units_known("store", "s1", ["o:o1"])["o:o1"]
    assert (late.what, late.aside, late.held, late.grave) == (("late_dispatch",), (), False, False)
    assert (str(late.since), str(late.day)) == ("2026-06-21", "2026-06-24")
    assert units_known("anchor", "a1", ["o:o2"])["o:o2"].what == ("return_quality",)


def test_what_is_set_aside_stays_in_the_list_and_says_why() -> None:
    market()
    unit_set_aside(unit="o:o1", kind="store", subject_id="s1", reason="attack", source="appeal:1")
    unit_set_aside(unit="c:c1", kind="store", subject_id="s1", reason="attack", source="appeal:1")
    rows = {incident.unit: incident for incident in subject_incidents("store", "s1").incidents}
    assert (rows["o:o1"].what, rows["o:o1"].aside, rows["o:o1"].reason) == ((), ("late_dispatch",), "attack")
    assert (rows["c:c1"].counts, rows["c:c1"].held, rows["c:c1"].aside) == (False, True, ("complaint_service",))


def late(number: int, **more: object) -> None:
    """Orders that left too late, two at each instant."""
    keys = [f"late{place:03}" for place in range(number)]
    send("orders", *(order(key, placed_at=at(20 + place // 2), **more) for place, key in enumerate(keys)))
    send("shipments", *({"order_id": key, "shipped_at": at(1)} for key in keys))


@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_pages_put_together_are_the_whole_list_once(size: int) -> None:
    market()
    late(23)
    whole = units("store", "s1", size=1000)
    assert len(whole) == 27
    found, after = [], ""
    while True:
        page = subject_incidents("store", "s1", size=size, after=after)
        found += [incident.unit for incident in page.incidents]
        assert len(page.incidents) <= size
        if not (after := page.after):
            break
    assert found == whole


def test_long_stretches_without_incidents_are_walked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "STRETCH", 2)
    monkeypatch.setattr(candidates, "LONGEST", 5)
    send(
        "orders", *(order(f"fine{number}", placed_at=at(number), ship_by=None, deliver_by=None) for number in range(40))
    )
    late(2)
    assert units("store", "s1") == ["o:late001", "o:late000"]


def test_it_is_found_by_how_its_id_begins() -> None:
    market()
    late(3)
    assert units("store", "s1", search="late") == ["o:late001", "o:late000", "o:late002"]
    assert units("store", "s1", search="late002") == ["o:late002"]
    assert units("store", "s1", search="o4") == []  # another store's
    assert units("store", "s1", search="%") == []
    assert units("anchor", "a1", search="L") == ["v:L|v|1"]


@pytest.mark.parametrize(
    "after", ["", "nonsense", "2026-07-01", "2026-07-01T00:00:00 o:o1", "9999-12-31T23:59:59+00:00 \0"]
)
def test_a_place_that_is_none_begins_anew(after: str) -> None:
    market()
    assert units("store", "s1", after=after) == units("store", "s1")


def test_families_can_be_asked_for_alone() -> None:
    market()
    assert units("store", "s1", families="o") == ["o:o2", "o:o1"]
    assert units("store", "s1", families="ch") == ["h:h1", "c:c1"]
    assert units("store", "s1", families="v") == []


def test_a_promise_that_still_runs_or_a_day_that_is_not_closed_is_nobodys_incident() -> None:
    send("orders", order("open", ship_by=at(-1), deliver_by=at(-3)), order("silent", ship_by=at(2), deliver_by=None))
    assert units("store", "s1") == []
    ClosedDay.objects.create(kind="shipments", day="2026-06-30", closed_at=NOON)
    assert units("store", "s1") == ["o:silent"]


def test_only_ones_own_are_known_whatever_is_asked_for() -> None:
    market()
    asked = ["o:o1", "o:o4", "o:o3", "c:c1", "h:h1", "v:L|v|1", "o:", "", "x:1", "o:\0"]
    assert set(units_known("store", "s1", asked)) == {"o:o1", "c:c1", "h:h1"}
    assert set(units_known("anchor", "a1", asked)) == {"v:L|v|1"}
    assert set(units_of("store", "s1", asked)) == {"o:o1", "o:o3", "c:c1", "h:h1"}
    assert units_known("store", "s1", []) == {}


def test_a_page_asks_the_database_as_often_however_long_it_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    market()
    late(60)
    with django_assert_max_num_queries(15):
        assert len(subject_incidents("store", "s1").incidents) == 50
