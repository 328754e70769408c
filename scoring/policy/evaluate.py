"""A policy over a whole night: which subjects each rule flags, and by what readings.

found = evaluate(policy, night)              # one Found per rule
for flag in flags(night, found): ...         # subject, rule and readings, sorted
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.policy.night import KINDS, Bools, Floats, Ints, Night
from scoring.policy.readings import Readings
from scoring.policy.rules import Condition, Group, Leaf, Policy, Rule


@dataclass(frozen=True)
class Column:
    """One comparison of a rule for the subjects that the rule flags: whether it held (and took part), its reading, what
    it was compared with, and what the reading is made of."""

    leaf: Leaf
    held: Bools
    value: Floats
    than: Floats
    n: Floats | None
    d: Floats | None


@dataclass(frozen=True)
class Found:
    """`rows`: rows of the roster that a rule flags, ascending; `columns`: its comparisons, in the order of the file."""

    rule: Rule
    rows: Ints
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Reading:
    """A comparison that held. `n` of `d`: None for stars."""

    metric: str
    window: int
    read: str
    op: str
    than: float
    value: float
    n: float | None
    d: float | None


@dataclass(frozen=True)
class Flag:
    """A rule that fired for a subject. `orders`: valid ones of the last 30 days."""

    kind: str
    subject_id: str
    category: str
    rule: str
    severity: str
    orders: int
    readings: tuple[Reading, ...]

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"readings": [vars(reading) for reading in self.readings]}


def evaluate(policy: Policy, night: Night, readings: Readings | None = None) -> list[Found]:
    """Every rule of the policy, in its order, over all subjects of the night."""
    shared = readings or Readings(night)
    return [_rule(rule, shared) for rule in policy.rules]


def fires(rule: Rule, readings: Readings) -> Bools:
    """Which rows of the roster a rule flags."""
    return _holds(rule.when, readings, rule.least_buyers) & readings.night.of(rule.scope)


def _rule(rule: Rule, readings: Readings) -> Found:
    rows = np.flatnonzero(fires(rule, readings))
    parts = _taking_part(rule.when, np.ones(len(rows), dtype=bool), rows, readings, rule.least_buyers)
    return Found(rule, rows, tuple(parts))


def _holds(condition: Condition, readings: Readings, least_buyers: int) -> Bools:
    if isinstance(condition, Leaf):
        return readings.holds(condition, least_buyers)
    parts = [_holds(part, readings, least_buyers) for part in condition.parts]
    return np.asarray((np.logical_and if condition.kind == "all" else np.logical_or).reduce(parts))


def _taking_part(
    condition: Condition, within: Bools, rows: Ints, readings: Readings, least_buyers: int
) -> Iterator[Column]:
    """The comparisons below a condition; one takes part where every group above it holds too."""
    held = within & _holds(condition, readings, least_buyers)[rows]
    if isinstance(condition, Group):
        for part in condition.parts:
            yield from _taking_part(part, held, rows, readings, least_buyers)
        return
    counts = readings.counts(condition)
    n, d = (part[rows] for part in counts) if counts else (None, None)
    yield Column(condition, held, readings.of(condition)[rows], readings.than(condition)[rows], n, d)


def flags(night: Night, found: Iterable[Found], only: Ints | None = None) -> Iterator[Flag]:
    """Flags one by one, by rule and row; `only` these rows of the roster."""
    for one in found:
        wanted = np.arange(len(one.rows)) if only is None else np.flatnonzero(np.isin(one.rows, only))
        yield from (_flag(night, one, int(at)) for at in wanted)


def _flag(night: Night, found: Found, at: int) -> Flag:
    row = found.rows[at]
    return Flag(
        KINDS[night.kinds[row]],
        night.ids[row],
        str(night.categories[row]),
        found.rule.id,
        found.rule.severity,
        round(float(night.orders[row])),
        tuple(_reading(column, at) for column in found.columns if column.held[at]),
    )


def _reading(column: Column, at: int) -> Reading:
    leaf = column.leaf
    n, d = (None if part is None else round(float(part[at]), 4) for part in (column.n, column.d))
    return Reading(leaf.metric, leaf.window, leaf.read, leaf.op, float(column.than[at]), float(column.value[at]), n, d)


def flagged(found: Sequence[Found], size: int) -> Bools:
    """Which of `size` rows any rule flags."""
    out = np.zeros(size, dtype=bool)
    for one in found:
        out[one.rows] = True
    return out
