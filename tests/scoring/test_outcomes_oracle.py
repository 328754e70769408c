"""The fast rules against a slow oracle, and in any row order."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.outcomes import Counted, Horizon, count_units
from tests.scoring.random_evidence import Chance, Evidence, closed_days, market
from tests.scoring.slow_oracle import Fact, oracle
from tests.scoring.small_evidence import ZONE, due, frames

SEEDS = st.integers(0, 2**32)
FEW = settings(deadline=None, max_examples=12)  # each example is a market of 60 independent orders


def as_dict(counted: Counted) -> dict[Fact, int]:
    rows = counted.facts.astype({"unit": "str", "family": "str", "role": "str", "counter": "str"})
    days = [date(2000, 1, 1) + timedelta(days=int(day)) for day in rows["day"]]
    keys = zip(rows["unit"], rows["family"], rows["role"], rows["counter"], days, strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def counted_of(evidence: Evidence, seed: int, held: frozenset[str] = frozenset(), **more: object) -> Counted:
    return count_units(frames(**evidence, held=held, **more), Horizon(closed_days(seed), ZONE))


@FEW
@given(SEEDS)
def test_counting_agrees_with_the_slow_oracle(seed: int) -> None:
    evidence, held = market(seed), frozenset({"o:1", "o:2"})
    held_for = {"store": frozenset({"c:loose1", "c:loose2"}), "anchor": frozenset({"c:loose2", "c:loose3"})}
    counted = counted_of(evidence, seed, held, held_for=held_for)
    pairs = frozenset((role, unit) for role, units in held_for.items() for unit in units)
    facts, dues = oracle(evidence, closed_days(seed), held, pairs)
    assert dict(sorted(as_dict(counted).items() ^ facts.items())) == {}
    assert due(counted) == dues


@FEW
@given(SEEDS)
def test_the_order_of_the_rows_does_not_matter(seed: int) -> None:
    evidence, chance = market(seed), Chance(seed)
    shuffled = {kind: chance.sample(rows, len(rows)) for kind, rows in evidence.items()}
    first, second = counted_of(evidence, seed), counted_of(shuffled, seed)
    assert first.facts.equals(second.facts)
    assert first.units.equals(second.units)


@settings(deadline=None, max_examples=2)
@given(SEEDS)
def test_units_counted_apart_are_counted_the_same(seed: int) -> None:
    evidence = market(seed, size=6)
    together = counted_of(evidence, seed)
    apart: dict[Fact, int] = {}
    for unit in together.units["unit"]:
        alone = frames(**evidence, units=frozenset({unit}))
        apart |= as_dict(count_units(alone, Horizon(closed_days(seed), ZONE)))
    assert apart == as_dict(together)
