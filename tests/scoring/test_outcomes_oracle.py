"""The fast rules against a slow oracle, in any row order, and what holds when an incident had not happened."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import BY_KEY
from scoring.outcomes import Counted, Horizon, count_units
from tests.scoring.random_evidence import QUESTIONS, Chance, Evidence, closed_days, market
from tests.scoring.slow_oracle import Fact, Row, oracle
from tests.scoring.small_evidence import ZONE, frames

SEEDS = st.integers(0, 2**32)
FEW = settings(deadline=None, max_examples=12)  # each example is a market of 60 independent orders


def as_dict(counted: Counted) -> dict[Fact, int]:
    rows = counted.facts.astype({"unit": "str", "family": "str", "role": "str", "counter": "str"})
    days = [date(2000, 1, 1) + timedelta(days=int(day)) for day in rows["day"]]
    keys = zip(rows["unit"], rows["family"], rows["role"], rows["counter"], days, strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def counted_of(evidence: Evidence, seed: int, held: frozenset[str] = frozenset()) -> Counted:
    return count_units(frames(**evidence, held=held), Horizon(closed_days(seed), ZONE))


@FEW
@given(SEEDS)
def test_counting_agrees_with_the_slow_oracle(seed: int) -> None:
    evidence, held = market(seed), frozenset({"o:1", "o:2"})
    counted = counted_of(evidence, seed, held)
    facts, due = oracle(evidence, closed_days(seed), held)
    assert dict(sorted(as_dict(counted).items() ^ facts.items())) == {}
    assert dict(zip(counted.units["unit"], counted.units["due_on"], strict=True)) == due


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


def worse(before: dict[Fact, int], after: dict[Fact, int]) -> set[tuple[str, ...]]:
    """Counters whose sum over the days up to some day speaks more against a subject after than before."""
    found = set()
    for key in {fact[:4] for fact in (*before, *after) if fact[1] == "counters"}:
        numerator = key[3].endswith("_n") and key[3][:-2] in BY_KEY
        series = [_sums(facts, key) for facts in (before, after)]
        for day in {day for one in series for day in one}:
            was, is_now = (sum(value for when, value in one.items() if when <= day) for one in series)
            if (is_now > was) if numerator else (key[3].endswith("_d") and is_now < was):
                found.add(key)
    return found


def _sums(facts: dict[Fact, int], key: tuple[str, ...]) -> dict[date, int]:
    days = {fact[4] for fact in facts if fact[:4] == key}
    return {day: facts[key[0], key[1], key[2], key[3], day] for day in days}


def _contented(row: Row) -> Row:
    return {**row, **{name: row[name] and 5 for name in QUESTIONS}}


def _without_incidents(evidence: Evidence, kind: str, chance: Chance) -> Evidence:
    """The market without some of its incidents: no such return or complaint, contented answers instead of low ones."""
    chosen = [chance.random() < 0.5 for _ in evidence[kind]]
    pairs = list(zip(evidence[kind], chosen, strict=True))
    rows = (
        [_contented(row) if undo else row for row, undo in pairs]
        if kind == "responses"
        else [row for row, undo in pairs if not undo]
    )
    return {**evidence, kind: rows}


@FEW
@given(SEEDS, st.sampled_from(["returns", "complaints", "responses"]))
def test_an_incident_that_had_not_happened_speaks_against_nobody(seed: int, kind: str) -> None:
    evidence = market(seed, size=30)
    better = _without_incidents(evidence, kind, Chance(seed))
    assert worse(as_dict(counted_of(evidence, seed)), as_dict(counted_of(better, seed))) == set()


def _sent_at_once(evidence: Evidence) -> Evidence:
    """The same market had every store sent its orders at once and cancelled none, and had no parcel come late."""
    told = {row["order_id"]: row for row in evidence["shipments"]}
    kept = {"cancelled_at": None, "cancelled_by": None, "cancelled_known_at": None}
    orders = [{**row, **kept} if row["cancelled_by"] == "merchant" else row for row in evidence["orders"]]
    return {**evidence, "orders": orders, "shipments": [_in_time(row, told.get(row["order_id"], {})) for row in orders]}


def _in_time(order: Row, told: Row) -> Row:
    placed = order["placed_at"]
    arrived = min(filter(None, (told.get("delivered_at"), order["deliver_by"])), default=None)
    known = min(filter(None, (told.get("delivered_known_at"), arrived)), default=None)
    return {
        "order_id": order["order_id"],
        "retracted": False,
        "shipped_at": placed,
        "shipped_known_at": placed,
        "delivered_at": arrived,
        "delivered_known_at": known,
    }


@FEW
@given(SEEDS)
def test_a_parcel_sent_at_once_speaks_against_nobody(seed: int) -> None:
    evidence = market(seed)
    # A buyer who cancelled an order that had not left would not count; sent at once, it would.
    evidence["orders"] = [row for row in evidence["orders"] if row["cancelled_by"] != "buyer"]
    for row in evidence["orders"]:  # a promise that ran out before the order cannot be kept
        for promise in ("ship_by", "deliver_by"):
            row[promise] = row[promise] and max(row[promise], row["placed_at"])
    # Where the carrier was late, its excuse for low answers is gone too: those are not looked at here.
    plain = {**evidence, "responses": [], "complaints": []}
    assert worse(as_dict(counted_of(plain, seed)), as_dict(counted_of(_sent_at_once(plain), seed))) == set()
