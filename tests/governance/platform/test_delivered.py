"""What was decided reaches the platform: whoever is killed on the way, and however long its receiver is away."""

from __future__ import annotations

import subprocess
import sys
import threading
import uuid
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from reputation.base.audit import audit_verify
from reputation.base.ledger_lock import _LEDGER
from reputation.base.models import Delivery, OutboxEvent, WebhookEndpoint
from reputation.base.outbox import deliveries
from reputation.base.outbox.deliveries import deliver_due
from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.time import now
from reputation.governance.actions.services import (
    action_lift,
    action_propose,
    action_resume,
    action_stay,
    actions_expire,
)  # fmt: skip
from reputation.governance.models import Action, ActionChange
from tests.base.outbox.receiver import Receiver
from tests.base.outbox.test_delivery import worker_start
from tests.governance.actions import world
from tests.nightly import processes
from tests.public.sanctioned import platform

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = ("action.started", "action.changed", "action.ended", "appeal.decided")
SUBJECTS = ("s1", "s2", "s3")
PROPOSE = """
import sys, time, uuid, django
django.setup()
from django.contrib.auth.models import User
from reputation.governance.actions.services import Wanted, action_propose
reason = {{"en": "late", "zh-hans": "延迟"}}
action_propose(kind="store", subject_id="s1", wanted=Wanted("listing_ban", reason, 7), by=User.objects.get(username="ann"),
               request=uuid.UUID("{request}"))
print("committed", flush=True)
time.sleep(600)
"""
EXPIRE = """
import django
django.setup()
from reputation.governance.actions.services import actions_expire
actions_expire()
"""


