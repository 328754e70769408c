"""What becomes of a second row for the same key."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from reputation.evidence.decode import Rejection
from reputation.evidence.models import (
    Complaint,
    Conversation,
    DailyCount,
    DirtyUnit,
    Order,
    Response,
    Return,
    Shipment,
    Version,
)
from reputation.evidence.services import BatchResult, batch_ingest
from reputation.subjects.models import Store
from reputation.subjects.selectors import subjects_named
from tests.evidence.conftest import encoded, order

pytestmark = pytest.mark.django_db


def ingest(kind: str, *rows: dict[str, Any], history: bool = False) -> BatchResult:
    return batch_ingest(kind=kind, rows=encoded(rows), source="test", history=history)


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 5, day, hour, tzinfo=UTC)


def said(day: int) -> str:
    return at(day).isoformat()


def test_an_absent_field_stays_and_null_clears() -> None:
    ingest("orders", order(1, region="East", category="snacks"))
    ingest("orders", {"order_id": "O1", "region": None})
    found = Order.objects.get()
    assert (found.region, found.category, found.versions) == (None, "snacks", 2)


def test_the_later_observation_wins_whatever_comes_last() -> None:
    ingest("orders", order(1, region="new", observed_at=said(5)))
    ingest("orders", order(1, region="old", category="snacks", observed_at=said(4)))
    found = Order.objects.get()
    assert (found.region, found.category) == ("new", "snacks")
    assert (found.observed_at, found.first_observed_at) == (at(5), at(4))


def test_superseded_versions_are_kept() -> None:
    ingest("orders", order(1, region="East", observed_at=said(4)))
    assert not Version.objects.exists()
    second = ingest("orders", {"order_id": "O1", "region": "West", "observed_at": said(5)})
    ingest("orders", {"order_id": "O1", "region": "North", "observed_at": said(6)})
    patches = list(Version.objects.order_by("observed_at").values_list("patch", flat=True))
    assert [patch["region"] for patch in patches] == ["East", "West", "North"]
    assert patches[0]["amount"] == "19.90"
    assert patches[1] == {"region": "West"}
    assert Version.objects.get(observed_at=at(5)).batch_id == second.batch


def test_a_retry_leaves_no_trace_even_after_several_versions() -> None:
    ingest("orders", order(1))
    ingest("orders", {"order_id": "O1", "region": "West"})
    DirtyUnit.objects.all().delete()
    assert ingest("orders", {"order_id": "O1", "region": "West"}).unchanged == 1
    assert Version.objects.count() == 2
    assert not DirtyUnit.objects.exists()


def test_a_stated_observation_of_the_same_content_is_a_version() -> None:
    ingest("orders", order(1, observed_at=said(4)))
    assert ingest("orders", order(1, observed_at=said(3))).accepted == 1
    assert Order.objects.get().first_observed_at == at(3)
    assert ingest("orders", order(1, observed_at=said(3)), order(1, observed_at=said(4))).unchanged == 2


def test_offsets_and_decimals_are_no_differences() -> None:
    ingest("orders", order(1, amount="19.9", placed_at="2026-05-01T09:30:00+08:00"))
    assert ingest("orders", order(1, amount=19.90, placed_at="2026-05-01T01:30:00.000Z")).unchanged == 1


def test_a_key_twice_with_the_same_content_counts_once() -> None:
    result = ingest("orders", order(1), order(2), order(1))
    assert (result.accepted, result.unchanged, result.rejected) == (2, 1, [])


def test_a_key_twice_with_other_content_is_named_with_both_rows() -> None:
    result = ingest("orders", order(1), order(2), order(1, region="West"))
    assert result.accepted == 2
    (bad,) = result.rejected
    assert isinstance(bad, Rejection)
    assert (bad.row, bad.field) == (3, "order_id")
    assert "row 1" in bad.error
    assert "row 3" in bad.error
    assert json.loads(bad.raw)["region"] == "West"
    assert Order.objects.get(order_id="O1").region is None


def test_a_key_twice_with_two_observations_is_two_versions() -> None:
    result = ingest("orders", order(1, region="b", observed_at=said(5)), order(1, region="a", observed_at=said(4)))
    assert (result.accepted, result.rejected) == (2, [])
    found = Order.objects.get()
    assert (found.region, found.versions, Version.objects.count()) == ("b", 2, 2)


@pytest.mark.parametrize(
    ("kind", "first", "field"),
    [
        ("orders", order(1), "store_id"),
        ("returns", {"return_id": "R", "order_id": "O1"}, "order_id"),
        ("complaints", {"complaint_id": "C", "order_id": "O1"}, "order_id"),
        ("complaints", {"complaint_id": "C", "store_id": "S1"}, "store_id"),
        ("conversations", {"conversation_id": "T", "store_id": "S1"}, "store_id"),
        ("live_sessions", {"live_id": "L", "anchor_id": "A1"}, "anchor_id"),
        ("responses", {"response_id": "P", "live_id": "L1", "respondent_ref": "V"}, "live_id"),
        ("invitations", {"invitation_id": "I", "order_id": "O1", "respondent_ref": "V"}, "order_id"),
    ],
)
def test_what_it_belongs_to_never_changes(kind: str, first: dict[str, Any], field: str) -> None:
    ingest(kind, first)
    result = ingest(kind, {**first, field: "another"})
    assert result.accepted == 0
    (bad,) = result.rejected
    assert bad.field == field
    assert "retracted: true" in bad.error


def test_what_it_belongs_to_may_be_told_later() -> None:
    ingest("orders", {"order_id": "O1", "region": "East"})
    assert ingest("orders", order(1)).accepted == 1
    assert Order.objects.get().store_id == "S1"


def test_within_one_batch_it_does_not_change_either() -> None:
    rows = [order(1, observed_at=said(4)), order(1, store_id="S2", observed_at=said(5))]
    result = ingest("orders", *rows)
    assert (result.accepted, [bad.row for bad in result.rejected]) == (1, [2])


def test_a_retraction_and_its_undoing() -> None:
    ingest("orders", order(1))
    ingest("orders", {"order_id": "O1", "retracted": True})
    assert Order.objects.get().retracted
    assert ingest("orders", {"order_id": "O1", "retracted": False}).accepted == 1
    assert not Order.objects.get().retracted


def test_retracted_false_of_what_never_was_is_no_news() -> None:
    ingest("orders", order(1))
    assert ingest("orders", {"order_id": "O1", "retracted": False}).unchanged == 1


def test_the_first_reason_of_a_return_counts() -> None:
    ingest("returns", {"return_id": "R", "order_id": "O", "reason": "quality", "observed_at": said(4)})
    ingest("returns", {"return_id": "R", "reason": "size", "observed_at": said(6)})
    found = Return.objects.get()
    assert (found.reason, found.first_reason) == ("size", "quality")
    ingest("returns", {"return_id": "R", "reason": "damaged", "observed_at": said(3)})
    found.refresh_from_db()
    assert (found.reason, found.first_reason) == ("size", "damaged")


def test_the_first_answers_count() -> None:
    ingest("responses", {"response_id": "P", "answers": {"overall": 1}, "observed_at": said(4)})
    assert Response.objects.get().first_answers is None
    ingest("responses", {"response_id": "P", "answers": {"overall": 5, "service": 4}, "observed_at": said(5)})
    found = Response.objects.get()
    assert (found.overall, found.service) == (1, 4)
    assert found.first_answers == {"overall": 1, "service": 4}
    assert ingest("responses", {"response_id": "P", "answers": {"overall": 5}}).unchanged == 1


def test_answers_may_be_nested_flat_yes_or_true() -> None:
    ingest("responses", {"response_id": "P", "answers": {"hype": "yes", "false_promotion": False}})
    assert ingest("responses", {"response_id": "P", "hype": True, "false_promotion": "no"}).unchanged == 1
    found = Response.objects.get()
    assert (found.hype, found.false_promotion) == (True, False)


def test_a_fact_is_known_from_the_first_version_that_told_it() -> None:
    ingest("shipments", {"order_id": "O", "shipped_at": said(1), "observed_at": said(2)})
    ingest("shipments", {"order_id": "O", "delivered_at": said(3), "observed_at": said(4)})
    ingest("shipments", {"order_id": "O", "shipped_at": at(1, 2).isoformat(), "observed_at": said(5)})
    found = Shipment.objects.get()
    assert found.shipped_at == at(1, 2)
    assert (found.shipped_known_at, found.delivered_known_at) == (at(2), at(4))


def test_another_outcome_is_another_fact() -> None:
    ingest("complaints", {"complaint_id": "C", "outcome": "rejected", "observed_at": said(4)})
    ingest("complaints", {"complaint_id": "C", "closed_at": said(4), "outcome": "rejected", "observed_at": said(5)})
    assert Complaint.objects.get().outcome_known_at == at(4)
    ingest("complaints", {"complaint_id": "C", "outcome": "upheld", "observed_at": said(8)})
    assert Complaint.objects.get().outcome_known_at == at(8)


def test_a_cleared_fact_is_not_known() -> None:
    ingest("orders", order(1, cancelled_at=said(2), cancelled_by="buyer", observed_at=said(3)))
    assert Order.objects.get().cancelled_known_at == at(3)
    ingest("orders", {"order_id": "O1", "cancelled_at": None, "observed_at": said(4)})
    assert Order.objects.get().cancelled_known_at is None
    ingest("orders", {"order_id": "O1", "cancelled_at": said(2), "observed_at": said(9)})
    assert Order.objects.get().cancelled_known_at == at(9)


def test_a_history_dates_each_fact_by_itself() -> None:
    row = {
        "complaint_id": "C", "opened_at": said(1), "first_response_at": said(2), "closed_at": said(9),
        "outcome": "upheld",
    }  # fmt: skip
    ingest("complaints", row, history=True)
    found = Complaint.objects.get()
    assert (found.first_observed_at, found.observed_at) == (at(1), at(9))
    assert (found.first_response_known_at, found.outcome_known_at) == (at(2), at(9))
    assert ingest("complaints", row, history=True).unchanged == 1


def test_a_history_in_pieces_gives_the_same() -> None:
    ingest("shipments", {"order_id": "O", "shipped_at": said(1), "delivered_at": said(5)}, history=True)
    ingest("shipments", {"order_id": "O", "shipped_at": said(1)}, history=True)
    found = Shipment.objects.get()
    assert (found.shipped_known_at, found.delivered_known_at) == (at(1), at(5))
    assert (found.first_observed_at, found.versions) == (at(1), 2)


def test_a_history_is_corrected_by_what_is_seen_today() -> None:
    ingest("conversations", {"conversation_id": "T", "started_at": said(1), "rating": 2}, history=True)
    assert Conversation.objects.get().rating_known_at == at(1)
    ingest("conversations", {"conversation_id": "T", "rating": 3, "observed_at": said(6)})
    found = Conversation.objects.get()
    assert (found.rating, found.rating_known_at, found.first_observed_at) == (3, at(6), at(1))


def test_a_history_without_times_is_as_old_as_it_can_be() -> None:
    ingest("stores", {"store_id": "S", "name": "Shop"}, {"store_id": "T", "opened_on": "2026-05-02"}, history=True)
    assert Store.objects.get(pk="S").observed_at == datetime(2000, 1, 1, tzinfo=UTC)
    assert Store.objects.get(pk="T").observed_at == datetime(2026, 5, 1, 16, tzinfo=UTC)  # midnight in Shanghai


def test_a_timeless_row_of_a_dated_kind_was_seen_now() -> None:
    before = datetime.now(UTC)
    ingest("shipments", {"order_id": "O", "carrier": "X"}, history=True)
    assert Shipment.objects.get().first_observed_at >= before
    assert ingest("shipments", {"order_id": "O", "carrier": "X"}, history=True).unchanged == 1


def test_an_observation_that_is_stated_overrides_the_history() -> None:
    ingest("orders", order(1, observed_at=said(8)), history=True)
    assert Order.objects.get().first_observed_at == at(8)


def test_daily_counts_have_a_key_of_four_parts() -> None:
    row = {"subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "defect"}
    ingest("daily_counts", {**row, "numerator": 1, "denominator": 9}, {**row, "metric": "orders", "denominator": 9})
    assert ingest("daily_counts", {**row, "numerator": 1, "denominator": 9}).unchanged == 1
    assert ingest("daily_counts", {**row, "numerator": 2}).accepted == 1
    found = DailyCount.objects.get(metric="defect")
    assert (found.numerator, found.denominator, found.versions) == (2, 9, 2)
    assert DailyCount.objects.count() == 2


def test_names_can_be_searched_after_a_change() -> None:
    ingest("stores", {"store_id": "S", "name": "青禾小铺"})
    assert [store.pk for store in subjects_named("store", "青禾")] == ["S"]
    ingest("stores", {"store_id": "S", "name": "Maple House"})
    assert not subjects_named("store", "青禾").exists()
    assert subjects_named("store", "maple").exists()
