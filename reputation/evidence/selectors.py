"""Reads of the evidence's deliveries; what the evidence says is read by the night."""

from datetime import date

from django.db.models import Max, QuerySet

from reputation.evidence.kinds import KINDS
from reputation.evidence.models import ClosedDay, RejectedRow
from reputation.evidence.reach import exclusion_units, live_units

__all__ = ["closed_through", "exclusion_units", "live_units", "rejected_rows"]


def closed_through() -> dict[str, date | None]:
    """Per kind the last day that the platform closed."""
    closed = dict(ClosedDay.objects.values_list("kind").annotate(Max("day")))
    return {kind: closed.get(kind) for kind in KINDS}


def rejected_rows(*, kind: str = "", resent: bool = False) -> QuerySet[RejectedRow]:
    """Rejected rows, newest first: those still open, or those that were resent."""
    rows = RejectedRow.objects.filter(resent_at__isnull=not resent).select_related("batch").order_by("-id")
    return rows.filter(kind=kind) if kind else rows
