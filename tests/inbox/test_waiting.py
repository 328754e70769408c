"""Complaints that wait and times that are nearly over, told as the subject's own pages have them."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.utils.formats import date_format

from reputation.evidence.models import Complaint
from reputation.governance.appeals.services import appeal_file
from reputation.inbox import telling, waiting
from reputation.inbox.models import Message
from reputation.inbox.ticking import inbox_round
from reputation.inbox.words import words
from reputation.intake.selectors import complaints_waiting
from reputation.subjects.services import membership_grant
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import member, sanctioned, send
from tests.inbox.world import begin, keys, kinds

pytestmark = pytest.mark.django_db
CATEGORIES = ("quality", "delivery", "service", "safety", "refund", "counterfeit")


def complaint(key: str, clock: Clock, **more: Any) -> None:
    opened = clock() - timedelta(minutes=5)
    send("complaints", {"complaint_id": key, "category": "delivery", "opened_at": opened.isoformat()} | more)


def test_a_complaint_is_told_once_with_the_day_by_which_it_has_to_be_answered(mia: User, clock: Clock) -> None:
    begin()
    clock.pass_(minutes=20)
    complaint("c9", clock, store_id="s1")
    inbox_round()
    clock.pass_(hours=5)
    inbox_round()
    assert keys(mia) == ["complaint:store:s1:c9"]
    [said] = words(Message.objects.all())
    assert said.headline == "A complaint waits for your answer: Delivery."
    assert said.more == "Answer by 2026-07-11 12:15."
    assert said.path == "/portal/complaint/stores/s1?complaint=c9"


def test_two_days_before_the_end_it_is_a_deadline_too(mia: User, clock: Clock) -> None:
    begin()
    clock.pass_(minutes=20)
    complaint("c9", clock, store_id="s1")
    inbox_round()
    clock.pass_(days=7, hours=23)
    inbox_round()
    assert kinds(mia) == ["complaint"]
    clock.pass_(hours=2)
    inbox_round()
    assert kinds(mia) == ["complaint", "deadline"]
    clock.pass_(days=3)
    inbox_round()
    assert kinds(mia) == ["complaint", "deadline"]


def test_what_is_answered_before_its_mail_goes_out_is_not_mailed(mia: User, clock: Clock) -> None:
    begin()
    clock.pass_(minutes=20)
    for key in ("c8", "c9"):
        complaint(key, clock, store_id="s1")
    inbox_round()
    send("complaints", {"complaint_id": "c8", "first_response_at": clock.pass_(hours=1).isoformat()})
    clock.pass_(days=1)
    inbox_round()
    [sent] = mail.outbox
    assert "complaint=c9" in sent.body
    assert "c8" not in sent.body
    assert {row.key[-2:]: row.state for row in Message.objects.all()} == {"c8": "quiet", "c9": "sent"}


def test_everybody_hears_of_those_complaints_that_wait_on_their_own_pages(mia: User, clock: Clock) -> None:
    """Of 60 at random, about orders, rooms, stores and anchors: the pages' own list is the oracle."""
    people = {("store", "s1"): mia, ("store", "s2"): member("otto", "s2")}
    people |= {("anchor", "a1"): member("lin", "a1", "anchor"), ("anchor", "a2"): member("wu", "a2", "anchor")}
    begin()
    clock.pass_(minutes=20)
    dice = random.Random(5)
    for number in range(60):
        about = dice.choice(
            [{"order_id": dice.choice(["o1", "o2", "o4"])}, {"live_id": "L"}, {"store_id": "s2"}, {"anchor_id": "a2"}]
        )
        complaint(f"c-{number:02}", clock, category=dice.choice(CATEGORIES), **about)
    answered = {"first_response_at": clock().isoformat()}
    send("complaints", *({"complaint_id": f"c-{number:02}"} | answered for number in range(0, 60, 7)))
    inbox_round()
    for (kind, subject_id), user in people.items():
        waits = {one.id for one in complaints_waiting(kind, subject_id)}
        assert len(waits) > 3
        assert {key.rpartition(":")[2] for key in keys(user)} == waits
    assert Complaint.objects.filter(first_response_at=None, outcome=None).count() > 40