@pytest.fixture(autouse=True)
def private(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver().up()
    yield made
    made.down()


@pytest.fixture
def endpoint(receiver: Receiver) -> WebhookEndpoint:
    return endpoint_create(url=receiver.url, events=EVENTS, by="operator:test")[0]


@pytest.fixture
def ann() -> User:
    for key in SUBJECTS:
        world.store(key)
    return world.person("ann", "lift_action")


def child(code: str) -> subprocess.Popen[str]:
    """Python of its own on the test's database."""
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=settings.ROOT,
        env=processes.environment() | {"DJANGO_SETTINGS_MODULE": "reputation.config.settings"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def waiting() -> bool:
    """Whether anybody waits for a lock, a row's too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def heard(receiver: Receiver) -> list[tuple[str, int, str]]:
    """Subject, sequence and state of what came, each delivery once, in order."""
    seen: dict[str, dict[str, Any]] = {}
    for got in receiver.seen:
        seen.setdefault(got.delivery, got.document)
    return [(one["subject"], one["data"]["sequence"], one["data"]["state"]) for one in seen.values()]


def written() -> list[tuple[str, int, str]]:
    """What should be heard, as the feed tells it."""
    told = platform().get("/api/v1/actions?limit=200").json()["results"]
    return [(f"store:{one['subject']['id']}", one["sequence"], one["state"]) for one in told]


def by_subject(told: list[tuple[str, int, str]]) -> dict[str, list[tuple[int, str]]]:
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for subject, sequence, state in told:
        found[subject].append((sequence, state))
    return found


def test_a_process_killed_after_it_decided_and_before_it_told_leaves_the_telling_to_others(
    receiver: Receiver, endpoint: WebhookEndpoint, ann: User
) -> None:
    process = child(PROPOSE.format(request=uuid.uuid4()))
    assert process.stdout is not None
    assert process.stdout.readline() == "committed\n"
    processes.kill(process)
    assert receiver.seen == []
    worker = worker_start()
    assert worker.wait(processes.PATIENCE) == 0
    assert heard(receiver) == written()
    assert [(subject, state) for subject, _sequence, state in heard(receiver)] == [("store:s1", "active")]


def test_a_process_killed_before_it_has_decided_has_told_nobody_and_can_be_repeated(
    receiver: Receiver, endpoint: WebhookEndpoint, ann: User
) -> None:
    request = uuid.uuid4()
    with psycopg.connect(processes.environment()["DATABASE_URL"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", [_LEDGER])
        process = child(PROPOSE.format(request=request))
        processes.until(waiting, process)
        processes.kill(process)
        other.rollback()
    processes.until(lambda: not waiting())
    assert (Action.objects.count(), ActionChange.objects.count(), OutboxEvent.objects.count()) == (0, 0, 0)
    for _again in range(2):
        action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann, request=request)
    deliver_due()
    assert heard(receiver) == written()
    assert len(heard(receiver)) == 1
    assert audit_verify().bad is None


def test_a_clock_killed_between_two_endings_is_gone_on_with_and_tells_each_once(
    receiver: Receiver, endpoint: WebhookEndpoint, ann: User
) -> None:
    made = [
        action_propose(kind="store", subject_id=key, wanted=world.wanted(sanction), by=ann)
        for key in SUBJECTS
        for sanction in ("warning", "listing_ban")
    ]
    Action.objects.update(ends_at=now() - timedelta(minutes=1))
    with psycopg.connect(processes.environment()["DATABASE_URL"]) as other:
        other.execute("SELECT 1 FROM governance_action WHERE id = %s FOR UPDATE", [made[3].pk])
        process = child(EXPIRE)
        processes.until(waiting, process)
        processes.kill(process)
        other.rollback()
    processes.until(lambda: not waiting())
    assert Action.objects.filter(state="expired").count() == 3
    assert [actions_expire(), actions_expire()] == [3, 0]
    while deliver_due():
        pass
    assert by_subject(heard(receiver)) == by_subject(written())
    assert [state for _subject, _sequence, state in heard(receiver)].count("expired") == 6
    assert audit_verify().bad is None


def test_a_receiver_that_is_down_for_hours_hears_everything_once_it_is_up_in_order_per_subject(
    receiver: Receiver, endpoint: WebhookEndpoint, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = timedelta()
    monkeypatch.setattr(deliveries, "now", lambda: now() + passed)
    receiver.down()
    for _hour in range(11):
        for key in SUBJECTS:
            made = action_propose(kind="store", subject_id=key, wanted=world.wanted(), by=ann)
            action_stay(action=made, note="appeal")
            action_resume(action=made, note="appeal lost")
            action_lift(action=made, by=ann, note="mended")
        assert deliver_due() == 0
        passed += timedelta(hours=1)
    assert not Delivery.objects.filter(state="dead").exists()
    receiver.up()
    rounds = 0
    while Delivery.objects.filter(state="waiting").exists():
        deliver_due()
        passed += timedelta(minutes=10)
        rounds += 1
        assert rounds < 40  # all within the longest wait between two attempts
    told = written()
    assert len(told) == 11 * 3 * 4
    assert by_subject(heard(receiver)) == by_subject(told)
    assert {one.status for one in Delivery.objects.all()} == {200}


def test_workers_killed_again_and_again_while_they_send_lose_nothing(
    receiver: Receiver, endpoint: WebhookEndpoint, ann: User
) -> None:
    for key in SUBJECTS:
        made = action_propose(kind="store", subject_id=key, wanted=world.wanted(), by=ann)
        action_lift(action=made, by=ann, note="mended")
    for _killed in range(3):
        before, release = len(receiver.seen), threading.Event()
        receiver.answer = lambda got, release=release: (200, b"") if release.wait(30) else (500, b"")  # type: ignore[misc]
        worker = worker_start()
        processes.until(lambda before=before: len(receiver.seen) > before, worker)  # type: ignore[misc]
        processes.kill(worker)
        release.set()
        Delivery.objects.filter(claim__isnull=False).update(due_at=now())  # as when its minute is over
    assert not Delivery.objects.filter(state="delivered").exists()
    while deliver_due():
        pass
    assert by_subject(heard(receiver)) == by_subject(written())
    assert len(heard(receiver)) == 6


def test_a_platform_that_only_polls_misses_nothing_while_several_people_decide_at_once(ann: User) -> None:
    """It keeps the sequence read last, so nothing may ever appear before that."""

    def decide(key: str) -> None:
        try:
            for _number in range(6):
                made = action_propose(kind="store", subject_id=key, wanted=world.wanted("warning"), by=ann)
                action_lift(action=made, by=ann, note="mended")
        finally:
            connection.close()

    client, last, seen = platform(), 0, []
    with ThreadPoolExecutor(len(SUBJECTS)) as pool:
        deciding = [pool.submit(decide, key) for key in SUBJECTS]
        while True:
            done = all(one.done() for one in deciding)  # asked before reading: what came until then is read below
            page = client.get(f"/api/v1/actions?after={last}&limit=3").json()["results"]
            seen += [one["sequence"] for one in page]
            last = seen[-1] if seen else last
            if done and not page:
                break
    assert [one.result() for one in deciding] == [None] * len(SUBJECTS)
    assert seen == list(ActionChange.objects.filter(told=True).order_by("sequence").values_list("sequence", flat=True))
    assert len(seen) == 6 * 2 * len(SUBJECTS)
