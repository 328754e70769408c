"""One order set aside for one party of it: what that does to this party, to the other, and to everybody else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scoring.random_evidence import EXCLUSIONS, Chance, Evidence, market
from tests.scoring.small_evidence import bad, complaint, count, exclusion, order, response, returned, shipment, told
from tests.scoring.test_outcomes_oracle import as_dict, counted_of
from tests.scoring.test_outcomes_undone import SHARES, Facts

# Late by the store's doing, returned for quality: both parties have something to answer for.
BOTH: dict[str, Any] = {
    "orders": [order(anchor_id="A", ship_by="03-03 10:00", deliver_by="03-06 10:00")],
    "shipments": [shipment(shipped_at="03-04 10:00", delivered_at="03-05 10:00")],
    "returns": [returned()],
}
STORES, ANCHORS = {"store.late_dispatch", "store.quality_return"}, {"anchor.quality_return"}


def against(**given: Any) -> set[str]:
    """What speaks against whom under the exclusion; `defect` and `problem` sum it up."""
    return {key for key in bad(count(**BOTH, exclusions=[exclusion(order_id="1", **given)])) if "." in key} - {
        f"{role}.{name}" for role in ("store", "anchor") for name in ("defect", "problem")
    }


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({}, set()),
        ({"subject_kind": "store", "subject_id": "S"}, ANCHORS),
        ({"subject_kind": "anchor", "subject_id": "A"}, STORES),
        ({"subject_kind": "store", "subject_id": "T"}, STORES | ANCHORS),  # no party of this order
        ({"subject_kind": "anchor", "subject_id": "S"}, STORES | ANCHORS),  # a party, but not as what it is called
        ({"subject_kind": "store"}, set()),  # half a name is none
        ({"subject_id": "S"}, set()),
        ({"subject_kind": "store", "subject_id": "S", "lifted_at": "03-09 10:00"}, STORES | ANCHORS),
        ({"subject_kind": "store", "subject_id": "S", "retracted": True}, STORES | ANCHORS),
        ({"subject_kind": "store", "subject_id": "S", "reason": "carrier_event"}, {"store.quality_return"} | ANCHORS),
        ({"subject_kind": "store", "subject_id": "S", "region": "elsewhere"}, ANCHORS),  # the order is named
        ({"subject_kind": "store", "subject_id": "S", "starts_at": "03-20 10:00"}, ANCHORS),
    ],
)
def test_an_exclusion_of_an_order_honours_the_subject_that_it_names(given: dict[str, Any], left: set[str]) -> None:
    assert against(**given) == left


def test_the_order_stays_in_the_volume_and_shows_its_reason_for_this_party_alone() -> None:
    counted = told(count(**BOTH, exclusions=[exclusion(order_id="1", subject_kind="store", subject_id="S")]))
    assert counted["counters", "store", "excluded_attack", "03-04"] == 1
    assert ("counters", "anchor", "excluded_attack", "03-04") not in counted
    assert counted["counters", "store", "quality_return_d", "03-01"] == 1


def test_two_parties_are_set_aside_one_by_one() -> None:
    both = [
        exclusion(exclusion_id=key, order_id="1", subject_kind=kind, subject_id=key)
        for kind, key in (("store", "S"), ("anchor", "A"))
    ]
    assert bad(count(**BOTH, exclusions=both)) == {}


@pytest.mark.parametrize(
    ("reason", "excused"),
    [("force_majeure", True), ("carrier_event", True), ("platform_fault", False), ("attack", False)],
)
def test_a_storm_that_is_found_for_the_store_delayed_the_parcel_for_the_anchor_too(reason: str, excused: bool) -> None:
    late = {**BOTH, "shipments": [shipment(shipped_at="03-04 10:00", delivered_at="03-08 10:00")], "returns": []}
    aside = exclusion(order_id="1", subject_kind="store", subject_id="S", reason=reason)
    found = bad(count(**late, responses=[response(overall=1)], exclusions=[aside]))
    assert ("anchor.negative_answer" in found) is not excused
    assert "store.negative_answer" not in found


def test_a_complaint_without_an_order_may_be_set_aside_for_one_of_whom_it_names() -> None:
    """An anchor's false promise is no fault of the store, and stays the anchor's."""
    lie = complaint(
        order_id=None,
        store_id="S",
        anchor_id="A",
        category="false_advertising",
        outcome="upheld",
        closed_at="03-08 10:00",
    )
    both = bad(count(complaints=[lie]))
    assert set(both) == {"store.complaint_honesty", "anchor.complaint_honesty"}
    counted = count(complaints=[lie], held_for={"store": frozenset({"c:c1"})})
    assert set(bad(counted)) == {"anchor.complaint_honesty"}
    assert told(counted)["counters", "store", "held", "03-06"] == 1
    assert ("counters", "anchor", "held", "03-06") not in told(counted)


def set_aside(evidence: Evidence, chance: Chance) -> tuple[Evidence, set[tuple[str, str]]]:
    """Some orders for one of their parties each, and (unit, role) of them."""
    chosen = [row for row in evidence["orders"] if chance.random() < 0.5]
    rows, who = [], set()
    for row in chosen:
        role = chance.choice(("store", "anchor") if row["anchor_id"] else ("store",))
        given = {"subject_kind": role, "subject_id": row[f"{role}_id"], "reason": chance.choice(EXCLUSIONS)}
        rows.append(exclusion(exclusion_id=f"aside {row['order_id']}", order_id=row["order_id"], **given))
        who.add((f"o:{row['order_id']}", role))
    return {**evidence, "exclusions": [*evidence["exclusions"], *rows]}, who


def compared(facts: Facts) -> Facts:
    """Shares and their denominators; waits are left out of both sides, and `excluded_` is the mark itself."""
    return {key: value for key, value in facts.items() if key[1] == "counters" and "_time_" not in key[3]}


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32))
def test_setting_aside_makes_no_share_worse_on_any_day_and_touches_nobody_else(seed: int) -> None:
    evidence, chance = market(seed, size=50), Chance(seed)
    before = compared(as_dict(counted_of(evidence, seed)))
    changed, who = set_aside(evidence, chance)
    after = compared(as_dict(counted_of(changed, seed)))
    for key in before.keys() | after.keys():
        was, is_now = before.get(key, 0), after.get(key, 0)
        if key[3] in SHARES:
            assert is_now <= was, key
        if key[3].endswith("_d") or key[3] == "orders":
            assert is_now == was, key
        # A storm that was found for the store excuses answers about the anchor, who is never worse for it.
        shared = key[2] == "anchor" and (key[0], "store") in who
        if (key[0], key[2]) not in who and not shared:
            assert is_now == was, key


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 2**32))
def test_setting_aside_again_changes_nothing(seed: int) -> None:
    evidence, _who = set_aside(market(seed, size=30), Chance(seed))
    again = [{**row, "exclusion_id": f"again {row['exclusion_id']}"} for row in evidence["exclusions"]]
    doubled = {**evidence, "exclusions": [*evidence["exclusions"], *again]}
    assert as_dict(counted_of(doubled, seed)) == as_dict(counted_of(evidence, seed))
