"""Setting evidence aside until a person has looked at it, and letting it count again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import market_day, now
from reputation.base.working_days import working_days_after
from reputation.evidence.models import DirtyUnit, HeldUnit, Hold
from reputation.subjects.impartial import impartial_check

WORKING_DAYS_TO_DECIDE = 5
FOR_ONE_PARTY = "appeal"  # the pattern of what an appeal or an objection set aside: for its subject alone
_ALLOWED = {
    Hold.Status.HELD: (Hold.Status.RELEASED, Hold.Status.CONFIRMED),
    Hold.Status.CONFIRMED: (Hold.Status.RELEASED,),  # a person who looks again lets it count again
    Hold.Status.RELEASED: (),
}


@dataclass(frozen=True)
class Finding:
    """Something that screening found: `parts` are what make it the same finding when it is found again."""

    pattern: str
    parts: tuple[str, ...]
    day: date
    units: tuple[str, ...]
    subject_kind: str = ""
    subject_id: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        return f"{self.pattern}:{hashlib.sha256(chr(31).join(self.parts).encode()).hexdigest()}"


def hold_create(*, finding: Finding) -> int:
    """Hold the finding's units; returns how many were not held by it before.

    The same finding again extends its hold by what is new; one that a person released is not held again.
    """
    with transaction.atomic():
        hold, _created = Hold.objects.get_or_create(fingerprint=finding.fingerprint, defaults=_first_facts(finding))
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        if hold.status == Hold.Status.RELEASED:
            return 0
        known = set(HeldUnit.objects.filter(hold=hold).values_list("unit", flat=True))
        added = sorted(set(finding.units) - known)
        HeldUnit.objects.bulk_create((HeldUnit(hold=hold, unit=unit) for unit in added), batch_size=5000)
        units_mark(added)
    return len(added)


def _first_facts(finding: Finding) -> dict[str, Any]:
    return {
        "pattern": finding.pattern,
        "subject_kind": finding.subject_kind,
        "subject_id": finding.subject_id,
        "day": finding.day,
        "details": finding.details,
        "held_at": now(),
        "due_on": working_days_after(market_day(now()), WORKING_DAYS_TO_DECIDE),
    }


def hold_decide(*, hold: Hold, by: AbstractBaseUser, decision: Hold.Status, reason: str) -> Hold:
    """A person releases what is held (it counts again) or confirms it (it stays aside for good).

    Raises ValidationError without a reason, for who acts for its subject, where the hold is decided already, and where
    an appeal or an objection made it: that decision is not undone here.
    """
    if not reason.strip():
        raise ValidationError(_("Give the reason: the merchant is told it."))
    with transaction.atomic():
        hold = Hold.objects.select_for_update().get(pk=hold.pk)
        impartial_check(by, hold.subject_kind, hold.subject_id)
        if hold.pattern == FOR_ONE_PARTY:
            raise ValidationError(_("An accepted appeal or objection set this aside: that decision stands."))
        if decision not in _ALLOWED[Hold.Status(hold.status)]:
            raise ValidationError(_("This hold is decided already: %(status)s.") % {"status": hold.status})
        hold.status, hold.reason, hold.decided_at = decision, reason.strip(), now()
        hold.decided_by = by  # type: ignore[assignment]
        hold.save(update_fields=["status", "reason", "decided_at", "decided_by"])
        units_mark(hold.units.values_list("unit", flat=True))
        told = {"pattern": hold.pattern, "subject": [hold.subject_kind, hold.subject_id], "reason": hold.reason}
        audit_append(
            actor=by_user(by), action=f"hold.{decision}", object_kind="hold", object_id=str(hold.pk), data=told
        )
    return hold


def units_mark(units: Iterable[str]) -> None:
    DirtyUnit.objects.bulk_create((DirtyUnit(unit=unit) for unit in units), batch_size=5000)
