"""Setting a unit aside for a subject: it counts against that party no more, whatever else is known of it."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings

from reputation.evidence.frames import unit_frames
from reputation.evidence.incidents import units_known
from reputation.evidence.models import DirtyUnit, Exclusion, Hold
from reputation.evidence.selectors import closed_through
from reputation.evidence.services import batch_ingest
from reputation.evidence.setting_aside import unit_set_aside, units_set_aside
from scoring.outcomes import Horizon, count_units
from tests.governance.appeals.world import at, market, returned, send

pytestmark = pytest.mark.django_db
TOLD = {"kind": "store", "subject_id": "s1", "reason": "platform_fault", "source": "appeal:1"}
STORM = {**TOLD, "reason": "force_majeure"}


@pytest.fixture(autouse=True)
def evidence(db: None) -> None:
    market()


def counts(unit: str) -> dict[tuple[str, str, date], int]:
    """(role, counter, day) -> value of a unit, as the next night counts it."""
    facts = count_units(unit_frames([unit]), Horizon(closed_through(), settings.MARKET_TIME_ZONE)).facts
    rows = facts[facts["family"] == "counters"].to_dict("records")
    return {(row["role"], row["counter"], row["day"]): row["value"] for row in rows}


def named(unit: str, role: str) -> set[str]:
    return {counter for party, counter, _day in counts(unit) if party == role}


def test_an_order_counts_against_this_party_no_more_and_against_the_other_as_before() -> None:
    before = counts("o:o2")
    assert unit_set_aside(unit="o:o2", **TOLD)
    after = counts("o:o2")
    assert {key: after[key] for key in after if key[0] == "anchor"} == {
        key: before[key] for key in before if key[0] == "anchor"
    }
    assert "quality_return_n" in named("o:o2", "anchor")
    assert "quality_return_n" not in named("o:o2", "store")
    assert {"excluded_platform_fault", "orders", "quality_return_d"} <= named("o:o2", "store")


def test_an_anchor_is_cleared_without_the_store() -> None:
    anchor = {**TOLD, "kind": "anchor", "subject_id": "a1", "reason": "carrier_event"}
    assert unit_set_aside(unit="o:o2", **anchor)
    assert "quality_return_n" in named("o:o2", "store")
    assert "quality_return_n" not in named("o:o2", "anchor")  # though a carrier's doing clears parcels alone
    assert Exclusion.objects.get().reason == "other"


def test_a_subject_that_is_no_party_of_the_order_clears_nobody() -> None:
    before = counts("o:o2")
    unit_set_aside(unit="o:o2", **{**TOLD, "subject_id": "s2"})
    assert counts("o:o2") == before


def test_a_storm_clears_the_parcel_and_not_the_goods() -> None:
    send("returns", returned("r1", "o1", "counterfeit"))
    assert unit_set_aside(unit="o:o1", **STORM)
    assert "late_dispatch_n" not in named("o:o1", "store")
    assert "quality_return_n" in named("o:o1", "store")
    assert Exclusion.objects.get().reason == "force_majeure"


def test_a_storm_that_would_clear_nothing_is_kept_as_another_reason() -> None:
    assert units_set_aside(units=["o:o2", "o:o3", "o:o2"], **STORM) == 2
    assert "quality_return_n" not in named("o:o2", "store")  # a person found that it does not count
    reasons = dict(Exclusion.objects.values_list("order_id", "reason"))
    assert reasons == {"o2": "other", "o3": "force_majeure"}  # of o3 nothing counts as yet


@pytest.mark.parametrize(
    ("unit", "role", "counter"),
    [
        ("c:c1", "store", "complaint_service_n"),
        ("h:h1", "store", "slow_reply_n"),
        ("v:L|v|1", "anchor", "false_promotion_n"),
    ],
)
def test_any_other_unit_is_held_for_good(unit: str, role: str, counter: str) -> None:
    subject = {"kind": role, "subject_id": "s1" if role == "store" else "a1"}
    assert counter in named(unit, role)
    assert unit_set_aside(unit=unit, **{**TOLD, **subject})
    assert named(unit, role) == {"held"}
    hold = Hold.objects.get()
    assert (hold.pattern, hold.status, hold.details) == ("appeal", "confirmed", {"source": "appeal:1"})
    assert units_known(role, subject["subject_id"], [unit])[unit].held


def test_a_complaint_that_names_both_goes_on_counting_against_the_other() -> None:
    send("complaints", {"complaint_id": "lie", "store_id": "s1", "anchor_id": "a1", "opened_at": at(6), "closed_at": at(3),
                        "category": "false_advertising", "outcome": "upheld"})  # fmt: skip
    assert unit_set_aside(unit="c:lie", **TOLD)
    assert named("c:lie", "store") == {"held"}
    assert "complaint_honesty_n" in named("c:lie", "anchor")
    assert units_known("anchor", "a1", ["c:lie"])["c:lie"].counts
    assert not units_known("store", "s1", ["c:lie"])["c:lie"].counts


@pytest.mark.parametrize("unit", ["o:o1", "c:c1", "h:h1"])
def test_again_it_changes_nothing_and_marks_nothing(unit: str) -> None:
    assert unit_set_aside(unit=unit, **TOLD)
    DirtyUnit.objects.all().delete()
    assert not unit_set_aside(unit=unit, **TOLD)
    assert not DirtyUnit.objects.exists()
    assert Exclusion.objects.count() + Hold.objects.count() == 1


@pytest.mark.parametrize("unit", ["o:o1", "c:c1", "h:h1", "v:L|v|1"])
def test_it_marks_the_unit_for_the_next_night(unit: str) -> None:
    DirtyUnit.objects.all().delete()
    unit_set_aside(unit=unit, **TOLD)
    assert list(DirtyUnit.objects.values_list("unit", flat=True)) == [unit]


def test_what_was_lifted_may_be_set_aside_anew() -> None:
    unit_set_aside(unit="o:o1", **TOLD)
    lifted = {"exclusion_id": Exclusion.objects.get().exclusion_id, "lifted_at": "2026-07-02T00:00:00Z"}
    assert batch_ingest(kind="exclusions", rows=[lifted], source="test").accepted == 1
    assert "late_dispatch_n" in named("o:o1", "store")
    assert unit_set_aside(unit="o:o1", **TOLD)
    assert "late_dispatch_n" not in named("o:o1", "store")


def test_two_sources_may_set_aside_the_same_order() -> None:
    assert unit_set_aside(unit="o:o1", **TOLD)
    assert unit_set_aside(unit="o:o1", **{**TOLD, "source": "objection:7"})
    assert Exclusion.objects.count() == 2


def test_the_longest_ids_fit() -> None:
    long = "x" * 128
    assert unit_set_aside(unit=f"o:{long}", **{**TOLD, "subject_id": "y" * 128, "source": f"objection:{10**15}"})


@pytest.mark.parametrize("unit", ["", "o:", "o1", "x:1", ":1"])
def test_what_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(ValueError, match="is no unit of evidence"):
        unit_set_aside(unit=unit, **TOLD)
