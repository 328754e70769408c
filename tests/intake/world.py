"""Complaints and questionnaires as tests make them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from reputation.base.time import market_day
from reputation.evidence.incidents import subject_incidents
from reputation.evidence.models import ClosedDay
from reputation.evidence.services import batch_ingest
from reputation.governance.files import Upload
from reputation.intake.complaints import Filed, complaint_file
from reputation.intake.models import Case
from reputation.intake.tokens import OrderLink
from scoring.outcomes.rules import RULES
from tests.governance.appeals.world import at, order, send

TEXT = "The sole came off on the second day."


def market() -> None:
    """What may be complained and asked about: o1 to o3 are of the store s1, o2 of the anchor a1 too; o4 of s2."""
    send("stores", *({"store_id": key, "name": f"Shop {key}", "category": "shoes"} for key in ("s1", "s2")))
    send("anchors", {"anchor_id": "a1", "name": "Lin"}, {"anchor_id": "a2", "name": "Wu"})
    send("orders", order("o1"), order("o2", anchor_id="a1"), order("o3"), order("o4", store_id="s2", anchor_id="a2"))
    send("live_sessions", {"live_id": "L", "anchor_id": "a1", "started_at": at(6)})
    send("invitations", {"invitation_id": "i", "live_id": "L", "respondent_ref": "v|1", "sent_at": at(5)})
    send("complaints", {"complaint_id": "c1", "store_id": "s1", "opened_at": at(6), "category": "service",
                        "closed_at": at(3), "outcome": "upheld", "first_response_at": at(5)})  # fmt: skip


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


def symptoms(kind: str, subject_id: str, today: datetime) -> set[str]:
    """What counts against somebody by the rules of the rating, as far as it comes from complaints, once the platform has
    sent everything up to yesterday."""
    yesterday = market_day(today) - timedelta(days=1)
    ClosedDay.objects.update_or_create(kind="complaints", day=yesterday, defaults={"closed_at": today})
    known = {key for key in RULES if key.startswith("complaint_")}
    return {what for one in subject_incidents(kind, subject_id).incidents for what in one.what} & known


def send_now(kind: str, *rows: dict[str, Any]) -> None:
    result = batch_ingest(kind=kind, rows=rows, source="platform")
    assert not result.rejected, result.rejected


__all__: Sequence[str] = ("TEXT", "Upload", "filed", "fresh", "market", "proven", "send_now", "symptoms")
