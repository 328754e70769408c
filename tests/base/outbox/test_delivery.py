"""What an endpoint hears: everything, at least once, in order per subject, whoever dies meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from reputation.base.models import Delivery, OutboxEvent, WebhookEndpoint
from reputation.base.outbox import deliveries
from reputation.base.outbox.deliveries import GIVE_UP, LEASE, LONGEST_WAIT, STRIKES, deliver_due, outbox_prune, wait
from reputation.base.outbox.endpoints import delivery_replay, endpoint_create, endpoint_switch
from reputation.base.outbox.events import event_emit
from reputation.base.time import now
from tests.base.outbox.conftest import Later, emit
from tests.base.outbox.receiver import Receiver
from tests.nightly import processes

pytestmark = pytest.mark.django_db(transaction=True)


def refuse_all(receiver: Receiver, status: int = 500, text: bytes = b"no") -> None:
    receiver.answer = lambda got: (status, text)


def accept_all(receiver: Receiver) -> None:
    receiver.answer = lambda got: (200, b"")


def worker_start(*words: str) -> subprocess.Popen[str]:
    """`webhook deliver` in a process of its own, on the test's database, allowed to reach this machine."""
    code = (
        "import django; from django.conf import settings; django.setup(); settings.WEBHOOK_ALLOW_PRIVATE = True;"
        f"from django.core.management import call_command; call_command('webhook', 'deliver', *{words!r})"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=settings.ROOT, env=processes.environment() | {"DJANGO_SETTINGS_MODULE": "reputation.config.settings"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def test_an_event_arrives_as_documented(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    event = emit("store:s1", 1, reason="假货 & <b>")
    assert deliver_due() == 1
    got = receiver.seen[0]
    assert (got.path, got.headers["Content-Type"]) == ("/hooks?of=livestar", "application/json")
    assert got.headers["Livestar-Event"] == "action.started"
    assert got.delivery == str(Delivery.objects.get().pk)
    assert got.document == {
        "id": str(event.id),
        "event": "action.started",
        "sequence": event.sequence,
        "subject": "store:s1",
        "at": event.created_at.isoformat(timespec="microseconds"),
        "data": {"n": 1, "reason": "假货 & <b>"},
    }
    assert deliver_due() == 0


def test_an_event_is_part_of_the_transaction_that_it_speaks_of(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    with pytest.raises(TransactionManagementError):
        event_emit(event="action.started", subject_key="store:s1", payload={})
    with transaction.atomic():
        event_emit(event="action.started", subject_key="store:s1", payload={})
        transaction.set_rollback(True)
    assert not OutboxEvent.objects.exists()
    with pytest.raises(ValueError, match="no event"):
        emit("store:s1", 1, event="action.begun")


def test_an_endpoint_hears_what_it_asked_for(receiver: Receiver) -> None:
    endpoint_create(url=receiver.url, events=["appeal.decided"], by="user:mia")
    emit("store:s1", 1)
    emit("store:s1", 2, event="appeal.decided")
    assert deliver_due() == 1
    assert receiver.told() == [("store:s1", 2)]


def test_a_receiver_that_was_away_hears_everything_in_order(
    receiver: Receiver, endpoint: WebhookEndpoint, later: Later
) -> None:
    receiver.down()
    for number in range(4):
        for subject in ("store:a", "store:b", "anchor:a"):
            emit(subject, number)
    assert deliver_due() == 0
    assert "refused" in Delivery.objects.exclude(error="").first().error
    receiver.up()
    later(timedelta(minutes=1))
    assert deliver_due() == 12
    for subject in ("store:a", "store:b", "anchor:a"):
        assert [number for who, number in receiver.told() if who == subject] == [0, 1, 2, 3]


def test_a_refused_event_holds_up_its_own_subject_alone(
    receiver: Receiver, endpoint: WebhookEndpoint, later: Later
) -> None:
    receiver.answer = lambda got: (503, b"later") if got.document["subject"] == "store:a" else (200, b"")
    for number in range(3):
        emit("store:a", number)
        emit("store:b", number)
    assert deliver_due() == 3
    assert receiver.told().count(("store:a", 0)) == 1
    assert ("store:a", 1) not in receiver.told()
    accept_all(receiver)
    assert deliver_due() == 0  # not before its time
    later(timedelta(minutes=1))
    assert deliver_due() == 3
    assert receiver.told()[-3:] == [("store:a", 0), ("store:a", 1), ("store:a", 2)]
    first = [got.delivery for got in receiver.seen if got.document["data"]["n"] == 0]
    assert len(set(first)) == 2  # one per subject, the same when it is sent again


def test_one_endpoint_does_not_wait_for_another(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    away = Receiver().up()
    away.down()
    endpoint_create(url=away.url, events=["action.started"], by="user:mia")
    for number in range(3):
        emit("store:a", number)
    assert deliver_due() == 3
    assert Delivery.objects.filter(state="waiting").count() == 3


def test_the_platform_is_served_before_any_number_of_stores(transactional_db: None) -> None:
    for number in range(12):
        endpoint_create(
            url="https://shop.example/hooks", events=["action.started"], by="user:mia", subject=("store", f"s{number}")
        )
        emit(f"store:s{number}", number)
    platform, _ = endpoint_create(url="https://example.com/hooks", events=["action.started"], by="user:ann")
    emit("store:s3", 13)
    orders = [deliveries.endpoints_due() for _round in range(6)]
    assert {order[0] for order in orders} == {platform}
    assert {len(order) for order in orders} == {13}
    assert len({tuple(order) for order in orders}) > 1  # by lot, so that nobody is always the last


def test_an_endpoint_that_is_down_is_asked_a_few_times_a_round(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    refuse_all(receiver)
    for number in range(30):
        emit(f"store:{number}", number)
    deliver_due()
    assert STRIKES <= len(receiver.seen) <= 2 * STRIKES  # those under way when the last strike came
    assert Delivery.objects.filter(attempts=0, state="waiting", due_at__lte=now()).count() == 30 - len(receiver.seen)


def test_a_worker_killed_between_sending_and_writing_down_loses_nothing(
    receiver: Receiver, endpoint: WebhookEndpoint, later: Later
) -> None:
    reached, release = threading.Event(), threading.Event()

    def hold(got: object) -> tuple[int, bytes]:
        reached.set()
        release.wait(30)
        return 200, b""

    receiver.answer = hold
    emit("store:a", 1)
    emit("store:a", 2)
    worker = worker_start()
    assert reached.wait(processes.PATIENCE)
    processes.kill(worker)
    release.set()
    accept_all(receiver)
    assert deliver_due() == 0  # the dead worker's claim still holds
    later(LEASE + timedelta(seconds=1))
    assert deliver_due() == 2
    assert receiver.told() == [("store:a", 1), ("store:a", 1), ("store:a", 2)]
    assert receiver.seen[0].delivery == receiver.seen[1].delivery
    assert receiver.seen[0].body == receiver.seen[1].body


def test_the_command_goes_on_until_it_is_told_to_stop(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    worker = worker_start("--forever")
    for number in range(2):
        emit("store:a", number)
        processes.until(lambda number=number: len(receiver.seen) > number, worker)
    worker.terminate()
    worker.communicate(timeout=processes.PATIENCE)
    assert worker.returncode == 0
    assert Delivery.objects.filter(state="delivered").count() == 2


def test_several_workers_send_each_event_once_and_in_order(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    receiver.answer = lambda got: (time.sleep(0.002), (200, b""))[1]
    for number in range(120):
        emit(f"store:{number % 7}", number)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: deliver_due(), range(4))) + deliver_due() == 120
    assert len({got.delivery for got in receiver.seen}) == len(receiver.seen) == 120
    for store in range(7):
        numbers = [number for who, number in receiver.told() if who == f"store:{store}"]
        assert numbers == sorted(numbers)


def test_events_of_one_subject_stand_in_the_order_of_their_commits(endpoint: WebhookEndpoint) -> None:
    started, finish = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                event_emit(event="action.started", subject_key="store:a", payload={"n": 1})
                started.set()
                finish.wait(10)
        finally:
            connection.close()

    def quick() -> None:
        try:
            emit("store:a", 2)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow)
        assert started.wait(10)
        second = pool.submit(quick)
        processes.until(processes.waiting_for_lock)
        assert not OutboxEvent.objects.exists()
        finish.set()
        first.result()
        second.result()
    assert [event.payload["n"] for event in OutboxEvent.objects.order_by("sequence")] == [1, 2]


def test_after_a_day_of_refusals_it_is_a_dead_letter_and_the_next_goes_on(
    receiver: Receiver, endpoint: WebhookEndpoint, later: Later
) -> None:
    receiver.answer = lambda got: (400, b"unreadable") if got.document["data"]["n"] == 1 else (200, b"")
    emit("store:a", 1)
    emit("store:a", 2)
    waits = []
    while Delivery.objects.filter(state="waiting", event__payload__n=1).exists():
        deliver_due()
        letter = Delivery.objects.get(event__payload__n=1)
        if letter.state == "waiting":
            waits.append(letter.due_at - letter.last_tried_at)
            later(waits[-1])
    assert sum(waits, timedelta()) == pytest.approx(GIVE_UP, abs=timedelta(seconds=30))
    assert 12 <= len(waits) <= 20
    assert (letter.status, letter.error, letter.attempts) == (400, "unreadable", len(waits) + 1)
    assert deliver_due() == 1
    assert receiver.told()[-1] == ("store:a", 2)


def test_a_dead_letter_that_is_replayed_arrives_under_its_old_number(
    receiver: Receiver, endpoint: WebhookEndpoint, later: Later
) -> None:
    refuse_all(receiver)
    emit("store:a", 1)
    deliver_due()
    later(GIVE_UP)
    deliver_due()
    letter = Delivery.objects.get()
    assert letter.state == "dead"
    accept_all(receiver)
    assert deliver_due() == 0
    delivery_replay(pk=letter.pk, by="user:mia")
    assert deliver_due() == 1
    assert {got.delivery for got in receiver.seen} == {str(letter.pk)}
    with pytest.raises(ValidationError):
        delivery_replay(pk=letter.pk, by="user:mia")


def test_a_paused_endpoint_gets_later_what_came_meanwhile(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    endpoint_switch(pk=endpoint.pk, active=False, by="user:mia")
    for number in range(3):
        emit("store:a", number)
    assert deliver_due() == 0
    endpoint_switch(pk=endpoint.pk, active=True, by="user:mia")
    assert deliver_due() == 3
    assert receiver.told() == [("store:a", 0), ("store:a", 1), ("store:a", 2)]


def test_waits_double_up_to_four_hours_and_differ() -> None:
    middles = [sum((wait(failures) for _ in range(400)), timedelta()) / 400 for failures in range(1, 14)]
    assert middles[0] == pytest.approx(timedelta(seconds=30), rel=0.05)
    for before, after in pairwise(middles[:9]):
        assert after / before == pytest.approx(2, rel=0.05)
    assert middles[-1] == pytest.approx(LONGEST_WAIT, rel=0.05)
    assert len({wait(3) for _ in range(20)}) > 10
    assert wait(10_000) <= LONGEST_WAIT * 1.2


def test_old_events_are_dropped(endpoint: WebhookEndpoint) -> None:
    emit("store:a", 1)
    OutboxEvent.objects.update(created_at=now() - timedelta(days=91))
    emit("store:a", 2)
    outbox_prune()
    assert OutboxEvent.objects.get().payload["n"] == 2
    assert Delivery.objects.count() == 1


def test_ten_thousand_events_go_out_in_reasonable_time(receiver: Receiver, endpoint: WebhookEndpoint) -> None:
    """Many at once, as after a policy takes effect; a subject has up to ten of them."""
    moment = now()
    events = OutboxEvent.objects.bulk_create(
        OutboxEvent(event="action.started", subject_key=f"store:{n % 1000}", payload={"n": n}, created_at=moment)
        for n in range(10_000)
    )
    Delivery.objects.bulk_create(
        Delivery(event=event, endpoint=endpoint, subject_key=event.subject_key, due_at=moment) for event in events
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE base_delivery, base_outboxevent")  # as autovacuum does within a minute
    started = time.monotonic()
    delivered = 0
    while sent := deliver_due():
        delivered += sent
    seconds = time.monotonic() - started
    assert delivered == len(receiver.seen) == 10_000
    order: dict[str, list[int]] = {}
    for subject, number in receiver.told():
        order.setdefault(subject, []).append(number)
    assert all(numbers == sorted(numbers) for numbers in order.values())
    assert receiver.connections < 100  # they are kept
    assert seconds < 90
