"""Deliveries: claimed for a while, sent, written down. At least once, in order per subject and endpoint.

A claim is a due date in the future. A worker that dies leaves it to run out; nobody has to find out that it died.
"""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from queue import SimpleQueue
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, When

from reputation.base.models import Delivery, OutboxEvent, WebhookEndpoint
from reputation.base.outbox.addresses import Resolver, resolve
from reputation.base.outbox.endpoints import live_secrets
from reputation.base.outbox.events import event_body
from reputation.base.outbox.sending import TOTAL_SECONDS, Answer, PinnedConnection
from reputation.base.outbox.signing import signature
from reputation.base.time import now

State = Delivery.State
LEASE = timedelta(seconds=60)
BATCH = 40
SENDERS = 4  # connections per endpoint
ENDPOINTS_AT_ONCE = 8
STRIKES = 4  # failures in a batch without a success, after which the rest of it is left for later
BUDGET_SECONDS = 35.0  # sending begins no later, so that a task of the cluster ends within its 60 seconds
FIRST_WAIT, LONGEST_WAIT, GIVE_UP = timedelta(seconds=30), timedelta(hours=4), timedelta(hours=24)
KEPT = timedelta(days=90)
PRUNED_AT_ONCE = 1000


def deliver_due(*, seconds: float = BUDGET_SECONDS, resolver: Resolver = resolve) -> int:
    """Send what is due until nothing is, or the seconds are over; returns how much was delivered.

    Any number of processes may do this at once. An endpoint that is slow or down delays no other; the platform's come
    before those of stores and anchors, and these in an order by lot, so that none of a great many is always the last.
    """
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(ENDPOINTS_AT_ONCE) as pool:
        return sum(pool.map(lambda endpoint: _serve(endpoint, until, resolver), endpoints_due()))


def endpoints_due() -> list[WebhookEndpoint]:
    """Those that something may be sent to now, in the order in which they are served."""
    due = WebhookEndpoint.objects.filter(Exists(_due().filter(endpoint=OuterRef("pk"))))
    return list(due.order_by(Case(When(subject_kind="", then=0), default=1), "?"))


def _serve(endpoint: WebhookEndpoint, until: float, resolver: Resolver) -> int:
    """In a thread of its own, which has its own connection to the database."""
    delivered = 0
    channels = _channels(endpoint, resolver)
    try:
        while time.monotonic() < until and (batch := claim(endpoint)):
            ends = min(until, time.monotonic() + LEASE.total_seconds() - 2 * TOTAL_SECONDS)
            answers = _send_all(batch, live_secrets(endpoint), channels, ends)
            record(batch, answers)
            accepted = sum(answer is not None and answer.accepted for answer in answers)
            delivered += accepted
            if not accepted:
                break  # it is down, or refuses everything: others' turn
    finally:
        for _number in range(SENDERS):
            channels.get().close()
        connection.close()
    return delivered


def _channels(endpoint: WebhookEndpoint, resolver: Resolver) -> SimpleQueue[PinnedConnection]:
    url = urlsplit(endpoint.url)
    tls = ssl.create_default_context() if url.scheme == "https" else None
    channels: SimpleQueue[PinnedConnection] = SimpleQueue()
    for _number in range(SENDERS):
        channels.put(PinnedConnection(url, resolver=resolver, tls=tls, members=bool(endpoint.subject_kind)))
    return channels


def _due() -> QuerySet[Delivery]:
    """What may be sent now: nothing before the earlier of the same subject to the same endpoint."""
    waiting = Delivery.objects.filter(state=State.WAITING)
    earlier = waiting.filter(
        endpoint=OuterRef("endpoint"), subject_key=OuterRef("subject_key"), event__lt=OuterRef("event")
    )
    return waiting.filter(~Exists(earlier), due_at__lte=now(), endpoint__active=True)


@transaction.atomic
def claim(endpoint: WebhookEndpoint) -> list[Delivery]:
    """Up to a batch of deliveries that nobody else sends until the lease runs out, no two of one subject."""
    free = _due().filter(endpoint=endpoint).select_related("event").order_by("event")
    batch = list(free.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    mark = {"claim": uuid4(), "due_at": now() + LEASE}
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in batch]).update(**mark)
    for delivery in batch:
        delivery.claim, delivery.due_at = mark["claim"], mark["due_at"]
    return batch


def _send_all(
    batch: Sequence[Delivery], secrets: Sequence[str], channels: SimpleQueue[PinnedConnection], ends: float
) -> list[Answer | None]:
    """An answer per delivery; None where it was left, because time was up or the endpoint seems to be down."""
    heard: list[Answer] = []

    def one(delivery: Delivery) -> Answer | None:
        failing = len(heard) >= STRIKES and not any(answer.accepted for answer in heard)
        if failing or time.monotonic() >= ends:
            return None
        channel = channels.get()
        try:
            heard.append(answer := _send(delivery, secrets, channel))
        finally:
            channels.put(channel)
        return answer

    with ThreadPoolExecutor(SENDERS) as pool:
        return list(pool.map(one, batch))


def _send(delivery: Delivery, secrets: Sequence[str], channel: PinnedConnection) -> Answer:
    body = event_body(delivery.event)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Livestar",
        "Livestar-Event": delivery.event.event,
        "Livestar-Delivery": str(delivery.pk),
        "Livestar-Signature": signature(body=body, secrets=secrets, moment=int(time.time())),
    }
    return channel.post(body, headers)


@transaction.atomic
def record(batch: Sequence[Delivery], answers: Sequence[Answer | None]) -> None:
    """What came of a batch. Where the claim has run out meanwhile, it is another's to say."""
    groups: dict[int | None, list[Delivery]] = {}
    for delivery, answer in zip(batch, answers, strict=True):
        if answer is None or answer.accepted:
            groups.setdefault(answer and answer.status, []).append(delivery)
        else:
            _mine([delivery]).update(**_tried(answer), **_failed(delivery))
    _mine(groups.pop(None, [])).update(claim=None, due_at=now())  # those that were left
    for status, accepted in groups.items():
        _mine(accepted).update(state=State.DELIVERED, **_tried(Answer(status)))


def _mine(deliveries: Sequence[Delivery]) -> QuerySet[Delivery]:
    claims = {delivery.claim for delivery in deliveries}
    pks = [delivery.pk for delivery in deliveries]
    return Delivery.objects.filter(pk__in=pks, claim__in=claims, state=State.WAITING)


def _tried(answer: Answer) -> dict[str, object]:
    said = {"status": answer.status, "error": answer.error, "last_tried_at": now()}
    return {"attempts": F("attempts") + 1, "claim": None, **said}


def _failed(delivery: Delivery) -> dict[str, object]:
    moment = now()
    first = delivery.first_failed_at or moment
    if moment >= first + GIVE_UP:
        return {"state": State.DEAD}
    return {"first_failed_at": first, "due_at": min(moment + wait(delivery.attempts + 1), first + GIVE_UP)}


def wait(failures: int) -> timedelta:
    """Until the next attempt: twice as long each time up to four hours, a fifth more or less so that all do not meet."""
    doubled = FIRST_WAIT * 2 ** min(failures - 1, 20)
    return min(doubled, LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311 (no secret)


def outbox_prune() -> int:
    """Drop events of 90 days ago, so that the outbox stays small; returns how many."""
    old = OutboxEvent.objects.filter(created_at__lt=now() - KEPT).order_by("created_at").values("pk")
    dropped, _kinds = OutboxEvent.objects.filter(
        pk__in=list(old[:PRUNED_AT_ONCE].values_list("pk", flat=True))
    ).delete()
    return dropped
