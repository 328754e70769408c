"""Keys of a store or an anchor: made and revoked by its owners, shown once, and no use for anything else."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.keys import MOST_OF_A_SUBJECT, api_key_create
from reputation.base.models import ApiKey, AuditEntry
from reputation.subjects.models import Membership
from tests.portal import world

pytestmark = pytest.mark.django_db
PAGE = "/portal/keys/stores/s1"
OWN = ("store", "s1")


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("mia")
    client.force_login(user)
    world.store()
    return user


def make(client: Client, name: str = "warehouse report") -> str:
    """The key, from the page that shows it."""
    page = client.post(PAGE, {"deed": "make", "name": name}).content.decode()
    found = re.search(r"ls_[\w-]{43}", page)
    assert found, page
    return found[0]


def reads(secret: str, path: str = "/api/v1/own") -> int:
    return int(Client(headers={"authorization": f"Bearer {secret}"}).get(path).status_code)


def test_a_key_is_shown_once_and_opens_what_is_about_the_store(client: Client, owner: User) -> None:
    secret = make(client)
    key = ApiKey.objects.get()
    assert (key.subject_key, key.scopes, key.made_by) == ("store:s1", ["own:read"], "user:mia")
    assert reads(secret) == 200
    page = client.get(PAGE).content.decode()
    assert secret not in page
    assert "warehouse report" in page
    assert key.prefix in page


def test_it_opens_nothing_of_the_platform_and_the_platforms_keys_do_not_open_it(client: Client, owner: User) -> None:
    secret = make(client)
    for path in ("/api/v1/actions", "/api/v1/evidence/rejected"):
        assert reads(secret, path) == 403
    _row, platform = api_key_create(name="app", scopes=["actions:read", "evidence:write"])
    assert reads(platform) == 403
    ApiKey.objects.filter(subject_kind="").update(scopes=["own:read", "actions:read"])  # by another way than ours
    assert reads(platform) == 403
    ApiKey.objects.filter(subject_kind="store").update(scopes=["own:read", "actions:read"])
    assert reads(secret, "/api/v1/actions") == 403


def test_a_revoked_key_opens_nothing_at_once(client: Client, owner: User) -> None:
    secret = make(client)
    answer = client.post(PAGE, {"deed": "revoke", "key": ApiKey.objects.get().pk}, follow=True)
    assert "is revoked" in answer.content.decode()
    assert reads(secret) == 401
    client.post(PAGE, {"deed": "revoke", "key": ApiKey.objects.get().pk})
    assert [entry.action for entry in AuditEntry.objects.filter(object_kind="api_key").order_by("sequence")] == [
        "api_key.created", "api_key.revoked",
    ]  # fmt: skip
    assert AuditEntry.objects.filter(data__contains='"subject":["store","s1"]').count() == 2


@pytest.mark.parametrize("sent", ["", "x", "9" * 30, "-1", "0"])
def test_a_key_that_there_is_not_cannot_be_revoked(client: Client, owner: User, sent: str) -> None:
    make(client)
    assert client.post(PAGE, {"deed": "revoke", "key": sent}).status_code == 302
    assert ApiKey.objects.get().revoked_at is None


def test_keys_of_others_are_neither_shown_nor_revoked(client: Client, owner: User) -> None:
    theirs, _ = api_key_create(name="key of s2", scopes=["own:read"], by="user:otto", subject=("store", "s2"))
    platforms, _ = api_key_create(name="key of the platform", scopes=["actions:read"])
    page = client.get(PAGE).content.decode()
    assert "key of s2" not in page
    assert "key of the platform" not in page
    for key in (theirs, platforms):
        client.post(PAGE, {"deed": "revoke", "key": key.pk})
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "two\nlines"])
def test_a_key_has_a_name_on_one_line(client: Client, owner: User, name: str) -> None:
    answer = client.post(PAGE, {"deed": "make", "name": name})
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_there_are_at_most_ten(client: Client, owner: User) -> None:
    for number in range(MOST_OF_A_SUBJECT):
        api_key_create(name=f"key {number}", scopes=["own:read"], subject=OWN)
    page = client.post(PAGE, {"deed": "make", "name": "one more"}).content.decode()
    assert "10 keys are as many as there can be" in page
    assert ApiKey.objects.count() == MOST_OF_A_SUBJECT
    api_key_create(name="of another", scopes=["own:read"], subject=("store", "s2"))


@pytest.mark.parametrize(("who", "status"), [("colleague", 403), ("stranger", 404), ("nobody", 403)])
def test_only_owners_make_keys(client: Client, owner: User, who: str, status: int) -> None:
    if who == "nobody":
        client.force_login(User.objects.create_user(who))
    else:
        client.force_login(world.member(who, "s1" if who == "colleague" else "s2", role="staff"))
    for answer in (client.get(PAGE), client.post(PAGE, {"deed": "make", "name": "mine"})):
        assert answer.status_code == status
    assert not ApiKey.objects.exists()


def test_a_key_whose_maker_has_left_says_so(client: Client, owner: User) -> None:
    world.member("otto")
    api_key_create(name="report", scopes=["own:read"], by="user:otto", subject=OWN)
    assert "its maker has left" not in client.get(PAGE).content.decode()
    Membership.objects.filter(user__username="otto").delete()
    assert "its maker has left" in client.get(PAGE).content.decode()


def test_a_hostile_name_is_text(client: Client, owner: User) -> None:
    make(client, '"><script>alert(1)</script>')
    assert "<script>alert" not in client.get(PAGE).content.decode()
