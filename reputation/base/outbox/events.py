"""Events: what happened, written by the transaction in which it happened, and due to every endpoint that wants it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import Delivery, OutboxEvent, WebhookEndpoint
from reputation.base.time import now

EVENTS = ("rating.published", "action.started", "action.changed", "action.ended", "appeal.decided")


def event_emit(*, event: str, subject_key: str, payload: Mapping[str, Any]) -> OutboxEvent:
    """Tell the endpoints, once the caller's transaction commits. Call it late in that transaction.

    Events of one `subject_key` reach an endpoint in the order in which their transactions committed. `payload` is plain
    JSON. Raises ValueError for an unknown event.
    """
    if event not in EVENTS:
        raise ValueError(f"{event!r} is no event; one of {', '.join(EVENTS)}")
    ledger_lock()
    moment = now()
    made = OutboxEvent.objects.create(event=event, subject_key=subject_key, payload=dict(payload), created_at=moment)
    Delivery.objects.bulk_create(
        Delivery(event=made, endpoint=endpoint, subject_key=subject_key, due_at=moment)
        for endpoint in WebhookEndpoint.objects.filter(events__contains=[event])
    )
    return made


def event_body(event: OutboxEvent) -> bytes:
    """What is sent: the same bytes at every attempt. Read the event from the database, which orders a payload's keys."""
    document = {
        "id": str(event.id),
        "event": event.event,
        "sequence": event.sequence,
        "subject": event.subject_key,
        "at": event.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "data": event.payload,
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
