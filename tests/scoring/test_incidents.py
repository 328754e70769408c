"""What the counts sum up, in words: the same incidents, on the same days, of the same parties."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import CATALOGUE, EXCLUSION_REASONS
from scoring.outcomes import Horizon
from scoring.outcomes.incidents import COLUMNS, incidents_of
from scoring.outcomes.rules import RULES
from tests.scoring.random_evidence import Evidence, closed_days, market
from tests.scoring.small_evidence import (
    ZONE,
    closed_through,
    complaint,
    conversation,
    day,
    exclusion,
    frames,
    invitation,
    order,
    response,
    returned,
    shipment,
)
from tests.scoring.test_outcomes_oracle import as_dict, counted_of

SHARES = {f"{m.key}_n" for m in CATALOGUE if m.unit == "share" and m.key not in ("defect", "problem", "incident")}


def found(closed: str | None = None, **evidence: Any) -> list[dict[str, Any]]:
    rows = incidents_of(frames(**evidence), closed_through(closed)).to_dict("records")
    return [{**row, "day": row["day"].date()} for row in rows]


def brief(rows: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(row["unit"], row["role"], row["what"]) for row in rows}


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32))
def test_what_is_not_set_aside_is_exactly_what_is_counted(seed: int) -> None:
    evidence, held = market(seed), frozenset({"o:1", "o:2", "c:loose1"})
    held_for = {"store": frozenset({"c:loose2"}), "anchor": frozenset({"c:loose3"})}
    told = incidents_of(frames(**evidence, held=held, held_for=held_for), Horizon(closed_days(seed), ZONE))
    assert tuple(told.columns) == COLUMNS
    counts = {
        key: value
        for key, value in as_dict(counted_of(evidence, seed, held, held_for=held_for)).items()
        if key[3] in SHARES
    }
    alive = told[(told["excluded"] < 0) & ~told["held"]]
    assert dict.fromkeys(_firsts(alive), 1) == counts


def _firsts(told: pd.DataFrame) -> set[tuple[str, str, str, str, date]]:
    """Of each unit, party and metric the earliest day, as facts name it."""
    metrics = {key: rule.metric for key, rule in RULES.items()}
    rows = told.assign(metric=[metrics.get(what, what) for what in told["what"]]).dropna(subset="metric")
    first = rows.groupby(["unit", "role", "metric"])["day"].min().reset_index()
    keys = zip(first["unit"], first["role"], first["metric"], first["day"], strict=True)
    return {(unit, "counters", role, f"{metric}_n", day.date()) for unit, role, metric, day in keys}


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 2**32))
def test_setting_aside_hides_nothing(seed: int) -> None:
    """The same rows without any exclusion: only the marks differ, and what a storm excuses."""
    evidence = market(seed)
    excused = {"negative_answer", "logistics_low", "complaint_delivery"}
    assert _without(evidence, seed, evidence["exclusions"], excused) == _without(evidence, seed, [], excused)


def _without(evidence: Evidence, seed: int, exclusions: list[Any], left_out: set[str]) -> set[tuple[Any, ...]]:
    horizon = Horizon(closed_days(seed), ZONE)
    told = incidents_of(frames(**{**evidence, "exclusions": exclusions}), horizon)
    return {
        (row["unit"], row["role"], row["subject_id"], row["what"], row["day"])
        for row in told.to_dict("records")
        if row["what"] not in left_out
    }


def test_each_party_is_told_its_own() -> None:
    rows = found(orders=[order(anchor_id="A")], returns=[returned(), returned(return_id="r2", first_reason="damaged")])
    assert brief(rows) == {
        ("o:1", "store", "return_quality"), ("o:1", "anchor", "return_quality"), ("o:1", "store", "return_damaged"),
    }  # fmt: skip
    assert {(row["role"], row["subject_id"]) for row in rows} == {("store", "S"), ("anchor", "A")}
    assert {row["day"] for row in rows} == {day("03-06")}


def test_a_late_parcel_under_an_exclusion_shows_its_reason_for_the_party_alone() -> None:
    late = {"orders": [order(ship_by="03-03 10:00", anchor_id="A")], "shipments": [shipment(shipped_at="03-04 10:00")]}
    aside = exclusion(order_id="1", subject_kind="store", subject_id="S", reason="platform_fault")
    rows = found(**late, returns=[returned()], exclusions=[aside])
    marks = {(row["role"], row["what"]): row["excluded"] for row in rows}
    at = EXCLUSION_REASONS.index("platform_fault")
    assert marks == {
        ("store", "late_dispatch"): at, ("store", "return_quality"): at, ("anchor", "return_quality"): -1,
    }  # fmt: skip


def test_a_held_unit_is_told_with_what_it_would_be() -> None:
    loose = complaint(order_id=None, store_id="S", category="counterfeit", outcome="upheld", closed_at="03-08 10:00")
    (row,) = found(complaints=[loose], held=frozenset({"c:c1"}))
    assert (row["what"], row["held"], row["grave"], row["day"]) == ("complaint_product", True, True, day("03-08"))


def test_a_complaint_that_is_set_aside_for_the_store_is_still_told_of_the_anchor() -> None:
    loose = complaint(order_id=None, store_id="S", anchor_id="A", outcome="upheld", closed_at="03-08 10:00")
    rows = found(complaints=[loose], held_for={"store": frozenset({"c:c1"})})
    assert {row["role"]: row["held"] for row in rows} == {"store": True, "anchor": False}


def test_voices_and_chats_are_told_by_metric() -> None:
    rows = found(
        "03-02",
        responses=[response(order_id=None, live_id="L", false_promotion=True, hype=False)],
        invitations=[invitation()],
        live_anchors={"L": "A"},
        conversations=[conversation(first_reply_at="03-01 10:30", rating=1.0, resolved=True)],
    )
    assert brief(rows) == {
        ("v:L|B", "anchor", "false_promotion"), ("h:h1", "store", "slow_reply"), ("h:h1", "store", "chat_low"),
    }  # fmt: skip


def test_nothing_is_told_of_an_order_that_does_not_count() -> None:
    given_up = order(cancelled_at="03-01 11:00", cancelled_by="buyer")
    assert found(orders=[given_up], returns=[returned()]) == []
    assert found() == []
