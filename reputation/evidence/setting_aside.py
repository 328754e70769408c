"""Setting a unit of evidence aside for a subject because a person found it not to be its doing."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from django.db import transaction

from reputation.base.time import market_day, now
from reputation.evidence.holds import FOR_ONE_PARTY, Finding, units_mark
from reputation.evidence.incidents import Incident, units_known
from reputation.evidence.models import Exclusion, HeldUnit, Hold
from reputation.evidence.services import batch_ingest
from scoring.outcomes.rules import LOGISTICS_ONLY, RULES


def unit_set_aside(*, unit: str, kind: str, subject_id: str, reason: str, source: str) -> bool:
    """Let a unit count against a subject no more; False where that was so by the same `source` already.

    An order is excluded for this party alone, for `reason` (one of EXCLUSION_REASONS), and stays in the volume. Any
    other unit is held for good, for this party alone too. The next night counts it anew.
    `source`: what was decided, "appeal:12". Raises ValueError for a unit that is none.
    """
    return units_set_aside(units=[unit], kind=kind, subject_id=subject_id, reason=reason, source=source) == 1


@transaction.atomic
def units_set_aside(*, units: Iterable[str], kind: str, subject_id: str, reason: str, source: str) -> int:
    """The same for each; returns how many were not set aside by it before."""
    wanted = list(dict.fromkeys(units))
    known = units_known(kind, subject_id, wanted) if reason in LOGISTICS_ONLY else {}
    return sum(
        _set_aside(unit, kind, subject_id, reason_telling(kind, reason, known.get(unit)), source) for unit in wanted
    )


def _set_aside(unit: str, kind: str, subject_id: str, reason: str, source: str) -> bool:
    family, colon, key = unit.partition(":")
    if not (colon and key and family in ("o", "c", "v", "h")):
        raise ValueError(f"{unit!r} is no unit of evidence")
    if family == "o":
        return _order_exclude(key, kind, subject_id, reason, source)
    return _unit_hold(unit, kind, subject_id, reason, source)


def _order_exclude(order_id: str, kind: str, subject_id: str, reason: str, source: str) -> bool:
    key = f"{source}-{_digest(kind, subject_id, order_id)[:32]}"
    if Exclusion.objects.filter(exclusion_id=key, lifted_at=None, retracted=False).exists():
        return False
    row: dict[str, Any] = {
        "exclusion_id": key, "order_id": order_id, "subject_kind": kind, "subject_id": subject_id,
        "reason": reason, "lifted_at": None,
    }  # fmt: skip
    result = batch_ingest(kind="exclusions", rows=[row], source=source)
    if result.rejected:
        raise ValueError(f"{order_id!r} cannot be excluded: {result.rejected[0].error}")
    return True


def reason_telling(kind: str, reason: str, known: Incident | None) -> str:
    """A storm clears parcels alone. Where nothing that counts is about the parcel, and an anchor answers for none, it
    would clear nothing: "other" then does what the person decided."""
    if reason not in LOGISTICS_ONLY:
        return reason
    counts = known.what if known else ()
    parcel = kind == "store" and (not counts or any(RULES[what].aspect == "logistics" for what in counts))
    return reason if parcel else "other"


def _unit_hold(unit: str, kind: str, subject_id: str, reason: str, source: str) -> bool:
    finding = Finding(FOR_ONE_PARTY, (source, kind, subject_id, unit), market_day(now()), (unit,), kind, subject_id)
    facts = {
        "pattern": FOR_ONE_PARTY, "subject_kind": kind, "subject_id": subject_id, "day": finding.day,
        "details": {"source": source}, "status": Hold.Status.CONFIRMED, "held_at": now(), "decided_at": now(),
        "due_on": finding.day, "reason": reason,
    }  # fmt: skip
    hold, made = Hold.objects.get_or_create(fingerprint=finding.fingerprint, defaults=facts)
    if made:
        HeldUnit.objects.create(hold=hold, unit=unit)
        units_mark([unit])
    return made


def _digest(*parts: str) -> str:
    return sha256(chr(31).join(parts).encode()).hexdigest()
