"""A store, an anchor, what was bought from them and went wrong, and people on both sides of the desk."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from reputation.base.models import AuditEntry
from reputation.evidence.services import batch_ingest
from reputation.governance.actions.services import action_propose
from reputation.governance.models import Action
from reputation.subjects.services import membership_grant
from tests.governance.actions.world import person, wanted

NOON = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)  # a Wednesday, 12:00 in the market
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(40)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


class Upload(io.BytesIO):
    """A file as a form gives it."""

    def __init__(self, content: bytes, name: str = "proof.png") -> None:
        super().__init__(content)
        self.name, self.size = name, len(content)


def send(kind: str, *rows: dict[str, Any]) -> None:
    """As history: each fact is known when it happened."""
    result = batch_ingest(kind=kind, rows=json.dumps(rows).encode(), source="test", history=True)
    assert not result.rejected, result.rejected


def at(days_ago: float) -> str:
    return (NOON - timedelta(days=days_ago)).isoformat()


def market() -> None:
    """o1 came late, o2 came back for quality and is of the anchor too, o3 is fine, o4 is another store's; loose ones."""
    send(
        "stores",
        *(
            {"store_id": key, "name": f"Shop {key}", "category": "shoes", "opened_on": "2025-01-01"}
            for key in ("s1", "s2")
        ),
    )
    send(
        "anchors",
        {"anchor_id": "a1", "name": "Lin", "observed_at": at(300)},
        {"anchor_id": "a2", "name": "Wu", "observed_at": at(300)},
    )
    send("orders", *(order(key, **more) for key, more in (
        ("o1", {}), ("o2", {"anchor_id": "a1"}), ("o3", {}), ("o4", {"store_id": "s2", "anchor_id": "a2"}),
    )))  # fmt: skip
    send(
        "shipments",
        {"order_id": "o1", "shipped_at": at(7), "delivered_at": at(5)},
        *({"order_id": key, "shipped_at": at(9.5), "delivered_at": at(8)} for key in ("o2", "o3", "o4")),
    )
    send("returns", returned("r2", "o2"), returned("r4", "o4"))
    send("live_sessions", {"live_id": "L", "anchor_id": "a1", "started_at": at(6)})
    send("invitations", {"invitation_id": "i", "live_id": "L", "respondent_ref": "v|1", "sent_at": at(5)})
    send("responses", {"response_id": "q", "live_id": "L", "respondent_ref": "v|1", "answered_at": at(4),
                       "answers": {"false_promotion": "yes", "hype": "no"}})  # fmt: skip
    send("complaints", {"complaint_id": "c1", "store_id": "s1", "opened_at": at(6), "category": "service",
                        "closed_at": at(3), "outcome": "upheld", "first_response_at": at(5)})  # fmt: skip
    send("conversations", {"conversation_id": "h1", "store_id": "s1", "started_at": at(4), "first_reply_at": at(3.9)})


def order(key: str, **more: Any) -> dict[str, Any]:
    return {
        "order_id": key, "store_id": "s1", "buyer_ref": f"buyer of {key}", "amount": "10.00", "currency": "CNY",
        "placed_at": at(10), "ship_by": at(8), "deliver_by": at(4),
    } | more  # fmt: skip


def returned(key: str, order_id: str, reason: str = "quality") -> dict[str, Any]:
    return {"return_id": key, "order_id": order_id, "opened_at": at(6), "reason": reason, "refunded_at": at(5)}


def member(name: str, subject_id: str = "s1", kind: str = "store") -> User:
    user = User.objects.create_user(name)
    membership_grant(user=user, kind=kind, subject_id=subject_id, role="owner", by="test")
    return user


def sanctioned(sanction: str = "listing_ban", *, by: User | None = None, subject_id: str = "s1", **more: Any) -> Action:
    """Somebody on the desk acts on the subject."""
    by = by or User.objects.filter(username="ann").first() or person("ann")
    kind = "anchor" if subject_id.startswith("a") else "store"
    return action_propose(kind=kind, subject_id=subject_id, wanted=wanted(sanction, **more), by=by)


def log(kind: str) -> list[str]:
    return list(AuditEntry.objects.filter(object_kind=kind).order_by("sequence").values_list("action", flat=True))


def july(day: int) -> date:
    return date(2026, 7, day)
