"""How many subjects a rule would flag tonight at any other threshold, and which threshold fits a team's day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from scoring.policy.evaluate import fires
from scoring.policy.night import Bools, Floats, Night
from scoring.policy.readings import Readings
from scoring.policy.rules import Condition, Group, Leaf, Rule


@dataclass(frozen=True)
class Curve:
    """What moving one threshold of a rule does, all else as it stands.

    `always`: subjects flagged wherever it stands; `readings`: of those whom it decides about, ascending; a threshold
    against a category is meant as its `times`, so their readings are multiples of their yardsticks.
    """

    leaf: Leaf
    present: float
    always: int
    readings: Floats

    def flagged(self, threshold: float) -> int:
        """Subjects flagged were this the threshold."""
        side = "left" if self.leaf.op in (">=", "<") else "right"
        below = int(np.searchsorted(self.readings, threshold, side=side))  # type: ignore[call-overload]
        return self.always + (len(self.readings) - below if ">" in self.leaf.op else below)

    def threshold_for(self, most: int) -> float | None:
        """The threshold nearest to flagging everybody that flags at most so many; None where even none of them fits,
        for more than `most` are flagged wherever it stands. One of the readings, or the present one if that will do."""
        if self.always > most:
            return None
        room = most - self.always
        if len(self.readings) <= room:
            return self.present if self.flagged(self.present) == self.always + len(self.readings) else self._edge()
        ascending = np.unique(self.readings)
        candidates = ascending if ">" in self.leaf.op else ascending[::-1]
        low, high = 0, len(candidates)  # bisection: further along flags fewer
        while low < high:
            middle = (low + high) // 2
            if self.flagged(float(candidates[middle])) <= most:
                high = middle
            else:
                low = middle + 1
        return float(candidates[low]) if low < len(candidates) else self._beyond(float(candidates[-1]))

    def _edge(self) -> float:
        """Flags all that can be flagged."""
        if not len(self.readings):
            return self.present
        loosest = float(self.readings[0] if ">" in self.leaf.op else self.readings[-1])
        if "=" in self.leaf.op:
            return loosest
        return float(np.nextafter(loosest, -np.inf if ">" in self.leaf.op else np.inf))

    def _beyond(self, strictest: float) -> float:
        """Flags none of those it decides about: they all read the same."""
        return float(np.nextafter(strictest, np.inf if ">" in self.leaf.op else -np.inf))

    def as_json(self, steps: int = 21) -> dict[str, Any]:
        """The curve at `steps` of its readings, for a picture or a form."""
        at = np.unique(np.quantile(self.readings, np.linspace(0, 1, steps))) if len(self.readings) else np.array([])
        points = sorted({*(float(x) for x in at), self.present})
        return {
            "line": self.leaf.line, "metric": self.leaf.metric, "window": self.leaf.window, "read": self.leaf.read,
            "op": self.leaf.op, "present": self.present, "flagged": self.flagged(self.present),
            "curve": [{"threshold": point, "flagged": self.flagged(point)} for point in points],
        }  # fmt: skip


def impact(rule: Rule, night: Night, decided: Bools | None = None, readings: Readings | None = None) -> list[Curve]:
    """One curve per comparison of a rule, in the order of the file. `decided`: rows of the roster that are left out, for
    their flag lies before a person already; what is left is what a team would be given tonight. `readings`: those of the
    night, where several rules are asked about."""
    readings = readings or Readings(night)
    asked = np.ones(len(night), dtype=bool) if decided is None else ~decided
    return [_curve(rule, at, leaf, readings, asked) for at, leaf in enumerate(rule.leaves())]


def _curve(rule: Rule, at: int, leaf: Leaf, readings: Readings, asked: Bools) -> Curve:
    """Who is flagged whatever the reading, and who only if this comparison holds; it is tried as always and never true."""
    rate = readings.of(leaf)
    if isinstance(leaf.than, float):
        present, value, any_way = leaf.than, rate, np.zeros(len(rate), dtype=bool)
    else:
        present = leaf.than.times
        yard = readings.than(leaf) / present
        value = np.where(yard > 0, rate / np.maximum(yard, 1e-300), np.nan)
        any_way = (yard == 0) & readings.holds(leaf, rule.least_buyers)  # so many times nothing is nothing
    loosest = -np.inf if ">" in leaf.op else np.inf
    never = fires(_with(rule, at, -loosest, strict=True), readings) & asked
    always = fires(_with(rule, at, loosest, strict=False), readings) & asked
    open_ = always & ~never & np.isfinite(value)
    sure = never | (always & any_way)
    return Curve(leaf, float(present), int(sure.sum()), np.sort(value[open_]))


def _with(rule: Rule, at: int, than: float, *, strict: bool) -> Rule:
    """The rule with one comparison set so that every, or no, known reading meets it."""
    counter = iter(range(at + 1))

    def changed(condition: Condition) -> Condition:
        if isinstance(condition, Group):
            return replace(condition, parts=tuple(changed(part) for part in condition.parts))
        if next(counter, None) != at:
            return condition
        sign = condition.op[0]
        return replace(condition, op=sign if strict else f"{sign}=", than=than)

    when = changed(rule.when)
    assert isinstance(when, Group)  # noqa: S101 (a group stays one)
    return replace(rule, when=when)
