"""The fast rules against a slow oracle, in any row order, and what holds when an incident had not happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring.metrics import BY_KEY
from scoring.outcomes import Counted, Horizon, count_units
from tests.scoring.random_evidence import CLOSED_DAYS, markets
from tests.scoring.slow_oracle import Fact, Row, oracle
from tests.scoring.small_evidence import ZONE, frames

Evidence = dict[str, list[Row]]
SLOW = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def as_dict(counted: Counted) -> dict[Fact, int]:
    rows = counted.facts.astype({"unit": "str", "family": "str", "role": "str", "counter": "str"})
    days = [date(2000, 1, 1) + timedelta(days=int(day)) for day in rows["day"]]
    keys = zip(rows["unit"], rows["family"], rows["role"], rows["counter"], days, strict=True)
    return dict(zip(keys, rows["value"].tolist(), strict=True))


def dues(counted: Counted) -> dict[str, date | None]:
    return dict(zip(counted.units["unit"], counted.units["due_on"], strict=True))


@SLOW
@given(markets(), CLOSED_DAYS, st.sampled_from([frozenset(), frozenset({"o:1"})]))
def test_counting_agrees_with_the_slow_oracle(
    evidence: Evidence, closed: dict[str, date | None], held: frozenset[str]
) -> None:
    counted = count_units(frames(**evidence, held=held), Horizon(closed, ZONE))
    facts, due = oracle(evidence, closed, held)
    assert as_dict(counted) == facts
    assert dues(counted) == due


@SLOW
@given(markets(), CLOSED_DAYS, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(evidence: Evidence, closed: dict[str, date | None], chance: Any) -> None:
    horizon = Horizon(closed, ZONE)
    shuffled = {kind: chance.sample(rows, len(rows)) for kind, rows in evidence.items()}
    first, second = count_units(frames(**evidence), horizon), count_units(frames(**shuffled), horizon)
    assert as_dict(first) == as_dict(second)
    assert first.facts.equals(second.facts)
    assert first.units.equals(second.units)


@SLOW
@given(markets(), CLOSED_DAYS)
def test_units_counted_apart_are_counted_the_same(evidence: Evidence, closed: dict[str, date | None]) -> None:
    horizon = Horizon(closed, ZONE)
    together = count_units(frames(**evidence), horizon)
    apart: dict[Fact, int] = {}
    for unit in together.units["unit"]:
        apart |= as_dict(count_units(frames(**evidence, units=frozenset({unit})), horizon))
    assert apart == as_dict(together)


# How each kind of incident looks had it not happened: the rows that take the place of the one that tells of it.
def _no_row(_: Row) -> list[Row]:
    return []


def _contented(row: Row) -> list[Row]:
    scores = {name: row[name] and max(row[name], 5) for name in ("overall", "as_described", "service", "logistics")}
    return [{**row, **scores}]


UNDONE: dict[str, Callable[[Row], list[Row]]] = {"returns": _no_row, "complaints": _no_row, "responses": _contented}


def _parcel_in_time(evidence: Evidence, order: Row) -> Evidence:
    """The same market had the store sent this order at once, the carrier doing what it did, but never late."""
    placed = order["placed_at"]
    mine = [row for row in evidence["shipments"] if row["order_id"] == order["order_id"]]
    blank = dict.fromkeys(("delivered_at", "delivered_known_at"))
    told = mine[0] if mine else {"order_id": order["order_id"], "retracted": False, **blank}
    arrived = min(filter(None, (told["delivered_at"], order["deliver_by"])), default=None)
    sent = {**told, "shipped_at": placed, "shipped_known_at": placed, "delivered_at": arrived,
            "delivered_known_at": min(filter(None, (told["delivered_known_at"], arrived)), default=None)}
    others = [row for row in evidence["shipments"] if row["order_id"] != order["order_id"]]
    kept = {**order, "cancelled_at": None, "cancelled_by": None, "cancelled_known_at": None}
    orders = [kept if row is order else row for row in evidence["orders"]]
    return {**evidence, "orders": orders, "shipments": [*others, sent]}


def _worse(before: dict[Fact, int], after: dict[Fact, int]) -> list[tuple[str, str, str]]:
    """Counters whose sum over the days up to any day speaks more against a subject after than before."""
    found = []
    keys = {fact[:4] for fact in (*before, *after) if fact[1] == "counters"}
    for key in keys:
        _, _, role, counter = key
        days = sorted({fact[4] for fact in (*before, *after) if fact[:4] == key})
        for day in days:
            was, is_now = (sum(v for f, v in facts.items() if f[:4] == key and f[4] <= day) for facts in (before, after))
            numerator = counter.endswith("_n") and counter[:-2] in BY_KEY
            if (is_now > was) if numerator else (counter.endswith("_d") and is_now < was):
                found.append((role, counter, str(day)))
    return found


@SLOW
@given(markets(), CLOSED_DAYS, st.data())
def test_an_incident_that_had_not_happened_speaks_against_nobody(
    evidence: Evidence, closed: dict[str, date | None], data: Any
) -> None:
    incidents = [(kind, place) for kind in UNDONE for place in range(len(evidence[kind]))]
    if not incidents:
        return
    kind, place = data.draw(st.sampled_from(incidents))
    rows = evidence[kind]
    better = {**evidence, kind: [*rows[:place], *UNDONE[kind](rows[place]), *rows[place + 1:]]}
    before, after = oracle(evidence, closed)[0], as_dict(count_units(frames(**better), Horizon(closed, ZONE)))
    assert _worse(before, after) == []


@SLOW
@given(markets(), CLOSED_DAYS, st.data())
def test_a_parcel_sent_at_once_speaks_against_nobody(
    evidence: Evidence, closed: dict[str, date | None], data: Any
) -> None:
    orders = [row for row in evidence["orders"] if row["cancelled_by"] != "buyer"]
    if not orders:
        return
    better = _parcel_in_time(evidence, data.draw(st.sampled_from(orders)))
    before, after = oracle(evidence, closed)[0], as_dict(count_units(frames(**better), Horizon(closed, ZONE)))
    answers = ("negative_answer", "logistics_low", "complaint_logistics", "defect")  # the carrier's excuse is gone
    assert [item for item in _worse(before, after) if not item[1].startswith(answers)] == []
