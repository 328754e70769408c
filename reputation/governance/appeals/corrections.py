"""Corrections of past nights that won appeals have ordered: what became of them, and another try."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Case, QuerySet, Value, When

from reputation.base.audit import audit_append, by_user
from reputation.governance.models import Correction

_State = Correction.State


def corrections() -> QuerySet[Correction]:
    """Failed ones first, then those that wait, then the latest."""
    rank = Case(When(state=_State.FAILED, then=Value(0)), When(state=_State.WAITING, then=Value(1)), default=Value(2))
    return Correction.objects.select_related("appeal__action", "appeal__item").order_by(rank, "-id")


@transaction.atomic
def correction_retry(*, correction: Correction, by: AbstractBaseUser) -> bool:
    """Let the next night try a failed one again, from where it stopped. False where it did not fail (any more)."""
    failed = Correction.objects.filter(pk=correction.pk, state=_State.FAILED)
    if not failed.update(state=_State.WAITING, note="", done_at=None):
        return False
    data = {"subject": [correction.kind, correction.subject_id], "appeal": correction.appeal_id, "why": correction.note}
    audit_append(
        actor=by_user(by),
        action="correction.retried",
        object_kind="correction",
        object_id=str(correction.pk),
        data=data,
    )
    return True
