"""Live rooms: of an anchor those it hosted, of a store those in which its goods were sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, QuerySet

from reputation.evidence.models import Complaint, Order, Response
from reputation.subjects.models import LiveSession

AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Live:
    """`orders`: of this subject in it; `answers`, `false_promotion`: everybody's answers, and who said yes; uninvited
    answers are among them, though only invited viewers count for a rating."""

    session: LiveSession
    orders: int
    complaints: int
    answers: int
    false_promotion: int


def sessions(kind: str, subject_id: str) -> QuerySet[LiveSession]:
    """Newest first."""
    rows = LiveSession.objects.filter(retracted=False)
    if kind == "anchor":
        return rows.filter(anchor_id=subject_id).order_by("-started_at", "-live_id")
    sold = Order.objects.filter(store_id=subject_id, live_id__isnull=False).values("live_id")
    return rows.filter(live_id__in=sold).order_by("-started_at", "-live_id")


def lives(kind: str, subject_id: str, page: Sequence[LiveSession]) -> list[Live]:
    ids = [session.live_id for session in page]
    orders = _count(_orders(kind, subject_id, page))
    complaints = _count(Complaint.objects.filter(live_id__in=ids, retracted=False))
    answers = Response.objects.filter(live_id__in=ids, retracted=False, false_promotion__isnull=False)
    told, yes = _count(answers), _count(answers.filter(false_promotion=True))
    return [
        Live(session, *(found.get(session.live_id, 0) for found in (orders, complaints, told, yes))) for session in page
    ]


def _orders(kind: str, subject_id: str, page: Sequence[LiveSession]) -> QuerySet[Order]:
    """Of an anchor those placed until two days after the last live began: orders are found by their time, not by their
    live."""
    starts = [session.started_at for session in page if session.started_at]
    rows = Order.objects.filter(live_id__in=[session.live_id for session in page], retracted=False)
    if kind == "store":
        return rows.filter(store_id=subject_id)
    return rows.filter(placed_at__range=(min(starts), max(starts) + AFTER)) if starts else rows.none()


def _count(rows: QuerySet) -> dict[str, int]:
    return dict(rows.order_by().values_list("live_id").annotate(Count("pk")))
