"""Webhooks of a store or an anchor: its own events to its own systems, by its owners alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client

from reputation.base.models import AuditEntry, Delivery, WebhookEndpoint
from reputation.base.outbox.deliveries import deliver_due
from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.outbox.events import OWN_EVENTS, event_emit
from reputation.portal.webhooks_views import EVENT_WORDS
from tests.base.outbox.receiver import Receiver, verified
from tests.portal import world

pytestmark = pytest.mark.django_db
PAGE, URL = "/portal/webhooks/stores/s1", "https://example.com/hooks"
OWN = ("store", "s1")


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("mia")
    client.force_login(user)
    world.store()
    return user


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    settings.WEBHOOK_MEMBERS_ALLOW_PRIVATE = True
    made = Receiver().up()
    yield made
    made.down()


def add(client: Client, url: str = URL, *events: str) -> str:
    """The secret, from the page that shows it."""
    page = client.post(PAGE, {"url": url, "events": events or ["action.started"]}).content.decode()
    found = re.search(r"whsec_[\w-]{43}", page)
    assert found, page
    return found[0]


def emit(subject: str, event: str = "action.started", number: int = 1) -> None:
    with transaction.atomic():
        event_emit(event=event, subject_key=subject, payload={"n": number})


def change(client: Client, deed: str, **sent: str) -> Any:
    return client.post(
        f"/portal/webhooks/{WebhookEndpoint.objects.get().pk}/stores/s1", {"deed": deed, **sent}, follow=True
    )


@pytest.mark.django_db(transaction=True)
def test_events_of_the_own_subject_arrive_signed_and_no_others(client: Client, owner: User, receiver: Receiver) -> None:
    secret = add(client, receiver.url, *OWN_EVENTS)
    for subject in ("store:s2", "anchor:s1", "market", "store:", "store:s1"):
        emit(subject)
    with transaction.atomic():
        event_emit(event="rating.published", subject_key="store:s1", payload={"n": 2})
    assert deliver_due() == 1
    [got] = receiver.seen
    assert (got.document["subject"], got.document["event"]) == ("store:s1", "action.started")
    assert verified(secret, got.headers["Livestar-Signature"], got.body)


def test_the_platform_hears_of_everybody_and_stores_of_themselves(owner: User) -> None:
    platform, _ = endpoint_create(url=URL, events=["action.started"], by="user:ann")
    of_s1, _ = endpoint_create(url=URL, events=["action.started"], by="user:mia", subject=OWN)
    of_s2, _ = endpoint_create(url=URL, events=["action.started"], by="user:otto", subject=("store", "s2"))
    emit("store:s1")
    emit("store:s2")
    told = {
        hook.pk: [one.subject_key for one in hook.deliveries.order_by("event")] for hook in (platform, of_s1, of_s2)
    }
    assert told == {platform.pk: ["store:s1", "store:s2"], of_s1.pk: ["store:s1"], of_s2.pk: ["store:s2"]}


def test_the_same_address_may_be_anothers_too_and_nobody_learns_of_it(client: Client, owner: User) -> None:
    endpoint_create(url=URL, events=["action.started"], by="user:otto", subject=("store", "s2"))
    endpoint_create(url=URL, events=["action.started"], by="user:ann")
    add(client)
    assert "already" in client.post(PAGE, {"url": URL, "events": ["action.ended"]}).content.decode()


def test_a_member_cannot_reach_into_the_platforms_network(client: Client, owner: User, settings: Any) -> None:
    """Not even where the platform lets its own webhooks go there."""
    settings.WEBHOOK_ALLOW_PRIVATE = True
    receiver = Receiver().up()
    try:
        page = client.post(PAGE, {"url": receiver.url, "events": ["action.started"]}).content.decode()
        assert "Write an https address" in page
        WebhookEndpoint.objects.create(
            url=receiver.url, events=["action.started"], created_at="2026-07-01T00:00Z", subject_kind="store",
            subject_id="s1",
        )  # fmt: skip
        emit("store:s1")
        assert _sent_in_a_thread_of_ours() == 0
        assert receiver.seen == []
    finally:
        receiver.down()


def _sent_in_a_thread_of_ours() -> int:
    """`deliver_due` has threads with connections of their own, which cannot see a test's open transaction."""
    from reputation.base.outbox.addresses import resolve
    from reputation.base.outbox.deliveries import _channels, _send, claim, live_secrets

    endpoint = WebhookEndpoint.objects.get()
    [delivery] = claim(endpoint)
    answer = _send(delivery, live_secrets(endpoint), _channels(endpoint, resolve).get())
    assert answer.error == "AddressRefusedError: 127.0.0.1 is not on the public internet"
    return int(answer.accepted)


