"""Mails: at once or once a day, in the reader's language, again when the server is away, and in vain no longer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail

from reputation.inbox import mailing
from reputation.inbox.mailing import GIVE_UP, mails_send, messages_prune
from reputation.inbox.models import Message, Reader
from reputation.inbox.ticking import inbox_round
from reputation.subjects.models import Store
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import member, sanctioned
from tests.inbox.mail_server import MailServer
from tests.inbox.world import begin, prefer

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(mia: User) -> User:
    """Two measures were told to mia, and their mail is due."""
    begin()
    prefer(mia, "notice", "daily")
    for name in ("warning", "notice"):
        sanctioned(name)
    inbox_round()
    Message.objects.update(due_at=mailing.now())
    return mia


def states() -> set[str]:
    return set(Message.objects.values_list("state", flat=True))


def test_what_comes_at_once_is_mailed_in_the_round_that_tells_it(mia: User, settings: Any) -> None:
    settings.PUBLIC_URL = "https://stars.example"
    begin()
    action = sanctioned("warning")
    inbox_round()
    [sent] = mail.outbox
    assert sent.to == ["mia@example.org"]
    assert sent.subject == "Shop s1: “Warning” counts from 2026-07-01 12:00."
    assert f"https://stars.example/portal/notices/{action.pk}?lang=en" in sent.body
    assert sent.extra_headers["Content-Language"] == "en"
    assert Message.objects.get().sent_at is not None


def test_what_comes_once_a_day_comes_at_eight_in_one_mail(mia: User, clock: Clock) -> None:
    prefer(mia, "notice", "daily")
    begin()
    for name in ("warning", "notice"):
        sanctioned(name)
    clock.pass_(hours=19, minutes=59)  # 07:59 of the next day
    inbox_round()
    assert mail.outbox == []
    clock.pass_(minutes=1)
    inbox_round()
    [sent] = mail.outbox
    assert sent.subject == "Shop s1: 2 pieces of news"
    assert sent.body.count("/portal/notices/") == 2


def test_a_mail_is_written_in_the_language_in_which_the_portal_was_read_last(mia: User) -> None:
    begin()
    Reader.objects.filter(user=mia).update(language="zh-hans")
    sanctioned("warning")
    inbox_round()
    [sent] = mail.outbox
    assert "警告" in sent.subject
    assert sent.body.startswith("Shop s1\n")
    assert "lang=zh-hans" in sent.body
    assert "counts from" not in sent.body


def test_without_an_address_there_is_no_mail_and_the_news_stay(mia: User) -> None:
    bo = member("bo")
    begin()
    sanctioned("warning")
    inbox_round()
    assert [sent.to for sent in mail.outbox] == [["mia@example.org"]]
    assert Message.objects.get(user=bo).state == "quiet"


def test_a_name_cannot_write_headers_or_turn_the_text_around(mia: User) -> None:
    Store.objects.filter(pk="s1").update(name="Evil\r\nBcc: all@example.org\u202e gnp\u2028" + "x" * 200)
    begin()
    sanctioned("warning")
    inbox_round()
    [sent] = mail.outbox
    message = sent.message()
    assert message["Bcc"] is None
    assert sent.recipients() == ["mia@example.org"]
    assert not set(sent.subject) & set("\r\n\u202e\u2028")
    assert len(sent.subject) <= 120
    assert "Bcc: all@example.org\n" not in sent.body


def test_names_of_buyers_and_staff_are_in_no_mail(mia: User, judge: User) -> None:
    begin()
    sanctioned("warning")
    inbox_round()
    text = mail.outbox[0].message().as_string()
    assert not any(word in text for word in ("ann", "buyer of", "judge"))


def test_a_great_many_news_are_one_mail_of_fifty_and_a_link_to_the_rest(mia: User) -> None:
    begin()
    facts = {"kind": "notice", "subject_kind": "store", "subject_id": "s1", "state": "waiting"}
    data = {"action": 7, "headline": {"en": "Something.", "zh-hans": "某事。"}}
    Message.objects.bulk_create(
        Message(user=mia, key=f"notice:{number}", data=data, made_at=mailing.now(), due_at=mailing.now(), **facts)
        for number in range(120)
    )
    assert mails_send() == 1
    [sent] = mail.outbox
    assert sent.body.count("Something.") == 50
    assert "And 70 more:\nhttp://127.0.0.1:8000/portal/notifications" in sent.body
    assert states() == {"sent"}


def test_a_server_that_is_away_is_asked_again_with_the_same_mail(waiting: User, clock: Clock) -> None:
    server = MailServer().up()
    server.down()
    assert mails_send(backend=server.backend) == 0
    first = Message.objects.first()
    assert (first.state, first.attempts) == ("waiting", 1)
    assert first.error.startswith("ConnectionRefusedError")
    assert mails_send(backend=server.backend) == 0  # not due yet
    assert Message.objects.first().attempts == 1
    server.up()
    clock.pass_(minutes=2)
    assert mails_send(backend=server.backend) == 1
    server.down()
    [sent] = server.mails
    assert sent["Message-ID"] == f"<{first.mail}@localhost>"
    assert states() == {"sent"}


def test_what_comes_meanwhile_is_a_mail_of_its_own(waiting: User, clock: Clock, mail_server: MailServer) -> None:
    away = MailServer().up()
    away.down()
    mails_send(backend=away.backend)
    sanctioned("listing_ban")
    inbox_round()
    clock.pass_(days=1)
    mails_send(backend=mail_server.backend)
    numbers = [str(sent["Message-ID"]) for sent in mail_server.mails]
    assert len(set(numbers)) == 2
    assert states() == {"sent"}


def test_a_server_that_stays_away_is_given_up_after_a_day(waiting: User, clock: Clock) -> None:
    away = MailServer().up()
    away.down()
    attempts = 0
    while "waiting" in states() and attempts < 50:
        mails_send(backend=away.backend)
        clock.pass_(hours=1)
        attempts += 1
    assert states() == {"dead"}
    assert 24 <= attempts <= GIVE_UP / timedelta(hours=1) + 3


def test_an_address_that_is_refused_for_good_is_given_up_at_once(waiting: User, mail_server: MailServer) -> None:
    bo = member("bo")
    User.objects.filter(pk=bo.pk).update(email="bo@example.org")
    Reader.objects.create(user=bo, language="en")
    row = Message.objects.first()
    row.pk, row.user = None, bo
    row.save()
    mail_server.answer = lambda line: "550 no such user" if "mia" in line else "250 ok"
    assert mails_send(backend=mail_server.backend) == 1
    assert {*Message.objects.filter(user=waiting).values_list("state", flat=True)} == {"dead"}
    assert [sent["To"] for sent in mail_server.mails] == ["bo@example.org"]


def test_a_mailbox_that_is_full_for_now_is_tried_again(waiting: User, mail_server: MailServer, clock: Clock) -> None:
    mail_server.answer = lambda line: "452 full"
    mails_send(backend=mail_server.backend)
    assert states() == {"waiting"}
    mail_server.answer = lambda line: "250 ok"
    clock.pass_(minutes=2)
    assert mails_send(backend=mail_server.backend) == 1


def test_a_worker_that_died_with_a_claim_leaves_it_to_run_out(waiting: User, clock: Clock) -> None:
    claimed = mailing.claim()
    assert claimed is not None
    assert len(claimed.messages) == 2
    assert mails_send() == 0
    clock.pass_(minutes=2)
    assert mails_send() == 1
    [sent] = mail.outbox
    assert sent.extra_headers["Message-ID"] == f"<{claimed.messages[0].mail}@localhost>"


def test_a_letter_that_cannot_be_written_costs_nobody_else_theirs(waiting: User) -> None:
    bo = member("bo")
    User.objects.filter(pk=bo.pk).update(email="bo@example.org")
    Reader.objects.create(user=bo, language="en")
    row = Message.objects.first()
    Message.objects.update(data={"of": "an older version"})
    row.pk, row.user = None, bo
    row.save()
    assert mails_send() == 1
    assert [sent.to for sent in mail.outbox] == [["bo@example.org"]]
    assert {*Message.objects.filter(user=waiting).values_list("state", "error")} == {
        ("waiting", "KeyError: 'headline'")
    }


def test_news_of_ninety_days_ago_are_dropped(waiting: User, clock: Clock) -> None:
    clock.pass_(days=89)
    assert messages_prune() == 0
    clock.pass_(days=2)
    assert messages_prune() == 2
