"""Without an incident: what the whole way of a night would count if it were set aside, and never a lower star."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain.again import AT, SYMPTOMS, Rated
from scoring.explain.without import counts_gone, less, set_aside, without
from scoring.features import GRID, HALF_LIVES
from scoring.metrics import BY_KEY, EXCLUSION_REASONS, SubjectKind
from scoring.outcomes import EvidenceFrames
from scoring.outcomes.codes import EPOCH
from tests.scoring.explained_market import AS_OF, counted

MARKET = counted()
TODAY = int((np.datetime64(AS_OF) - EPOCH).astype(int))
KINDS_AND_SOME: list[tuple[SubjectKind, range]] = [("store", range(0, 40, 3)), ("anchor", range(4))]


def chosen(kind: SubjectKind, at: int) -> dict[str, str]:
    """Some of what counts against a subject, each with a reason to set it aside."""
    chance, units = Random(at), MARKET.against(kind, at)
    return {unit: chance.choice(EXCLUSION_REASONS) for unit in chance.sample(units, min(len(units), 5))}


def by_hand(frames: EvidenceFrames, told: dict[tuple[SubjectKind, str], dict[str, str]]) -> EvidenceFrames:
    """The evidence as it would be handed in: an exclusion per order, anything else held for the party."""
    rows, held = [], {role: set(units) for role, units in frames.held_for.items()}
    for (kind, subject_id), units in told.items():
        for unit, reason in units.items():
            if unit.startswith("o:"):
                rows.append({
                    "exclusion_id": f"{kind} {unit}", "reason": reason, "order_id": unit[2:], "subject_kind": kind,
                    "subject_id": subject_id, "retracted": False,
                })  # fmt: skip
            else:
                held.setdefault(kind, set()).add(unit)
    known = frames.exclusions
    table = pd.DataFrame(rows, columns=known.columns).astype({"retracted": bool})
    for name in ("starts_at", "ends_at", "lifted_at"):
        table[name] = pd.to_datetime(table[name], utc=True)
    held_for = {role: frozenset(units) for role, units in held.items()}
    return replace(frames, exclusions=pd.concat([known, table], ignore_index=True), held_for=held_for)


@pytest.mark.parametrize(("kind", "some"), KINDS_AND_SOME)
def test_it_is_what_the_night_would_have_summed_up_from_evidence_without_it(kind: SubjectKind, some: range) -> None:
    told = {(kind, MARKET.ids(kind)[at]): chosen(kind, at) for at in some}
    again, changed = MARKET.sums_of(by_hand(MARKET.frames, told), kind), 0
    for at in some:
        units = chosen(kind, at)
        gone = counts_gone(MARKET.of_units(list(units)), units.items(), MARKET.horizon, kind, MARKET.ids(kind)[at])
        found = less(MARKET.own(kind, at), gone, AS_OF)
        expected = np.stack([again[half_life][at] for half_life in HALF_LIVES])
        np.testing.assert_allclose(found, expected, atol=2 / GRID, rtol=1e-9)
        changed += not np.array_equal(found, MARKET.own(kind, at))
    assert changed >= len(some) / 2


def test_it_is_set_aside_for_this_party_alone() -> None:
    """The anchor of the same order goes on answering for it."""
    both = MARKET.incidents.groupby("unit")["role"].nunique()
    unit = next(one for one in both[both == 2].index if one.startswith("o:"))
    order = MARKET.frames.orders.set_index("order_id").loc[unit[2:]]
    frames = MARKET.of_units([unit])
    store, anchor = (
        counts_gone(frames, [(unit, "attack")], MARKET.horizon, kind, order[f"{kind}_id"])
        for kind in ("store", "anchor")
    )
    assert len(store)
    assert len(anchor)
    aside = set_aside(frames, [(unit, "attack")], "store", order["store_id"])
    assert counts_gone(aside, [(unit, "attack")], MARKET.horizon, "store", order["store_id"]).empty
    pd.testing.assert_frame_equal(
        counts_gone(aside, [(unit, "attack")], MARKET.horizon, "anchor", order["anchor_id"]), anchor
    )


def test_a_storm_clears_the_parcel_and_leaves_the_goods() -> None:
    table = MARKET.incidents[MARKET.incidents["role"] == "store"]
    whats = table.groupby("unit")["what"].agg(set)
    unit = next(key for key, what in whats.items() if {"late_dispatch", "return_quality"} <= what)
    store = table.set_index("unit").loc[unit, "subject_id"].iloc[0]
    frames = MARKET.of_units([unit])
    storm, attack = (
        set(counts_gone(frames, [(unit, why)], MARKET.horizon, "store", store)["counter"])
        for why in ("carrier_event", "attack")
    )
    assert "late_dispatch_n" in storm & attack
    assert "quality_return_n" in attack - storm


@pytest.mark.parametrize(("kind", "some"), KINDS_AND_SOME)
def test_setting_a_real_incident_aside_never_lowers_the_star(kind: SubjectKind, some: range) -> None:
    higher = 0
    for at in some:
        rated = MARKET.rated(kind, at)
        for unit in MARKET.against(kind, at)[:4]:
            gone = counts_gone(MARKET.of_units([unit]), [(unit, "other")], MARKET.horizon, kind, MARKET.ids(kind)[at])
            change = float(without(rated, gone, AS_OF).stars()[0] - rated.stars()[0])
            assert change >= 0.0, unit
            higher += change > 0.0
    assert higher > 3


@cache
def subject(kind: SubjectKind, at: int) -> Rated:
    return MARKET.rated(kind, at)


@st.composite
def incidents(draw: st.DrawFn) -> tuple[Rated, pd.DataFrame]:
    """A subject, and symptoms of it on some days."""
    kind: SubjectKind = draw(st.sampled_from(["store", "anchor"]))
    rated = subject(kind, draw(st.integers(0, len(MARKET.ids(kind)) - 1)))
    keys = st.sampled_from(sorted(key for key in SYMPTOMS if kind in BY_KEY[key].subjects))
    rows = draw(st.lists(st.tuples(keys, st.integers(0, 200), st.integers(1, 3)), min_size=1, max_size=12))
    facts = [(TODAY - age, f"{name}_n", times) for key, age, times in rows for name in (key, "incident")]
    return rated, pd.DataFrame(facts, columns=["day", "counter", "value"])


@settings(max_examples=60, deadline=None)
@given(incidents(), st.data())
def test_removing_incidents_never_lowers_the_star_and_removing_more_never_less(
    drawn: tuple[Rated, pd.DataFrame], data: st.DataObject
) -> None:
    rated, gone = drawn
    some = gone.iloc[: data.draw(st.integers(0, len(gone) // 2)) * 2]
    none, part, all_of_it = (float(one.stars()[0]) for one in (
        rated, without(rated, some, AS_OF), without(rated, gone, AS_OF)
    ))  # fmt: skip
    assert none <= part <= all_of_it


@settings(max_examples=60, deadline=None)
@given(incidents())
def test_each_fact_weighs_what_its_age_leaves_of_it(drawn: tuple[Rated, pd.DataFrame]) -> None:
    rated, gone = drawn
    own = rated.standing.own + 1000.0  # nothing is cut off at 0
    expected = own.copy()
    for day, counter, value in gone.itertuples(index=False):
        for at, half_life in enumerate(HALF_LIVES):
            expected[at, AT[counter]] -= value * 0.5 ** ((TODAY - day) / half_life)
    np.testing.assert_allclose(less(own, gone, AS_OF), expected, atol=1 / GRID)


def test_what_became_known_after_the_night_is_not_in_its_sums() -> None:
    own = MARKET.own("store", 0) + 10.0
    later = pd.DataFrame({"day": [TODAY + 1], "counter": ["late_dispatch_n"], "value": [1.0]})
    np.testing.assert_array_equal(less(own, later, AS_OF), own)
    assert not np.array_equal(less(own, later, AS_OF + timedelta(days=1)), own)


def test_nothing_set_aside_is_nothing_gone() -> None:
    unit = MARKET.against("store", 0)[0]
    frames, rated = MARKET.of_units([unit]), MARKET.rated("store", 0)
    gone = counts_gone(frames, [], MARKET.horizon, "store", MARKET.ids("store")[0])
    assert gone.empty
    assert list(gone.columns) == ["day", "counter", "value"]
    assert without(rated, gone, AS_OF).stars() == rated.stars()
