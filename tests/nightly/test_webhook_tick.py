"""The default cluster delivers webhooks by the minute, through django-q itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import Schedule, Success
from django_q.scheduler import scheduler

from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.outbox.events import event_emit
from reputation.nightly.schedules import WEBHOOKS, schedules_upsert
from tests.base.outbox.receiver import Receiver

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().up()
    yield made
    made.down()


def test_a_tick_of_the_schedule_sends_what_is_due_and_leaves_no_result(
    receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Conf, "SYNC", True)  # the cluster's own scheduler and worker, in this process
    settings.WEBHOOK_ALLOW_PRIVATE = True
    endpoint_create(url=receiver.url, events=["rating.published"], by="user:mia")
    with transaction.atomic():
        event_emit(event="rating.published", subject_key="market", payload={"n": 1})
    schedules_upsert()
    Schedule.objects.exclude(name=WEBHOOKS).delete()
    Schedule.objects.filter(name=WEBHOOKS).update(next_run=timezone.now())
    time.sleep(0.01)
    scheduler()
    assert receiver.told() == [("market", 1)]
    assert Schedule.objects.get().next_run > timezone.now()
    assert not Success.objects.exists()
