"""Each change marks what the night must count again, in its own transaction."""

from typing import Any

import pytest

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
        ({}, "2026-05-02", "2026-05-03", set()),
        ({"region": "East"}, "2026-06-02", "2026-06-03", set()),
    ],
)
def test_an_exclusion_marks_the_orders_it_meets(
    where: dict[str, str], start: str | None, end: str | None, units: set[int]
) -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "force_majeure", **where}
    row |= {name: f"{day}T00:00:00Z" for name, day in (("from", start), ("to", end)) if day}
    assert marked("exclusions", row) == {f"o:O{number}" for number in units}


def test_a_moved_exclusion_marks_what_it_leaves_and_what_it_meets() -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "attack", "subject_kind": "store", "subject_id": "S1"}
    marked("exclusions", {**row, "from": "2026-05-14T00:00:00Z", "to": "2026-05-17T00:00:00Z"})
    moved = {"exclusion_id": "X", "from": "2026-05-02T00:00:00Z", "to": "2026-05-03T00:00:00Z"}
    assert marked("exclusions", moved) == {"o:O1", "o:O2", "o:O3", "o:O5", "o:O6"}


def test_lifting_an_exclusion_marks_its_orders() -> None:
    orders_around()
    row = {"exclusion_id": "X", "reason": "attack", "region": "East", "from": "2026-05-02T00:00:00Z"}
    marked("exclusions", row)
    assert marked("exclusions", {"exclusion_id": "X", "lifted_at": "2026-05-05T00:00:00Z"}) == {"o:O4"}


def test_a_rejected_row_marks_nothing() -> None:
    DirtyUnit.objects.all().delete()
    batch_ingest(kind="orders", rows=encoded([order(1, currency="?")]), source="test")
    assert not DirtyUnit.objects.exists()
