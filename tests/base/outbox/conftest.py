from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from reputation.base.models import OutboxEvent, WebhookEndpoint
from reputation.base.outbox import deliveries
from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.outbox.events import EVENTS, event_emit
from reputation.base.time import now
from tests.base.outbox.receiver import Receiver

Later = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    """The receivers of these tests stand on this machine."""
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().up()
    yield made
    made.down()


@pytest.fixture
def endpoint(receiver: Receiver, transactional_db: None) -> WebhookEndpoint:
    return endpoint_create(url=receiver.url, events=EVENTS, by="user:mia")[0]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Let time go by for the outbox."""
    passed = timedelta()

    def by(more: timedelta) -> None:
        nonlocal passed
        passed += more
        monkeypatch.setattr(deliveries, "now", lambda: now() + passed)

    return by


def emit(subject: str, number: int, event: str = "action.started", **data: Any) -> OutboxEvent:
    with transaction.atomic():
        return event_emit(event=event, subject_key=subject, payload={"n": number, **data})
