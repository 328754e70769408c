"""The links that stop mails: no sign-in, one kind, one person, and asked before anything is done."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.inbox.models import Message, Preference
from reputation.inbox.stopping import stop_of, stop_path
from reputation.inbox.ticking import inbox_round
from tests.governance.appeals.world import member, sanctioned
from tests.inbox.world import begin, prefer

pytestmark = pytest.mark.django_db


def stops(text: str) -> list[str]:
    return re.findall(r"http://127\.0\.0\.1:8000(/notifications/stop/\S+)", text)


def chosen(user: User) -> dict[tuple[str, str], str]:
    return {(row.subject_id, row.kind): row.how for row in Preference.objects.filter(user=user)}


def test_the_link_of_a_mail_asks_and_then_stops_that_kind_for_good(mia: User, client: Client) -> None:
    prefer(mia, "notice", "now", ("store", "s1"))
    begin()
    sanctioned("warning")
    inbox_round()
    [link] = stops(mail.outbox[0].body)
    page = client.get(link)
    assert "New notices" in page.content.decode()
    assert chosen(mia) == {("s1", "notice"): "now"}  # a program that looks into mails has opened the link
    assert client.post(link).status_code == 200
    assert chosen(mia) == {("", "notice"): "off"}
    sanctioned("notice")
    inbox_round()
    assert len(mail.outbox) == 1
    assert Message.objects.filter(user=mia, state="quiet").count() == 1
    assert AuditEntry.objects.filter(action="notifications.chosen").count() == 1
    client.post(link)
    assert AuditEntry.objects.filter(action="notifications.chosen").count() == 1


def test_a_mail_program_stops_them_by_one_post_without_cookies(mia: User) -> None:
    begin()
    sanctioned("warning")
    inbox_round()
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [link] = stops(headers["List-Unsubscribe"].strip("<>"))
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(link, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 200
    assert chosen(mia) == {("", "notice"): "off"}


def test_what_waits_is_not_sent_any_more(mia: User, client: Client) -> None:
    prefer(mia, "notice", "daily")
    begin()
    sanctioned("warning")
    inbox_round()
    client.post(stop_path(mia.pk, ["notice"]))
    assert Message.objects.get().state == "quiet"


def test_a_link_stops_nothing_of_another_person_or_kind(mia: User, client: Client) -> None:
    bo = member("bo")
    prefer(bo, "notice", "now")
    prefer(mia, "star", "now")
    client.post(stop_path(mia.pk, ["notice", "appeal"]))
    assert chosen(mia) == {("", "notice"): "off", ("", "appeal"): "off", ("", "star"): "now"}
    assert chosen(bo) == {("", "notice"): "now"}


@pytest.mark.parametrize(
    "change", [lambda s: s[:-1], lambda s: s.replace("notice", "appeal"), lambda s: "x", str.upper]
)
def test_a_link_that_was_changed_is_told_so_and_does_nothing(mia: User, client: Client, change: object) -> None:
    token = stop_path(mia.pk, ["notice"]).rpartition("/")[2]
    for answer in (
        client.get(f"/notifications/stop/{change(token)}"),
        client.post(f"/notifications/stop/{change(token)}"),
    ):  # type: ignore[operator]
        assert answer.status_code == 404
        assert "This link is not right" in answer.content.decode()
    assert chosen(mia) == {}


def test_the_link_of_somebody_who_is_gone_leads_nowhere(mia: User) -> None:
    token = stop_path(mia.pk, ["notice"]).rpartition("/")[2]
    found = stop_of(token)
    assert found is not None
    assert (found.user, found.kinds) == (mia, ["notice"])
    mia.delete()
    assert stop_of(token) is None


def test_links_outlive_a_change_of_the_installations_key(mia: User, settings: object) -> None:
    token = stop_path(mia.pk, ["notice"]).rpartition("/")[2]
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]  # type: ignore[attr-defined]
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert stop_of(token) is not None