def test_what_nobody_will_be_told_is_not_looked_at_again(mia: User, clock: Clock) -> None:
    """What comes up in every round would leave no time for the rest: a complaint that its anchor need not answer, of an
    order that is retracted, and from before anybody listened."""
    member("lin", "a1", "anchor")
    begin()
    complaint("c5", clock, order_id="o2", category="delivery")
    complaint("c6", clock, order_id="o3", store_id="s9")
    send("orders", {"order_id": "o3", "retracted": True})
    inbox_round()
    clock.pass_(minutes=20)
    complaint("c7", clock, order_id="o2", category="delivery")
    inbox_round()
    assert keys(mia) == ["complaint:store:s1:c7"]
    assert list(waiting.complaints(waiting.listened(), clock())) == []


def test_who_acts_for_store_and_anchor_hears_of_a_complaint_about_both_for_each(mia: User, clock: Clock) -> None:
    membership_grant(user=mia, kind="anchor", subject_id="a1", role="staff")
    begin()
    clock.pass_(minutes=20)
    complaint("c9", clock, order_id="o2", category="counterfeit")
    inbox_round()
    assert sorted(keys(mia)) == ["complaint:anchor:a1:c9", "complaint:store:s1:c9"]


@pytest.mark.parametrize(("law", "days"), [("CN", 14), ("EU", 183)])
def test_the_end_of_the_time_to_appeal_is_told_two_days_ahead(
    mia: User, clock: Clock, settings: Any, law: str, days: int
) -> None:
    settings.JURISDICTION = law
    begin()
    action = sanctioned("warning", days=365)
    clock.pass_(days=days - 3)
    inbox_round()
    assert kinds(mia) == ["notice"]
    clock.pass_(days=1)
    inbox_round()
    clock.pass_(days=1)
    inbox_round()
    assert kinds(mia) == ["notice", "deadline"]
    said = words(Message.objects.filter(kind="deadline"))[0]
    last = date(2026, 7, 1) + timedelta(days=days)
    assert said.more == f"Appeal by the end of {date_format(last)}."
    assert said.path == f"/portal/notices/{action.pk}"


def test_nothing_is_due_where_somebody_has_appealed(mia: User, clock: Clock) -> None:
    begin()
    action = sanctioned("warning", days=365)
    appeal_file(action=action, by=mia, text="No.")
    clock.pass_(days=13)
    inbox_round()
    assert "deadline" not in kinds(mia)


def test_who_became_a_member_late_still_hears_of_a_deadline(mia: User, clock: Clock) -> None:
    begin()
    sanctioned("warning", days=365)
    clock.pass_(days=13)
    new = member("new")
    inbox_round()
    assert kinds(new) == ["deadline"]


def test_a_great_many_complaints_take_several_rounds(mia: User, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task of a round has a minute; what it does not come to, the next one does, and a round between loses nothing."""
    people = [mia, member("otto", "s2"), member("lin", "a1", "anchor")]
    begin()
    clock.pass_(minutes=20)
    complaint("c7", clock, store_id="s1")
    complaint("c8", clock, store_id="s2")
    complaint("c9", clock, anchor_id="a1", category="quality")
    monkeypatch.setattr(waiting, "SUBJECTS_AT_ONCE", 1)
    for told in (1, 2, 3):
        assert telling.rest_tell(moment=clock(), seconds=0) == 1
        assert sum(len(keys(user)) for user in people) == told
    assert telling.rest_tell(moment=clock(), seconds=0) == 0
    clock.pass_(minutes=9)
    complaint("c6", clock, store_id="s1")
    assert telling.rest_tell(moment=clock()) == 0  # all was looked through less than ten minutes ago
    clock.pass_(minutes=1)
    assert telling.rest_tell(moment=clock()) == 1
