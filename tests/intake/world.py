"""Complaints and questionnaires as tests make them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from reputation.evidence.incidents import subject_incidents
from reputation.evidence.models import ClosedDay
from reputation.evidence.services import batch_ingest
from reputation.governance.files import Upload
from reputation.intake.complaints import Filed, complaint_file
from reputation.intake.models import Case
from reputation.intake.tokens import OrderLink
from scoring.outcomes.rules import RULES

TEXT = "The sole came off on the second day."


def filed(link: OrderLink | None = None, **told: Any) -> Filed:
    """A complaint about the store s1 unless told otherwise."""
    about = {
        "kind": "store", "subject_id": "s1", "category": "quality", "text": TEXT, "order_id": "o1",
        "caller": "203.0.113.7", "request": uuid.uuid4().hex, "files": [],
    } | told  # fmt: skip
    return complaint_file(link=link, **about)


def proven(order_id: str = "o1", **told: Any) -> Case:
    return filed(OrderLink(order_id, ""), **told).case


def fresh(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def close_days(through: datetime) -> None:
    """The platform has sent everything up to this day."""
    ClosedDay.objects.update_or_create(
        kind="complaints", day=through.date(), defaults={"closed_at": datetime.now(UTC)}
    )


def symptoms(kind: str, subject_id: str) -> set[str]:
    """What counts against somebody by the rules of the rating, as far as it comes from complaints."""
    known = {key for key in RULES if key.startswith("complaint_")}
    return {what for one in subject_incidents(kind, subject_id).incidents for what in one.what} & known


def send_now(kind: str, *rows: dict[str, Any]) -> None:
    result = batch_ingest(kind=kind, rows=rows, source="platform")
    assert not result.rejected, result.rejected


__all__: Sequence[str] = ("TEXT", "Upload", "close_days", "filed", "fresh", "proven", "send_now", "symptoms")
