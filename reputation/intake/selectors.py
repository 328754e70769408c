"""Complaints as their subject, the staff and the one who complained may see them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from reputation.base.time import now
from reputation.evidence.models import Complaint, Order
from reputation.intake.models import Case, File, Message
from reputation.intake.tokens import code_digest
from reputation.subjects.models import LiveSession

DAYS_TO_ANSWER = timedelta(days=10)  # a complaint without any answer by then counts as a symptom
# On an order these are the anchor's doing too; of the rest its store alone can speak.
SELECTION = ("quality", "counterfeit", "safety", "false_advertising")
_WAITS = Q(first_response_at=None, outcome=None, closed_at=None)


@dataclass(frozen=True)
class Waiting:
    """A complaint that nobody has answered yet."""

    id: str
    opened_at: datetime
    due: datetime  # when the ten days end
    category: str


def complaints_of(kind: str, subject_id: str) -> QuerySet[Complaint]:
    """All complaints about a store or anchor, of the platform and of our own form: those that name it, and those about
    its orders as far as it may have to answer for them."""
    return _any_of(_parts(kind, subject_id)).filter(retracted=False, opened_at__isnull=False)


def _parts(kind: str, subject_id: str) -> list[QuerySet[Complaint]]:
    """By each way in which one may be about them; a complaint may be in several."""
    if "\0" in subject_id:
        return []
    orders = Order.objects.filter(**{f"{kind}_id": subject_id}, retracted=False).values("order_id")
    if kind == "store":
        return [Complaint.objects.filter(store_id=subject_id), Complaint.objects.filter(order_id__in=orders)]
    lives = LiveSession.objects.filter(anchor_id=subject_id, retracted=False).values("live_id")
    ordered = Complaint.objects.filter(order_id__in=orders, category__in=SELECTION)
    return [Complaint.objects.filter(anchor_id=subject_id), Complaint.objects.filter(live_id__in=lives), ordered]


def _any_of(parts: list[QuerySet[Complaint]]) -> QuerySet[Complaint]:
    """Each part has an index of its own; joined by OR they would be one walk over all complaints there are."""
    if not parts:
        return Complaint.objects.none()
    first, *more = (part.values("pk") for part in parts)
    return Complaint.objects.filter(pk__in=first.union(*more))


def _waiting(kind: str, subject_id: str) -> QuerySet[Complaint]:
    """What waits is little of all there is, so it is asked for first: whose order it is about then takes a look at each
    of these, and not one at each order of theirs."""
    running = _WAITS & Q(retracted=False, opened_at__gt=now() - DAYS_TO_ANSWER)
    return _any_of([part.filter(running) for part in _parts(kind, subject_id)])


def complaints_waiting(kind: str, subject_id: str) -> list[Waiting]:
    """Those without an answer whose ten days still run, the most urgent first."""
    rows = _waiting(kind, subject_id).order_by("opened_at", "complaint_id")
    told = rows.values_list("complaint_id", "opened_at", "category")
    return [Waiting(pk, opened, opened + DAYS_TO_ANSWER, category or "other") for pk, opened, category in told]


def complaints_waiting_count(kind: str, subject_id: str) -> int:
    return _waiting(kind, subject_id).count()


def waits(complaint: Complaint) -> bool:
    """Whether nobody has answered or decided it."""
    return complaint.first_response_at is None and complaint.outcome is None and complaint.closed_at is None


def due(complaint: Complaint) -> datetime:
    assert complaint.opened_at is not None  # noqa: S101 (without a time it is not listed)
    return complaint.opened_at + DAYS_TO_ANSWER


def overdue(complaint: Complaint) -> bool:
    return due(complaint) <= now()


def days_left(complaint: Complaint) -> int:
    """Until the ten days are over, a begun day too; 0 where they are."""
    return max(0, math.ceil((due(complaint) - now()) / timedelta(days=1)))


def listed(kind: str, subject_id: str, *, shown: str = "", search: str = "") -> QuerySet[Complaint]:
    """For the subject's own list: what still waits first, the most urgent on top, then the latest. `shown`: "waiting",
    "open", "closed" or all; `search`: how the complaint's or the order's id begins."""
    rows = complaints_of(kind, subject_id)
    closed = Q(outcome__isnull=False) | Q(closed_at__isnull=False)
    if shown == "waiting":
        rows = rows.filter(_WAITS)
    if shown in ("open", "closed"):
        rows = rows.filter(closed) if shown == "closed" else rows.exclude(closed)
    if search:
        rows = rows.filter(Q(complaint_id__startswith=search) | Q(order_id__startswith=search))
    running = _WAITS & Q(opened_at__gt=now() - DAYS_TO_ANSWER)
    # Of those whose clock runs the oldest is the most urgent; of the others the newest comes first.
    urgency = models.Case(models.When(running=True, then=F("opened_at")), default=None)
    return rows.annotate(running=running).order_by(urgency.asc(nulls_last=True), "-opened_at", "complaint_id")


def messages_of(complaint_ids: Iterable[str]) -> dict[str, list[Message]]:
    """What was said about each, oldest first, files along."""
    return _grouped(Message.objects.filter(complaint_id__in=list(complaint_ids)))


def messages_for(kind: str, subject_id: str, complaint_ids: Iterable[str]) -> dict[str, list[Message]]:
    """The same as a subject may read it: its own answers, and what was written to it. Never another's answers."""
    ids = list(complaint_ids)
    to_it = Case.objects.filter(kind=kind, subject_id=subject_id, complaint_id__in=ids).values("complaint_id")
    own = Q(author=Message.Author.SUBJECT, kind=kind, subject_id=subject_id)
    said = Q(author=Message.Author.COMPLAINANT, complaint_id__in=to_it)
    return _grouped(Message.objects.filter(own | said, complaint_id__in=ids))


