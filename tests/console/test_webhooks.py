"""The staff's pages of webhooks: read by permission, changed by superusers, secrets shown once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import translation

from reputation.base.models import AuditEntry, Delivery, WebhookEndpoint, WebhookSecret
from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.outbox.events import event_emit

pytestmark = pytest.mark.django_db
URL = "https://example.com/hooks"


@pytest.fixture
def reader(client: Client, staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="view_webhookendpoint"))
    return staff


@pytest.fixture
def chief(client: Client) -> User:
    user = User.objects.create_user("chief", is_staff=True, is_superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def endpoint(db: None) -> WebhookEndpoint:
    return endpoint_create(url=URL, events=["action.started"], by="user:mia")[0]


def delivery(state: str = "dead", **fields: Any) -> Delivery:
    with transaction.atomic():
        event = event_emit(event="action.started", subject_key="store:<s1>", payload={"n": 1})
    Delivery.objects.filter(event=event).update(state=state, **fields)
    return Delivery.objects.get(event=event)


def change(client: Client, endpoint: WebhookEndpoint, deed: str, **sent: str) -> Any:
    return client.post(f"/console/webhooks/{endpoint.pk}", {"deed": deed, **sent}, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_staff_without_the_permission_see_nothing(client: Client, staff: User, endpoint: WebhookEndpoint) -> None:
    for address in ("/console/webhooks", f"/console/webhooks/{endpoint.pk}"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert URL not in answer.content.decode()
    assert "/console/webhooks" not in client.get("/console/").content.decode()


def test_readers_see_and_change_nothing(client: Client, reader: User, endpoint: WebhookEndpoint) -> None:
    letter = delivery()
    for address in ("/console/webhooks", f"/console/webhooks/{endpoint.pk}"):
        page = client.get(address).content.decode()
        assert URL in page
        assert WebhookSecret.objects.get().secret not in page
        assert 'value="replay"' not in page
        assert 'name="url"' not in page
    assert client.post("/console/webhooks", {"url": URL + "/2", "events": "action.ended"}).status_code == 403
    for deed in ("rotate", "retire", "disable", "enable", "replay"):
        assert change(client, endpoint, deed, delivery=str(letter.pk)).status_code == 403
    endpoint.refresh_from_db()
    assert (endpoint.active, WebhookSecret.objects.count(), WebhookEndpoint.objects.count()) == (True, 1, 1)
    assert Delivery.objects.get().state == "dead"


def test_a_secret_is_shown_once_when_it_is_made_and_kept_in_no_session(client: Client, chief: User) -> None:
    answer = client.post("/console/webhooks", {"url": URL, "events": ["action.started", "action.ended"]})
    first = WebhookSecret.objects.get().secret
    assert first in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.events == ["action.ended", "action.started"]
    second = change(client, endpoint, "rotate").content.decode()
    newest = WebhookSecret.objects.latest("id").secret
    assert newest in second
    assert first not in second
    for address in ("/console/webhooks", f"/console/webhooks/{endpoint.pk}", "/console/audit"):
        page = client.get(address).content.decode()
        assert first not in page
        assert newest not in page
    assert not any(
        secret in str(session.get_decoded()) for session in Session.objects.all() for secret in (first, newest)
    )


@pytest.mark.parametrize(
    ("url", "events", "said"),
    [
        ("http://127.0.0.1/", ["action.started"], "https"),
        ("", ["action.started"], "required"),
        (URL + "/2", [], "required"),
        (URL + "/2", ["action.begun"], "not one of the available choices"),
        (URL, ["action.started"], "already"),
    ],
)
def test_what_cannot_be_added_is_told_at_the_form(
    client: Client, chief: User, endpoint: WebhookEndpoint, url: str, events: list[str], said: str
) -> None:
    page = client.post("/console/webhooks", {"url": url, "events": events}).content.decode()
    assert said in page
    assert WebhookEndpoint.objects.count() == 1


def test_a_webhook_is_changed_over_paused_and_resumed(client: Client, chief: User, endpoint: WebhookEndpoint) -> None:
    first = WebhookSecret.objects.get()
    assert told(change(client, endpoint, "retire")) == ["Only one secret is live. Make a second one first."]
    change(client, endpoint, "rotate")
    assert "Two secrets are live already" in told(change(client, endpoint, "rotate"))[0]
    change(client, endpoint, "retire")
    assert WebhookSecret.objects.get() != first
    assert "paused" in change(client, endpoint, "disable").content.decode()
    assert not WebhookEndpoint.objects.get().active
    change(client, endpoint, "enable")
    assert WebhookEndpoint.objects.get().active
    assert set(AuditEntry.objects.exclude(action="webhook.added").values_list("actor", flat=True)) == {"user:chief"}


def test_a_dead_letter_is_replayed_by_its_button(client: Client, chief: User, endpoint: WebhookEndpoint) -> None:
    letter = delivery(status=500, error="<script>alert(1)</script>", attempts=17)
    page = client.get("/console/webhooks").content.decode()
    assert str(letter.pk) in page
    assert "store:&lt;s1&gt;" in page
    assert "<script>alert" not in page
    change(client, endpoint, "replay", delivery=str(letter.pk))
    assert Delivery.objects.get().state == "waiting"
    for number in (str(letter.pk), "nonsense", ""):
        assert told(change(client, endpoint, "replay", delivery=number)) == [
            "There is no dead letter with this number."
        ]


@pytest.mark.parametrize("deed", ["", "destroy", "_DEEDS"])
def test_an_unknown_deed_changes_nothing(client: Client, chief: User, endpoint: WebhookEndpoint, deed: str) -> None:
    assert change(client, endpoint, deed).status_code == 200
    assert AuditEntry.objects.count() == 1


def test_what_is_not_there_is_not_found(client: Client, chief: User) -> None:
    assert client.get("/console/webhooks/9").status_code == 404
    assert client.post("/console/webhooks/9", {"deed": "disable"}, follow=True).status_code == 404


def test_other_sites_cannot_send_the_forms(chief: User, endpoint: WebhookEndpoint) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(chief)
    for address in ("/console/webhooks", f"/console/webhooks/{endpoint.pk}"):
        assert strict.post(address, {"deed": "disable"}).status_code == 403
    assert WebhookEndpoint.objects.get().active


def test_the_pages_speak_chinese(client: Client, chief: User, endpoint: WebhookEndpoint) -> None:
    delivery()
    with translation.override("en"):  # put back afterwards
        page = client.get("/console/webhooks?lang=zh-hans", follow=True).content.decode()
    assert "死信" in page
    assert "Dead letters" not in page
