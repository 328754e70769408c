"""A member's news and choices: their own, of what they act for now, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.inbox.kinds import Kind
from reputation.inbox.models import Message, Preference, Reader
from reputation.inbox.selectors import unseen_count
from reputation.inbox.services import preferences_set
from reputation.subjects.models import Membership
from reputation.subjects.services import membership_grant
from tests.portal import world

pytestmark = pytest.mark.django_db
NEWS, SETTINGS = "/portal/notifications", "/portal/notifications/settings"


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("mia", role="staff")
    User.objects.filter(pk=user.pk).update(email="mia@example.org")
    client.force_login(user)
    world.store()
    return user


def news(
    user: User, key: str = "notice:1", subject: str = "s1", headline: str = "It began.", **more: object
) -> Message:
    values = {
        "kind": "notice", "subject_kind": "store", "subject_id": subject, "state": "quiet", "made_at": now(),
        "data": {"action": 7, "headline": {"en": headline, "zh-hans": "开始了。"}},
    } | more  # fmt: skip
    Reader.objects.get_or_create(user=user, defaults={"language": "en"})
    return Message.objects.create(user=user, key=key, **values)


def text(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def chosen(user: User) -> dict[tuple[str, str], str]:
    return {(row.subject_id, row.kind): row.how for row in Preference.objects.filter(user=user)}


def test_news_are_listed_the_latest_first_and_new_until_they_were_seen(client: Client, owner: User) -> None:
    news(owner, "notice:1", headline="The first thing.", made_at=now() - timedelta(days=1))
    news(owner, "notice:2", headline="The second thing.")
    page = text(client, NEWS)
    assert page.index("The second thing.") < page.index("The first thing.")
    assert page.count(" unread ") == 2
    assert 'href="/portal/notices/7"' in client.get(NEWS).content.decode()
    assert " unread " not in text(client, NEWS)
    assert unseen_count(owner) == 0
    news(owner, "notice:3")
    assert unseen_count(owner) == 1


def test_a_list_of_one_subject_leaves_the_news_of_others_unread(client: Client, owner: User) -> None:
    membership_grant(user=owner, kind="store", subject_id="s2", role="staff")
    news(owner, "notice:1", headline="Of the first store.")
    news(owner, "notice:2", headline="Of the second store.", subject="s2")
    page = text(client, f"{NEWS}?of=store/s2")
    assert "Of the second store." in page
    assert "Of the first store." not in page
    assert unseen_count(owner) == 1
    assert client.get(f"{NEWS}?of=store/s3").status_code == 404


def test_nobody_reads_the_news_of_another_or_of_what_they_left(client: Client, owner: User) -> None:
    bo = world.member("bo", "s2")
    news(bo, headline="A secret of s2.", subject="s2")
    news(owner, "notice:9", headline="Of my former store.", subject="s3")
    news(owner, "notice:4", headline="Mine.")
    page = text(client, NEWS)
    assert "Mine." in page
    assert "A secret of s2." not in page
    assert "Of my former store." not in page
    membership_grant(user=owner, kind="anchor", subject_id="a1", role="staff")
    Membership.objects.filter(user=owner, kind="store").delete()
    assert "Mine." not in text(client, NEWS)
    assert unseen_count(owner) == 0


def test_without_news_the_page_says_what_will_come(client: Client, owner: User) -> None:
    assert "No news yet" in text(client, NEWS)


def test_many_news_have_pages(client: Client, owner: User) -> None:
    for number in range(25):
        news(owner, f"notice:{number}", headline=f"Number {number}.")
    assert "Number 4." not in text(client, NEWS)
    assert "Number 4." in text(client, f"{NEWS}?page=2")


def test_a_hostile_name_is_text(client: Client, owner: User) -> None:
    world.store("s2", name='<script>alert("x")</script>')
    membership_grant(user=owner, kind="store", subject_id="s2", role="staff")
    news(owner, subject="s2", headline="<img src=x>")
    page = client.get(NEWS).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
    assert "&lt;img src=x&gt;" in page


def test_every_kind_can_be_chosen_and_the_page_shows_what_holds(client: Client, owner: User) -> None:
    page = client.get(SETTINGS).content.decode()
    assert "mia@example.org" in page
    for kind in Kind.values:
        assert page.count(f'name="{kind}"') == 3
    assert '<input type="radio" name="star" value="daily" checked>' in page
    answer = client.post(SETTINGS, {"star": "now", "notice": "off"}, follow=True)
    assert "Saved." in answer.content.decode()
    assert chosen(owner) == {("", "star"): "now", ("", "notice"): "off"}
    page = client.get(SETTINGS).content.decode()
    assert '<input type="radio" name="star" value="now" checked>' in page
    assert '<input type="radio" name="notice" value="off" checked>' in page


def test_one_subject_can_be_otherwise_and_as_all_again(client: Client, owner: User) -> None:
    membership_grant(user=owner, kind="store", subject_id="s2", role="staff")
    place = f"{SETTINGS}?of=store%2Fs2"
    assert place.replace("?", "?").partition("?")[2] in client.get(SETTINGS).content.decode()
    assert "as for all: once a day" in text(client, place)
    client.post(place, {"star": "off", "held": ""})
    assert chosen(owner) == {("s2", "star"): "off"}
    assert '<input type="radio" name="star" value="off" checked>' in client.get(place).content.decode()
    client.post(place, {"star": ""})
    assert chosen(owner) == {}


@pytest.mark.parametrize("of", ["store/s2", "store/nowhere", "anchor/s1", "moon/s1", "store/%00"])
def test_choices_for_what_is_not_mine_are_not_there(client: Client, owner: User, of: str) -> None:
    world.member("bo", "s2")
    for answer in (client.get(f"{SETTINGS}?of={of}"), client.post(f"{SETTINGS}?of={of}", {"star": "off"})):
        assert answer.status_code == 404
    assert not Preference.objects.exists()


@pytest.mark.parametrize("sent", [{"star": "hourly"}, {"star": ""}])
def test_a_way_that_there_is_not_is_refused_and_nothing_changes(
    client: Client, owner: User, sent: dict[str, str]
) -> None:
    answer = client.post(SETTINGS, sent | {"held": "now"}, follow=True)
    assert "Choose one of the ways" in answer.content.decode()
    assert chosen(owner) == {}


def test_a_choice_is_written_down_once(owner: User) -> None:
    for _again in range(2):
        preferences_set(user=owner, wanted={"star": "off"})
    [entry] = AuditEntry.objects.filter(action="notifications.chosen")
    assert (entry.actor, entry.object_id) == ("user:mia", "mia")
    assert '"chosen":{"star":"off"}' in entry.data


def test_what_waits_follows_the_choice(owner: User) -> None:
    waiting = {"state": "waiting", "due_at": now() + timedelta(hours=9)}
    news(owner, "notice:1", **waiting)
    news(owner, "held:1", kind="held", **waiting)
    preferences_set(user=owner, wanted={"notice": "now"})
    assert Message.objects.get(key="notice:1").due_at <= now()
    preferences_set(user=owner, wanted={"notice": "off"})
    assert Message.objects.get(key="notice:1").state == "quiet"
    assert Message.objects.get(key="held:1").due_at == waiting["due_at"]


def test_the_language_of_the_portal_becomes_that_of_the_mails(client: Client, owner: User) -> None:
    client.get("/portal/notices")
    assert Reader.objects.get(user=owner).language == "en"
    client.get(f"{NEWS}?lang=zh-hans")
    assert Reader.objects.get(user=owner).language == "zh-hans"
    client.get(SETTINGS)
    assert Reader.objects.get(user=owner).language == "zh-hans"


def test_the_pages_speak_chinese(client: Client, owner: User) -> None:
    news(owner)
    page = text(client, f"{NEWS}?lang=zh-hans")
    assert "开始了。" in page
    assert "消息" in page
    assert "简体中文" in text(client, SETTINGS)


def test_without_an_address_the_page_says_so(client: Client, owner: User) -> None:
    User.objects.update(email="")
    assert "has no mail address" in text(client, SETTINGS)
