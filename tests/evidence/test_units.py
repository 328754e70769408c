"""Each change marks what the night must count again, in its own transaction."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from reputation.evidence import selectors
from reputation.evidence.models import DirtyUnit
from reputation.evidence.services import batch_ingest
from tests.evidence.conftest import encoded, order

pytestmark = pytest.mark.django_db


def marked(kind: str, *rows: dict[str, Any]) -> set[str]:
    DirtyUnit.objects.all().delete()
    assert not batch_ingest(kind=kind, rows=encoded(rows), source="test").rejected
    return set(DirtyUnit.objects.values_list("unit", flat=True))


@pytest.mark.parametrize(
    ("kind", "row", "units"),
    [
        ("stores", {"store_id": "S"}, set()),
        ("anchors", {"anchor_id": "A"}, set()),
        ("live_sessions", {"live_id": "L", "anchor_id": "A"}, set()),
        ("orders", {"order_id": "O"}, {"o:O"}),
        ("shipments", {"order_id": "O"}, {"o:O"}),
        ("returns", {"return_id": "R", "order_id": "O"}, {"o:O"}),
        ("returns", {"return_id": "R"}, set()),
        ("complaints", {"complaint_id": "C", "order_id": "O"}, {"o:O"}),
        ("complaints", {"complaint_id": "C", "store_id": "S"}, {"c:C"}),
        ("invitations", {"invitation_id": "I", "order_id": "O", "respondent_ref": "V"}, {"o:O"}),
        ("invitations", {"invitation_id": "I", "live_id": "L", "respondent_ref": "V"}, {"v:L|V"}),
        ("responses", {"response_id": "P", "live_id": "L", "respondent_ref": "V"}, {"v:L|V"}),
        ("responses", {"response_id": "P", "order_id": "O", "live_id": "L", "respondent_ref": "V"}, {"o:O", "v:L|V"}),
        ("responses", {"response_id": "P", "store_id": "S"}, set()),
        ("conversations", {"conversation_id": "T", "store_id": "S"}, {"h:T"}),
        ("exclusions", {"exclusion_id": "X", "order_id": "O"}, {"o:O"}),
        (
            "daily_counts",
            {"subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "orders"},
            {"d:2026-05-01"},
        ),
    ],
)
def test_a_row_marks_its_unit(kind: str, row: dict[str, Any], units: set[str]) -> None:
    assert marked(kind, row) == units


def test_a_complaint_that_turns_out_to_be_about_an_order_marks_both() -> None:
    marked("complaints", {"complaint_id": "C", "store_id": "S"})
    assert marked("complaints", {"complaint_id": "C", "order_id": "O"}) == {"c:C", "o:O"}


def orders_around() -> None:
    rows = [
        order(1),  # placed 1 May, promised by 3 May
        order(2, deliver_by="2026-05-20T00:00:00Z"),
        order(3, ship_by=None),  # open for seven days
        order(4, store_id="S2", region="East"),
        order(5, anchor_id="A1"),
        order(6, placed_at="2026-05-15T00:00:00Z", ship_by="2026-05-16T00:00:00Z"),
    ]
    batch_ingest(kind="orders", rows=encoded(rows), source="test")


@pytest.mark.parametrize(
    ("where", "start", "end", "units"),
    [
        ({"subject_kind": "store", "subject_id": "S1"}, "2026-05-02", "2026-05-03", {1, 2, 3, 5}),
        ({"subject_kind": "store", "subject_id": "S1"}, "2026-05-07", "2026-05-09", {2, 3}),
        ({"subject_kind": "store", "subject_id": "S1"}, "2026-05-12", None, {2, 6}),
        ({"subject_kind": "store", "subject_id": "S1"}, None, "2026-05-10", {1, 2, 3, 5}),
        ({"subject_kind": "anchor", "subject_id": "A1"}, "2026-05-02", "2026-05-03", {5}),
        ({"region": "East"}, "2026-05-02", "2026-05-03", {4}),
        ({"subject_kind": "store", "subject_id": "S2", "region": "East"}, "2026-05-02", "2026-05-03", {4}),
        ({"region": "East"}, "2026-06-02", "2026-06-03", set()),
    ],
)
def test_an_exclusion_reaches_the_orders_it_meets(
    where: dict[str, str], start: str | None, end: str | None, units: set[int]
) -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "force_majeure", **where}
    row |= {name: f"{day}T00:00:00Z" for name, day in (("from", start), ("to", end)) if day}
    assert marked("exclusions", row) == {"e:X"}
    assert selectors.exclusion_units(["X"]) == {f"o:O{number}" for number in units}


def test_a_moved_exclusion_reaches_what_it_leaves_and_what_it_meets() -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "attack", "subject_kind": "store", "subject_id": "S1"}
    marked("exclusions", {**row, "from": "2026-05-14T00:00:00Z", "to": "2026-05-17T00:00:00Z"})
    moved = {"exclusion_id": "X", "from": "2026-05-02T00:00:00Z", "to": "2026-05-03T00:00:00Z"}
    assert marked("exclusions", moved) == {"e:X"}
    assert selectors.exclusion_units(["X"]) == {"o:O1", "o:O2", "o:O3", "o:O5", "o:O6"}


def test_an_exclusion_reaches_all_that_it_ever_met_whatever_was_cleared() -> None:
    orders_around()
    marked("exclusions", {"exclusion_id": "X", "reason": "attack", "region": "East", "to": "2026-05-03T00:00:00Z"})
    assert selectors.exclusion_units(["X"]) == {"o:O4"}
    marked("exclusions", {"exclusion_id": "X", "region": None, "subject_kind": "anchor", "subject_id": "A1"})
    assert selectors.exclusion_units(["X"]) == {"o:O4", "o:O5"}
    marked("exclusions", {"exclusion_id": "X", "subject_kind": "store", "subject_id": "S1"})
    assert selectors.exclusion_units(["X"]) == {"o:O1", "o:O2", "o:O3", "o:O4", "o:O5"}
    marked("exclusions", {"exclusion_id": "X", "to": None})
    assert selectors.exclusion_units(["X", "nobody"]) == {f"o:O{number}" for number in range(1, 7)}


def test_a_lifted_exclusion_reaches_its_orders() -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "attack", "region": "East", "from": "2026-05-02T00:00:00Z"}
    marked("exclusions", row)
    assert marked("exclusions", {"exclusion_id": "X", "lifted_at": "2026-05-05T00:00:00Z"}) == {"e:X"}
    assert selectors.exclusion_units(["X"]) == {"o:O4"}


@pytest.mark.django_db(transaction=True)
def test_an_order_that_was_on_its_way_in_is_reached_by_the_exclusion_that_could_not_see_it() -> None:
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        batch_ingest(kind="orders", rows=encoded([order(1, region="East")]), source="slow")
        row = {"exclusion_id": "X", "reason": "attack", "region": "East"}
        other.submit(closing, batch_ingest, kind="exclusions", rows=encoded([row]), source="quick").result(30)
    assert "e:X" in set(DirtyUnit.objects.values_list("unit", flat=True))
    assert selectors.exclusion_units(["X"]) == {"o:O1"}


def closing(call: Callable[..., Any], **arguments: Any) -> None:
    """Run in a thread, whose connection ends with it."""
    try:
        call(**arguments)
    finally:
        connection.close()


VOICES = (
    ("responses", {"response_id": "P", "live_id": "L", "respondent_ref": "V"}),
    ("invitations", {"invitation_id": "I", "live_id": "L", "respondent_ref": "W|1"}),
    ("complaints", {"complaint_id": "C", "live_id": "L"}),
    ("complaints", {"complaint_id": "D", "live_id": "L", "order_id": "O"}),
    ("responses", {"response_id": "Q", "live_id": "M", "respondent_ref": "V"}),
)


def test_a_retracted_live_session_reaches_its_voices_and_complaints() -> None:
    for kind, row in VOICES:
        marked(kind, row)
    assert marked("live_sessions", {"live_id": "L", "anchor_id": "A"}) == set()
    assert marked("live_sessions", {"live_id": "L", "peak_viewers": 7}) == set()
    assert marked("live_sessions", {"live_id": "L", "retracted": True}) == {"l:L"}
    assert selectors.live_units(["L"]) == {"v:L|V", "v:L|W|1", "c:C", "o:O"}
    assert selectors.live_units([]) == selectors.exclusion_units([]) == set()
    assert marked("live_sessions", {"live_id": "L", "peak_viewers": 8}) == set()


@pytest.mark.parametrize(("kind", "key", "mark"), [("stores", "store_id", "s:1"), ("anchors", "anchor_id", "a:1")])
def test_only_an_owner_that_is_new_marks_its_subject(kind: str, key: str, mark: str) -> None:
    assert marked(kind, {key: "1", "name": "Mia"}) == set()
    assert marked(kind, {key: "1", "owner_ref": "mia"}) == {mark}
    assert marked(kind, {key: "1", "name": "Mia on Air"}) == set()
    assert marked(kind, {key: "1", "owner_ref": "leo"}) == {mark}
    assert marked(kind, {key: "1", "owner_ref": None}) == set()
    assert marked(kind, {key: "2", "owner_ref": "leo"}) == {mark[:2] + "2"}


def test_a_rejected_row_marks_nothing() -> None:
    DirtyUnit.objects.all().delete()
    batch_ingest(kind="orders", rows=encoded([order(1, currency="?")]), source="test")
    assert not DirtyUnit.objects.exists()
