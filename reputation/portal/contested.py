"""What a subject has said against single incidents so far, and until when that is decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from reputation.governance.models import Appeal, ObjectionLine
from reputation.governance.objections.services import TRIES

_Line = ObjectionLine.State
APPEALED = "appealed"


@dataclass(frozen=True)
class Contested:
    """`state`: of the last objection to it (open, accepted, refused, withdrawn), or "appealed" while an appeal against a
    measure disputes it; `due`: by when an open one is decided; `pk`: of the objection or appeal; `final`: no more can
    be said against it."""

    state: str
    due: date | None
    pk: int
    final: bool

    @property
    def open(self) -> bool:
        return self.state in (_Line.OPEN, APPEALED)


def contested(kind: str, subject_id: str, units: Iterable[str]) -> dict[str, Contested]:
    """Unit -> what was said against it, for those of which something was."""
    wanted = list(units)
    found, refused = dict[str, Contested](), dict[str, int]()
    lines = ObjectionLine.objects.filter(kind=kind, subject_id=subject_id, unit__in=wanted).order_by("id")
    for line in lines.select_related("objection").only("unit", "state", "objection__due_on"):
        refused[line.unit] = refused.get(line.unit, 0) + (line.state == _Line.REFUSED)
        due, final = line.objection.due_on if line.state == _Line.OPEN else None, refused[line.unit] >= TRIES
        found[line.unit] = Contested(str(line.state), due, line.objection_id, final)
    return found | _appealed(kind, subject_id, set(wanted))


def _appealed(kind: str, subject_id: str, wanted: set[str]) -> dict[str, Contested]:
    about = {"action__kind": kind, "action__subject_id": subject_id, "state": Appeal.State.OPEN}
    rows = Appeal.objects.filter(**about).values_list("pk", "due_on", "units")
    return {unit: Contested(APPEALED, due, pk, final=False) for pk, due, units in rows for unit in wanted & set(units)}
