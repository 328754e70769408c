"""The overview: what is wrong first, then what waits, then what one has."""

from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import Delivery, Heartbeat, OutboxEvent, WebhookEndpoint
from reputation.base.time import market_day, now
from reputation.console.alarms import alarms
from reputation.governance.desk.claims import item_claim
from reputation.ratings.selectors import shown_forget
from tests.governance.desk import world
from tests.people import staff_member
from tests.portal import world as rated

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """The shown night is kept for a moment, and the test before may have had another."""
    shown_forget()


def told(user: User) -> list[str]:
    return [alarm.text for alarm in alarms(user)]


def test_it_counts_what_is_open_overdue_and_mine(client: Client, staff: User) -> None:
    items = [world.item("s1", hours=-3), world.item("s2"), world.item("s3")]
    item_claim(item=items[2], by=staff)
    item_claim(item=items[1], by=world.moderator("ann"))
    answer = client.get("/console/")
    tally = answer.context["tally"]
    assert (tally.all, tally.overdue, tally.mine, tally.others) == (3, 1, 1, 1)
    assert [row.item for row in answer.context["mine"]] == [items[2]]
    page = unescape(answer.content.decode())
    assert "Take the next one" in page
    assert 'href="/console/queue?kind=flag"' in page


def test_nothing_is_pressed_on_who_only_reads(client: Client, db: None) -> None:
    client.force_login(staff_member("au", "auditor"))
    world.item("s1")
    assert "Take the next one" not in client.get("/console/").content.decode()


def test_a_house_in_order_has_no_alarm(client: Client, staff: User) -> None:
    world.policy()
    rated.publish(market_day(now()) - timedelta(days=1))
    Heartbeat.objects.create(cluster="livestar", beat_at=now())
    assert told(staff) == []
    assert "To look at now" not in client.get("/console/").content.decode()


def test_a_silent_worker_old_ratings_and_a_missing_policy_are_alarms(client: Client, staff: User) -> None:
    rated.publish(market_day(now()) - timedelta(days=3))
    Heartbeat.objects.create(cluster="livestar", beat_at=now() - timedelta(minutes=11))
    silent, old, policy = told(staff)
    assert silent.startswith("Worker livestar has been silent since")
    assert "no night has been published since" in old
    assert policy == "No policy is in force: nights flag nobody."
    page = client.get("/console/").content.decode()
    assert all(text in page for text in (silent, old, policy))


def test_a_worker_at_a_night_is_not_called_silent(staff: User) -> None:
    world.policy()
    Heartbeat.objects.create(cluster="nightly", beat_at=now() - timedelta(hours=1))
    assert len(told(staff)) == 1
    rated.run(status="running", stage="train")
    assert told(staff) == []


def test_dead_letters_alarm_who_may_look_at_them(client: Client, staff: User) -> None:
    world.policy()
    event = OutboxEvent.objects.create(event="action.started", subject_key="store:s1", payload={}, created_at=now())
    to = WebhookEndpoint.objects.create(url="https://a.example", events=["action.started"], created_at=now())
    Delivery.objects.create(event=event, endpoint=to, subject_key="store:s1", state="dead", due_at=now())
    assert told(staff) == []
    assert told(staff_member("sen", "senior")) == ["One event reached no webhook."]
