"""Reading objections."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from reputation.governance.models import Objection, ObjectionLine


def objections_counted(objections: QuerySet[Objection]) -> QuerySet[Objection]:
    """These, newest first, with how many of their lines are open, accepted and refused."""
    counts = {
        f"lines_{state}": Count("lines", filter=Q(lines__state=state))
        for state in (ObjectionLine.State.OPEN, ObjectionLine.State.ACCEPTED, ObjectionLine.State.REFUSED)
    }
    return objections.annotate(**counts).order_by("-id")


def objections_open(kind: str, subject_id: str) -> int:
    """How many wait to be decided: three at most."""
    return Objection.objects.filter(kind=kind, subject_id=subject_id, state=Objection.State.OPEN).count()
