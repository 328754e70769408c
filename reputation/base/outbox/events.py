"""Events: what happened, written by the transaction in which it happened, and due to every endpoint that wants it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from django.db.models import Q, QuerySet

from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import Delivery, OutboxEvent, WebhookEndpoint
from reputation.base.time import now

_OF_SUBJECTS = (
    "action.started", "action.changed", "action.ended", "appeal.decided",
    "complaint.opened", "complaint.answered", "complaint.decided",
)  # fmt: skip
EVENTS = ("rating.published", *_OF_SUBJECTS)  # that a platform may ask for
OWN_EVENTS = ("rating.changed", *_OF_SUBJECTS)  # that a store or an anchor may ask for, each about itself


def event_emit(*, event: str, subject_key: str, payload: Mapping[str, Any]) -> OutboxEvent:
    """Tell the endpoints, once the caller's transaction commits. Call it late in that transaction.

    Events of one `subject_key` reach an endpoint in the order in which their transactions committed. `payload` is plain
    JSON. A store's or an anchor's own endpoints hear of what is about it, and of nothing else. Raises ValueError for an
    unknown event.
    """
    if event not in EVENTS + OWN_EVENTS:
        raise ValueError(f"{event!r} is no event; one of {', '.join(EVENTS)}")
    ledger_lock()
    moment = now()
    made = OutboxEvent.objects.create(event=event, subject_key=subject_key, payload=dict(payload), created_at=moment)
    Delivery.objects.bulk_create(
        Delivery(event=made, endpoint=endpoint, subject_key=subject_key, due_at=moment)
        for endpoint in _listening(event, subject_key)
    )
    return made


def events_emit(*, event: str, told: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """A great many at once, pairs of a subject's key and a payload, to the subjects' own endpoints: everybody else who
    writes to the logs waits for a few statements and not for one after the other. Raises ValueError as event_emit."""
    if event not in OWN_EVENTS:
        raise ValueError(f"{event!r} is no event of subjects; one of {', '.join(OWN_EVENTS)}")
    hooks: dict[str, list[WebhookEndpoint]] = defaultdict(list)
    for hook in WebhookEndpoint.objects.filter(events__contains=[event]).exclude(subject_kind=""):
        hooks[hook.subject_key].append(hook)
    ledger_lock()
    moment = now()
    made = OutboxEvent.objects.bulk_create(
        OutboxEvent(event=event, subject_key=key, payload=dict(payload), created_at=moment) for key, payload in told
    )
    Delivery.objects.bulk_create(
        Delivery(event=one, endpoint=hook, subject_key=one.subject_key, due_at=moment)
        for one in made
        for hook in hooks[one.subject_key]
    )


def _listening(event: str, subject_key: str) -> QuerySet[WebhookEndpoint]:
    """The platform's endpoints, and those of the subject that it is about."""
    kind, _colon, subject_id = subject_key.partition(":")
    own = Q(subject_kind=kind, subject_id=subject_id) & ~Q(subject_id="")
    return WebhookEndpoint.objects.filter(Q(subject_kind="") | own, events__contains=[event])


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
