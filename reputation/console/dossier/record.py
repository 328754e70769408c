"""What was ever found, decided and contested about one subject, newest first."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from reputation.evidence.models import Hold
from reputation.governance.models import Action, Appeal, Flag, Objection
from reputation.ratings.models import DriftClearance


def flags(kind: str, subject_id: str) -> QuerySet[Flag]:
    """Open ones first."""
    rows = Flag.objects.filter(kind=kind, subject_id=subject_id).select_related("policy", "item").defer("policy__text")
    return rows.annotate(decided=~Q(state=Flag.State.OPEN)).order_by("decided", "-id")


def actions(kind: str, subject_id: str) -> QuerySet[Action]:
    return Action.objects.filter(kind=kind, subject_id=subject_id).order_by("-id")


def appeals(kind: str, subject_id: str) -> QuerySet[Appeal]:
    rows = Appeal.objects.filter(action__kind=kind, action__subject_id=subject_id)
    return rows.select_related("action", "filed_by", "decided_by", "item").order_by("-id")


def objections(kind: str, subject_id: str) -> QuerySet[Objection]:
    rows = Objection.objects.filter(kind=kind, subject_id=subject_id).select_related("filed_by", "item")
    accepted = Count("lines", filter=Q(lines__state="accepted"))
    return rows.annotate(line_count=Count("lines"), accepted=accepted).order_by("-id")


def holds(kind: str, subject_id: str) -> QuerySet[Hold]:
    rows = Hold.objects.filter(subject_kind=kind, subject_id=subject_id).select_related("decided_by")
    return rows.annotate(unit_count=Count("units")).order_by("-held_at", "-id")


def clearances(kind: str, subject_id: str) -> QuerySet[DriftClearance]:
    return DriftClearance.objects.filter(kind=kind, subject_id=subject_id).order_by("-night")
