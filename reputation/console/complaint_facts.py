"""What helps to judge a complaint: its order, and what else came from the same place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from reputation.base.time import now
from reputation.evidence.models import Complaint, Order
from reputation.intake.models import Case
from reputation.intake.selectors import complaints_of

RECENT = timedelta(days=30)


@dataclass(frozen=True)
class Facts:
    """`of_order`: other complaints about the same order. `same_caller`: others that came from the same address on the
    same day; `alike` of them about the same subject. `recent`: all about the subject in the last 30 days."""

    order: Order | None
    belongs: bool
    of_order: list[str]
    same_caller: int
    alike: list[Case]
    recent: int


def facts(case: Case) -> Facts:
    order = Order.objects.filter(pk=case.order_id, retracted=False).first() if case.order_id else None
    others = Case.objects.filter(caller_day=case.caller_day).exclude(pk=case.pk).order_by("-received_at")
    return Facts(
        order=order,
        belongs=order is not None and getattr(order, f"{case.kind}_id") == case.subject_id,
        of_order=_of_order(case),
        same_caller=others.count(),
        alike=list(others.filter(kind=case.kind, subject_id=case.subject_id)[:10]),
        recent=complaints_of(case.kind, case.subject_id).filter(opened_at__gte=now() - RECENT).count(),
    )


def _of_order(case: Case) -> list[str]:
    if not case.order_id:
        return []
    rows = Complaint.objects.filter(order_id=case.order_id, retracted=False).exclude(pk=case.complaint_id)
    return list(rows.order_by("complaint_id").values_list("pk", flat=True)[:10])