@pytest.mark.parametrize("events", [["rating.published"], [], ["action.begun"]])
def test_only_events_about_oneself_can_be_asked_for(client: Client, owner: User, events: list[str]) -> None:
    client.post(PAGE, {"url": URL, "events": events})
    assert not WebhookEndpoint.objects.exists()
    with pytest.raises(ValidationError, match="Name events"):
        endpoint_create(url=URL, events=events, by="user:mia", subject=OWN)


def test_every_event_has_words() -> None:
    assert set(EVENT_WORDS) == set(OWN_EVENTS)


@pytest.mark.django_db(transaction=True)
def test_secrets_change_over_a_pause_keeps_and_dead_letters_go_again(
    client: Client, owner: User, receiver: Receiver
) -> None:
    first = add(client, receiver.url)
    second = re.findall(r"whsec_[\w-]{43}", change(client, "rotate").content.decode())
    assert len(second) == 1
    change(client, "disable")
    emit("store:s1")
    assert deliver_due() == 0
    change(client, "enable")
    assert deliver_due() == 1
    for secret in (first, *second):
        assert verified(secret, receiver.seen[0].headers["Livestar-Signature"], receiver.seen[0].body)
    change(client, "retire")
    Delivery.objects.update(state="dead")
    assert "Replay" in client.get(f"/portal/webhooks/{WebhookEndpoint.objects.get().pk}/stores/s1").content.decode()
    change(client, "replay", delivery=str(Delivery.objects.get().pk))
    assert deliver_due() == 1
    assert not verified(first, receiver.seen[1].headers["Livestar-Signature"], receiver.seen[1].body)


def test_one_that_is_removed_is_gone_with_what_was_due(client: Client, owner: User) -> None:
    add(client)
    emit("store:s1")
    assert "is removed" in change(client, "remove").content.decode()
    assert not WebhookEndpoint.objects.exists()
    assert not Delivery.objects.exists()
    deeds = AuditEntry.objects.filter(object_kind="webhook").order_by("sequence")
    assert [entry.action for entry in deeds] == ["webhook.added", "webhook.removed"]
    assert all('"subject":["store","s1"]' in entry.data for entry in deeds)


def test_a_dead_letter_of_another_is_not_sent_again(client: Client, owner: User) -> None:
    theirs, _ = endpoint_create(url=URL, events=["action.started"], by="user:otto", subject=("store", "s2"))
    emit("store:s2")
    Delivery.objects.update(state="dead")
    mine, _ = endpoint_create(url=URL, events=["action.started"], by="user:mia", subject=OWN)
    sent = {"deed": "replay", "delivery": str(Delivery.objects.get().pk)}
    answer = client.post(f"/portal/webhooks/{mine.pk}/stores/s1", sent, follow=True)
    assert "There is no dead letter" in answer.content.decode()
    for deed in ("rotate", "remove", "disable", "replay"):
        assert client.post(f"/portal/webhooks/{theirs.pk}/stores/s1", sent | {"deed": deed}).status_code == 404
    assert Delivery.objects.get().state == "dead"
    assert WebhookEndpoint.objects.get(pk=theirs.pk).active


@pytest.mark.parametrize(("role", "subject", "status"), [("staff", "s1", 403), ("owner", "s2", 404)])
def test_only_owners_see_and_change_them(client: Client, owner: User, role: str, subject: str, status: int) -> None:
    add(client)
    client.force_login(world.member("other", subject, role=role))
    place = f"/portal/webhooks/{WebhookEndpoint.objects.get().pk}/stores/s1"
    for answer in (client.get(PAGE), client.post(PAGE, {"url": URL + "/2", "events": ["action.ended"]}),
                   client.get(place), client.post(place, {"deed": "remove"})):  # fmt: skip
        assert answer.status_code == status
        assert URL not in answer.content.decode()
    assert WebhookEndpoint.objects.count() == 1


def test_staff_of_the_platform_neither_see_nor_change_them(client: Client, owner: User) -> None:
    add(client)
    emit("store:s1")
    endpoint = WebhookEndpoint.objects.get()
    client.force_login(User.objects.create_user("chief", is_staff=True, is_superuser=True))
    assert URL not in client.get("/console/webhooks").content.decode()
    assert client.get(f"/console/webhooks/{endpoint.pk}").status_code == 404
    client.post(f"/console/webhooks/{endpoint.pk}", {"deed": "disable"})
    assert WebhookEndpoint.objects.get().active


def test_there_are_at_most_five(client: Client, owner: User) -> None:
    for number in range(5):
        endpoint_create(url=f"{URL}/{number}", events=["action.ended"], by="user:mia", subject=OWN)
    assert "5 webhooks are as many as there can be" in client.get(PAGE).content.decode()
    with pytest.raises(ValidationError, match="Remove one first"):
        endpoint_create(url=f"{URL}/6", events=["action.ended"], by="user:mia", subject=OWN)
