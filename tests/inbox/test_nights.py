"""A new night: stars that moved by a half or more, and the event for a subject's own webhooks."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from reputation.base.models import Delivery, OutboxEvent
from reputation.base.outbox.endpoints import endpoint_create
from reputation.inbox.models import Message
from reputation.inbox.ticking import inbox_round
from reputation.inbox.words import words
from tests.governance.actions.world import Clock
from tests.inbox.world import FIRST, SECOND, THIRD, begin, keys, published, star

pytestmark = pytest.mark.django_db


def told(user: User) -> list[str]:
    return [one.headline for one in words(Message.objects.filter(user=user, kind="star").order_by("id"))]


@pytest.mark.parametrize(
    ("before", "after", "headline"),
    [
        ("4.2", "4.3", "Up from 4.2 to 4.3 stars."),  # drawn as 4 and as 4½
        ("4.3", "4.7", None),  # both drawn as 4½
        ("4.8", "3.9", "Down from 4.8 to 3.9 stars."),
        (None, "4.0", "Stars are shown: 4.0."),
        ("4.0", None, "No stars are shown: there are too few orders."),
        (None, None, None),
    ],
)
def test_stars_that_are_drawn_otherwise_are_told(
    mia: User, clock: Clock, before: str | None, after: str | None, headline: str | None
) -> None:
    first = published(FIRST, clock())
    star(FIRST, before)
    begin()
    star(SECOND, after)
    published(SECOND, clock.pass_(days=1), first)
    inbox_round()
    inbox_round()
    assert told(mia) == ([headline] if headline else [])


def test_a_withheld_star_says_why_there_is_none(mia: User, clock: Clock) -> None:
    published(FIRST, clock())
    star(FIRST, "4.0")
    begin()
    star(SECOND, None, state="withheld")
    published(SECOND, clock.pass_(days=1))
    inbox_round()
    assert told(mia) == ["No stars are shown for now: findings about honest trade are being looked at."]


def test_only_who_acts_for_the_subject_of_that_kind_hears_of_it(mia: User, clock: Clock) -> None:
    published(FIRST, clock())
    for subject_id, kind in (("s2", "store"), ("s1", "anchor")):
        star(FIRST, "3.0", subject_id, kind)
    begin()
    for subject_id, kind in (("s2", "store"), ("s1", "anchor")):
        star(SECOND, "4.0", subject_id, kind)
    published(SECOND, clock.pass_(days=1))
    inbox_round()
    assert keys(mia) == []


def test_the_largest_parts_of_what_moved_it_stand_below(mia: User, clock: Clock) -> None:
    first = published(FIRST, clock())
    star(FIRST, "4.0")
    begin()
    star(SECOND, "4.6", ledger={"evidence": 0.5, "aged": 0.08, "peers": 0.02})
    published(SECOND, clock.pass_(days=1), first)
    inbox_round()
    [said] = words(Message.objects.all())
    lines = said.more.splitlines()
    assert lines[1].startswith("+0.5 New evidence")
    assert lines[2].startswith("+0.08 Old incidents fading")
    assert len(lines) == 3


def test_nights_that_came_together_are_one_step_without_a_ledger_of_the_last_alone(mia: User, clock: Clock) -> None:
    first = published(FIRST, clock())
    star(FIRST, "4.0")
    begin()
    star(SECOND, "4.6")
    second = published(SECOND, clock.pass_(hours=12), first)
    star(THIRD, "4.1", ledger={"evidence": -0.5})
    published(THIRD, clock.pass_(hours=1), second)
    inbox_round()
    assert told(mia) == []
    star(THIRD.replace(month=7, day=1), "4.9", ledger={"evidence": 0.8})
    third = published(THIRD.replace(month=7, day=1), clock.pass_(days=1), second)
    inbox_round()
    assert told(mia) == ["Up from 4.1 to 4.9 stars."]
    assert third.previous == second
    assert "New evidence" not in words(Message.objects.all())[0].more


def test_a_night_is_told_to_own_webhooks_that_want_it(mia: User, clock: Clock, settings: object) -> None:
    of_s1, _ = endpoint_create(
        url="https://s1.example/h", events=["rating.changed"], by="user:mia", subject=("store", "s1")
    )
    endpoint_create(url="https://s1.example/no", events=["action.ended"], by="user:mia", subject=("store", "s1"))
    of_s2, _ = endpoint_create(
        url="https://s2.example/h", events=["rating.changed"], by="user:otto", subject=("store", "s2")
    )
    published(FIRST, clock())
    star(FIRST, "4.1")
    star(FIRST, "3.0", "s2")
    star(FIRST, "2.0", "s3")
    begin()
    star(SECOND, "4.2", ledger={"evidence": 0.1})
    star(SECOND, "3.0", "s2")
    star(SECOND, "2.5", "s3")
    published(SECOND, clock.pass_(days=1))
    inbox_round()
    inbox_round()
    event = OutboxEvent.objects.get(event="rating.changed")
    assert event.subject_key == "store:s1"
    assert event.payload == {
        "night": "2026-06-29", "subject": {"kind": "store", "id": "s1"}, "state": "rated", "stars": 4.2,
        "before": {"state": "rated", "stars": 4.1}, "ledger": {"evidence": 0.1},
    }  # fmt: skip
    assert [delivery.endpoint for delivery in Delivery.objects.all()] == [of_s1]
    assert not of_s2.deliveries.exists()
