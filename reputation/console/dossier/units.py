"""Evidence that somebody disputes, as lines that a person can judge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from reputation.console import held_units
from reputation.console.dossier.orders import order_facts
from reputation.console.held_units import Line
from reputation.console.labels import UNITS
from reputation.evidence.models import HeldUnit
from reputation.governance.appeals.units import Disputable, symptom, units_told


class UnitLine(NamedTuple):
    """`facts`: of an order what became of it."""

    unit: str  # as evidence knows it: "o:<order>"
    family: str
    line: Line
    facts: list[str]


class Disputed(NamedTuple):
    """`told` None: the evidence is no incident of the subject any more."""

    evidence: UnitLine
    told: Disputable | None

    @property
    def what(self) -> list[str]:
        incident = self.told.incident if self.told else None
        return [symptom(key) for key in (*incident.what, *incident.aside)] if incident else []


def unit_lines(units: Sequence[str]) -> list[UnitLine]:
    """In the order of `units`."""
    found = held_units.lines([HeldUnit(unit=unit) for unit in units])
    facts = order_facts(line.key for line in found if line.family == "o")
    return [
        UnitLine(unit, str(UNITS.get(line.family, line.family)), line, facts.get(line.key, []))
        for unit, line in zip(units, found, strict=True)
    ]


def disputed(kind: str, subject_id: str, units: Sequence[str]) -> list[Disputed]:
    """In the order of `units`, with what is wrong with each."""
    known = {told.unit: told for told in units_told(kind, subject_id, list(units), answers=True)}
    return [Disputed(line, known.get(line.unit)) for line in unit_lines(units)]