def _grouped(rows: QuerySet[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = {}
    files = models.Prefetch("files", File.objects.defer("content").order_by("id"))
    for message in rows.order_by("id").prefetch_related(files):
        found.setdefault(message.complaint_id, []).append(message)
    return found


def case_by_code(code: str) -> Case | None:
    return Case.objects.filter(code_digest=code_digest(code)).first()


def answered(case: Case) -> bool:
    """Whether its subject has spoken."""
    return Message.objects.filter(_answers(case.kind, case.subject_id), complaint_id=case.complaint_id).exists()


def _answers(kind: Any, subject_id: Any) -> Q:
    return Q(author=Message.Author.SUBJECT, kind=kind, subject_id=subject_id)


def heard(case: Case) -> bool:
    """Whether its subject has spoken, or has let its ten days pass."""
    return case.opened_at is not None and (now() >= case.opened_at + DAYS_TO_ANSWER or answered(case))


def cases(state: str = "") -> QuerySet[Case]:
    """For the staff. "received": to be checked; "waiting": for the subject; "heard": to be decided; or all there are."""
    of_subject = _answers(OuterRef("kind"), OuterRef("subject_id"))
    spoken = Exists(Message.objects.filter(of_subject, complaint_id=OuterRef("complaint_id")))
    rows = Case.objects.annotate(spoken=spoken)
    over = Q(opened_at__lte=now() - DAYS_TO_ANSWER)
    if state == "waiting":
        return rows.filter(~over, state=Case.State.OPEN, spoken=False).order_by("opened_at", "id")
    if state == "heard":
        return rows.filter(over | Q(spoken=True), state=Case.State.OPEN).order_by("opened_at", "id")
    if state == Case.State.RECEIVED:
        return rows.filter(state=state).order_by("received_at", "id")
    return (rows.filter(state=state) if state else rows).order_by("-received_at", "-id")


def cases_to_do() -> int:
    """How many wait for the staff: to be checked, or to be decided."""
    return cases(Case.State.RECEIVED).count() + cases("heard").count()


def export_rows(kind: str, subject_id: str) -> Iterator[dict[str, Any]]:
    """All complaints about a subject with what both sides said, as the subject may have them: nobody is named."""
    about = complaints_of(kind, subject_id)
    said = messages_for(
        kind,
        subject_id,
        Message.objects.filter(complaint_id__in=about.values("pk")).values_list("complaint_id", flat=True),
    )
    for complaint in about.order_by("opened_at", "complaint_id").iterator(2000):
        yield {
            "complaint": complaint.complaint_id, "order": complaint.order_id, "category": complaint.category,
            "opened_at": complaint.opened_at, "text": complaint.text, "first_response_at": complaint.first_response_at,
            "closed_at": complaint.closed_at, "outcome": complaint.outcome,
            "messages": [
                {"author": one.author, "at": one.at, "text": one.text} for one in said.get(complaint.complaint_id, [])
            ],
        }  # fmt: skip
