"""A forgotten password: a link by mail, which works once."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from pytest_django import Settings

from reputation.accounts.models import FirstPassword
from reputation.accounts.services import staff_add

RESET, NEW = "/accounts/password/reset/", "a wholly new phrase"
pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(db: None) -> User:
    return User.objects.create_user("mia", password="a long enough phrase", email="mia@example.org")


def link(client: Client, address: str = "mia@example.org") -> str:
    """The path of the link in the mail."""
    assert client.post(RESET, {"email": address})["Location"] == f"{RESET}sent/"
    [letter] = mail.outbox
    [found] = re.findall(r"http://[^\s]+", letter.body)
    return str(found)


def choose(client: Client, path: str, password: str = NEW, again: str = NEW):
    return client.post(client.get(path)["Location"], {"password1": password, "password2": again})


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def test_the_link_leads_to_a_new_password(client: Client, mia: User) -> None:
    path = path_of(link(client))
    assert choose(client, path)["Location"] == f"{RESET}done/"
    assert "_auth_user_id" not in client.session
    mia.refresh_from_db()
    assert mia.check_password(NEW)


def test_the_link_works_once_and_for_nobody_elses_account(client: Client, mia: User) -> None:
    path = path_of(link(client))
    choose(client, path)
    stale = client.get(path)
    assert stale.status_code == 200
    assert "used, or is too old" in stale.content.decode()
    other = User.objects.create_user("bo", password="bo's own phrase")
    uid, key = path.removeprefix(RESET).rstrip("/").split("-", 1)
    assert "used, or is too old" in client.get(path.replace(f"{uid}-{key}", f"{other.pk}-{key}")).content.decode()


def test_a_weak_or_unequal_new_password_is_refused(client: Client, mia: User) -> None:
    path = path_of(link(client))
    assert choose(client, path, "12345678", "12345678").status_code == 200
    assert choose(client, path, NEW, "another one").status_code == 200
    mia.refresh_from_db()
    assert mia.check_password("a long enough phrase")


def test_an_unknown_address_and_a_known_one_get_the_same_answer(client: Client, mia: User) -> None:
    known = client.post(RESET, {"email": "mia@example.org"}, follow=True)
    unknown = client.post(RESET, {"email": "nobody@example.org"}, follow=True)
    assert known.redirect_chain == unknown.redirect_chain
    assert known.content == unknown.content
    assert [letter.to for letter in mail.outbox] == [["mia@example.org"]]


def test_the_link_names_our_own_address_whatever_the_request_says(
    client: Client, mia: User, settings: Settings
) -> None:
    settings.PUBLIC_URL, settings.ALLOWED_HOSTS = "http://ratings.example", ["*"]
    client.post(RESET, {"email": "mia@example.org"}, HTTP_HOST="evil.example")
    assert "http://ratings.example/accounts/" in mail.outbox[0].body
    assert "evil.example" not in mail.outbox[0].body


def test_nobodys_mailbox_is_flooded(client: Client, mia: User) -> None:
    answers = [client.post(RESET, {"email": "mia@example.org"}).status_code for _ in range(5)]
    assert answers == [302, 302, 302, 429, 429]
    assert len(mail.outbox) == 3


def test_a_closed_account_gets_no_link(client: Client, mia: User) -> None:
    mia.is_active = False
    mia.save()
    client.post(RESET, {"email": "mia@example.org"})
    assert mail.outbox == []


def test_an_address_that_an_account_no_longer_has_gets_no_link(client: Client, mia: User) -> None:
    link(client)
    assert EmailAddress.objects.filter(user=mia).exists()
    mia.email = "new@example.org"
    mia.save()
    mail.outbox.clear()
    client.post(RESET, {"email": "mia@example.org"})
    assert mail.outbox == []
    answer = client.post("/accounts/login/", {"login": "mia@example.org", "password": "a long enough phrase"})
    assert answer.status_code == 200


def test_the_mail_speaks_the_language_of_the_page(client: Client, mia: User) -> None:
    client.post(f"{RESET}?lang=zh-hans", {"email": "mia@example.org"})
    assert "忘记了账号 mia 的密码" in mail.outbox[0].body
    assert mail.outbox[0].subject == "Livestar: 设置新密码"


def test_a_password_that_was_handed_over_counts_as_replaced(client: Client) -> None:
    staff_add(name="ann", roles=["analyst"], mail="ann@example.org", by="operator:test")
    assert FirstPassword.objects.exists()
    choose(client, path_of(link(client, "ann@example.org")))
    assert not FirstPassword.objects.exists()


def test_forms_refuse_other_sites(mia: User) -> None:
    assert Client(enforce_csrf_checks=True).post(RESET, {"email": "mia@example.org"}).status_code == 403
    assert mail.outbox == []
