"""Endpoints, their secrets, and the command that manages them."""

from __future__ import annotations

import io
import re
import threading
import time
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from reputation.base.models import AuditEntry, Delivery, WebhookEndpoint, WebhookSecret
from reputation.base.outbox import endpoints, selectors
from reputation.base.outbox.deliveries import deliver_due
from reputation.base.outbox.endpoints import endpoint_create, endpoint_rotate, endpoint_secret_retire
from reputation.base.outbox.events import EVENTS, events_emit
from reputation.base.outbox.signing import signature
from tests.base.outbox.conftest import emit
from tests.base.outbox.receiver import Receiver, verified

URL = "https://example.com/hooks"


def command(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("webhook", *words, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db(transaction=True)
def test_a_receiver_verifies_what_it_gets_while_the_secrets_change_over(receiver: Receiver) -> None:
    endpoint, old = endpoint_create(url=receiver.url, events=["action.started"], by="user:mia")

    def valid() -> list[bool]:
        emit("store:a", len(receiver.seen))
        assert deliver_due() == 1
        got = receiver.seen[-1]
        return [verified(secret, got.headers["Livestar-Signature"], got.body) for secret in (old, new)]

    new = "not yet made"
    assert valid() == [True, False]
    new = endpoint_rotate(pk=endpoint.pk, by="user:mia")
    assert valid() == [True, True]
    endpoint_secret_retire(pk=endpoint.pk, by="user:mia")
    assert valid() == [False, True]


def test_a_signature_stands_for_its_body_its_time_and_its_secret() -> None:
    moment = int(time.time())
    header = signature(body=b'{"a":1}', secrets=["s", "z"], moment=moment)
    assert re.fullmatch(r"t=\d+,v1=[0-9a-f]{64},v1=[0-9a-f]{64}", header)
    assert verified("s", header, b'{"a":1}')
    assert verified("z", header, b'{"a":1}')
    assert not verified("s", header, b'{"a":2}')
    assert not verified("t", header, b'{"a":1}')
    assert not verified("s", header.replace(f"t={moment}", f"t={moment - 1}"), b'{"a":1}')
    old = signature(body=b"{}", secrets=["s"], moment=moment - 301)
    assert not verified("s", old, b"{}")


@pytest.mark.django_db
def test_at_most_two_secrets_are_live_and_at_least_one() -> None:
    endpoint, first = endpoint_create(url=URL, events=["action.started"], by="user:mia")
    with pytest.raises(ValidationError, match="Only one"):
        endpoint_secret_retire(pk=endpoint.pk, by="user:mia")
    second = endpoint_rotate(pk=endpoint.pk, by="user:mia")
    with pytest.raises(ValidationError, match="Two secrets"):
        endpoint_rotate(pk=endpoint.pk, by="user:mia")
    endpoint_secret_retire(pk=endpoint.pk, by="user:mia")
    assert WebhookSecret.objects.get().secret == second != first
    assert min(len(first), len(second)) > 45


@pytest.mark.django_db
@pytest.mark.parametrize(
    "url",
    [
        "", "example.com", "ftp://example.com/", "file:///etc/passwd", "https://", "https:///x", "http://example.com/",
        "https://user:secret@example.com/", "https://example.com/#part", "https://example.com/a b", "https://例.com/",
        "https://example.com/\r\nX: y", "https://example.com:99999/", "https://example.com:0/", "https://[::1", "javascript:x",
        "https://example.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_meant_is_refused(url: str, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    with pytest.raises(ValidationError, match="https"):
        endpoint_create(url=url, events=["action.started"], by="user:mia")
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("events", [[], ["action.begun"], ["action.started", ""]])
def test_events_are_named(events: list[str]) -> None:
    with pytest.raises(ValidationError, match=r"rating\.published"):
        endpoint_create(url=URL, events=events, by="user:mia")


@pytest.mark.django_db
def test_an_address_is_added_once() -> None:
    endpoint_create(url=URL, events=["action.started"], by="user:mia")
    with pytest.raises(ValidationError, match="already"):
        endpoint_create(url=URL, events=["action.ended"], by="user:mia")


@pytest.mark.django_db
def test_every_change_stands_in_the_audit_log_and_no_secret_does() -> None:
    endpoint, secret = endpoint_create(url=URL, events=["action.started"], by="user:mia")
    other = endpoint_rotate(pk=endpoint.pk, by="user:bo")
    endpoint_secret_retire(pk=endpoint.pk, by="user:bo")
    for active in (False, False, True):
        endpoints.endpoint_switch(pk=endpoint.pk, active=active, by="user:mia")
    emit("store:a", 1)
    letter = Delivery.objects.get()
    Delivery.objects.update(state="dead")
    endpoints.delivery_replay(pk=letter.pk, by="user:mia")
    entries = list(AuditEntry.objects.order_by("sequence"))
    deeds = ("added", "rotated", "secret_retired", "disabled", "enabled", "replayed")
    assert [entry.action for entry in entries] == [f"webhook.{deed}" for deed in deeds]
    assert {(entry.object_kind, entry.object_id) for entry in entries} == {("webhook", str(endpoint.pk))}
    told = " ".join(entry.data for entry in entries)
    assert URL in told
    assert str(letter.pk) in told
    assert secret not in told
    assert other not in told


@pytest.mark.django_db(transaction=True)
def test_the_command_leads_through_the_life_of_an_endpoint(receiver: Receiver) -> None:
    secret = command("add", receiver.url, "--events", "action.started, appeal.decided")[-1]
    pk = str(WebhookEndpoint.objects.get().pk)
    second = command("rotate", pk)[-1]
    assert {secret, second} == set(WebhookSecret.objects.values_list("secret", flat=True))
    assert command("list")[0].split()[:4] == [pk, "active", "2", "secrets,"]
    assert not any(word in " ".join(command("list")) for word in (secret, second))
    command("retire-secret", pk)
    command("disable", pk)
    emit("store:a", 1)
    assert "paused  1 secrets, 1 waiting, 0 dead" in command("list")[0]
    assert command("deliver") == ["0 delivered"]
    command("enable", pk)
    assert command("deliver") == ["1 delivered"]
    Delivery.objects.update(state="dead")
    letter = command("list", "--dead")[0]
    assert "action.started store:a" in letter
    assert command("replay", letter.split()[0]) == ["action.started of store:a is due again"]
    assert command("deliver") == ["1 delivered"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words",
    [("rotate", "9"), ("retire-secret", "9"), ("disable", "9"), ("replay", "00000000-0000-0000-0000-000000000000")],
)
def test_the_command_fails_for_what_is_not_there(words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no"):
        command(*words)


@pytest.mark.django_db
def test_all_events_can_be_asked_for_at_once() -> None:
    command("add", URL, "--events", "all")
    assert WebhookEndpoint.objects.get().events == sorted(EVENTS)
    assert "rating.changed" not in EVENTS  # which is told to the subjects' own alone
    with pytest.raises(CommandError, match="Name events"):
        command("add", URL + "/2", "--events", "everything")


@pytest.mark.django_db
def test_a_subjects_endpoint_hears_of_that_subject_alone() -> None:
    """Ids are whatever the platform uses: with colons, like another kind's, or none at all."""
    wanted = {"events": ["action.started"], "by": "user:mia"}
    made = {
        subject: endpoint_create(url=URL, subject=subject, **wanted)[0]
        for subject in (("store", "a"), ("store", "a:b"), ("anchor", "a"), ("store", "market"))
    }
    for number, subject in enumerate(("store:a", "store:a:b", "anchor:a", "market", "store:A", "store:")):
        emit(subject, number)
    heard = {subject: [one.subject_key for one in hook.deliveries.all()] for subject, hook in made.items()}
    assert heard == {
        ("store", "a"): ["store:a"], ("store", "a:b"): ["store:a:b"], ("anchor", "a"): ["anchor:a"],
        ("store", "market"): [],
    }  # fmt: skip


@pytest.mark.django_db
def test_lists_can_be_of_one_subject_of_the_platform_or_of_all() -> None:
    own, _ = endpoint_create(url=URL, events=["action.started"], by="user:mia", subject=("store", "a"))
    platform, _ = endpoint_create(url=URL, events=["action.started"], by="user:ann")
    emit("store:a", 1)
    lists = {("store", "a"): [own], endpoints.PLATFORM: [platform], ("store", "b"): [], None: [own, platform]}
    for subject, expected in lists.items():
        assert list(selectors.endpoints(subject)) == expected
        assert [one.endpoint for one in selectors.deliveries(subject=subject)] == expected
    assert f"{URL} (of store:a)" in "\n".join(command("list"))


@pytest.mark.django_db
def test_a_letter_is_replayed_for_the_endpoint_that_is_named() -> None:
    own, _ = endpoint_create(url=URL, events=["action.started"], by="user:mia", subject=("store", "a"))
    emit("store:a", 1)
    Delivery.objects.update(state="dead")
    pk = Delivery.objects.get().pk
    with pytest.raises(ValidationError, match="no dead letter"):
        endpoints.delivery_replay(pk=pk, by="user:otto", endpoint=own.pk + 1)
    assert endpoints.delivery_replay(pk=pk, by="user:mia", endpoint=own.pk).state == "waiting"


@pytest.mark.django_db(transaction=True)
def test_those_who_add_at_the_same_moment_do_not_add_more_than_there_can_be() -> None:
    start, refused = threading.Barrier(8), []

    def one(number: int) -> None:
        try:
            start.wait(10)
            endpoint_create(url=f"{URL}/{number}", events=["action.ended"], by="user:mia", subject=("store", "a"))
        except ValidationError as error:
            refused.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert WebhookEndpoint.objects.count() == endpoints.MOST_OF_A_SUBJECT
    assert refused == ["most"] * 3


@pytest.mark.django_db
def test_a_great_many_events_at_once_go_to_the_subjects_own_endpoints_in_order() -> None:
    own, _ = endpoint_create(url=URL, events=["rating.changed"], by="user:mia", subject=("store", "a"))
    endpoint_create(url=URL, events=["action.started"], by="user:otto", subject=("store", "b"))
    told = [("store:a", {"n": 1}), ("store:b", {"n": 2}), ("store:a", {"n": 3})]
    with transaction.atomic():
        events_emit(event="rating.changed", told=told)
    sent = Delivery.objects.order_by("event")
    assert [(one.endpoint, one.subject_key, one.event.payload["n"]) for one in sent] == [
        (own, "store:a", 1), (own, "store:a", 3),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no event of subjects"):
        events_emit(event="rating.published", told=told)
