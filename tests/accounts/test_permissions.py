"""Who may open what: every address, read and written by everyone who may come along."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.contrib.auth.models import Group, User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from pytest_django import Settings

from reputation.base.models import AuditEntry
from reputation.evidence.models import Hold, RejectedRow
from reputation.governance.models import Action
from tests.accounts import places
from tests.accounts.matrix import MATRIX, NONE, Row
from tests.accounts.people import PEOPLE, visitor
from tests.accounts.places import Addresses

pytestmark = pytest.mark.django_db
PRIVATE = ("account", "members", "own", "staff")


@pytest.fixture
def addresses() -> Addresses:
    return places.build()


def address(name: str, addresses: Addresses) -> str:
    """`name` may say more behind a space: which of the things that have this address."""
    return reverse(name.split(" ", maxsplit=1)[0], args=addresses.get(name, []))


def answered(answer: HttpResponseBase) -> str:
    if answer.status_code == 302 and answer["Location"].startswith("/accounts/login/?next="):
        return "sign in"
    return {401: "no key", 403: "refused", 404: "missing", 405: "not allowed"}.get(answer.status_code, "in")


def named(patterns: list, namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            yield from named(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)


def test_every_address_is_in_the_matrix() -> None:
    assert set(named(get_resolver().url_patterns)) == {name.split(" ")[0] for name in MATRIX}


def reads(row: Row, who: str) -> set[str]:
    return {row.answer(who, row.gets)} if row.gets else {row.shut(who), "not allowed"}


def writes(row: Row, who: str) -> set[str]:
    if row.posts:
        return {row.answer(who, row.posts)}
    return {row.answer(who, row.gets), "not allowed"}


@pytest.mark.parametrize("who", PEOPLE)
def test_everyone_reads_what_the_matrix_says(who: str, addresses: Addresses) -> None:
    client, wrong = visitor(who), {}
    for name, row in MATRIX.items():
        answer = client.get(address(name, addresses))
        if (found := answered(answer)) not in reads(row, who):
            wrong[name] = found
        if row.area in PRIVATE and answer.status_code == 200 and "no-store" not in answer["Cache-Control"]:
            wrong[name] = "may be kept in a shared cache"
    assert wrong == {}


@pytest.mark.parametrize("who", PEOPLE)
def test_everyone_writes_where_the_matrix_says(who: str, addresses: Addresses) -> None:
    client, wrong = visitor(who), {}
    for name, row in MATRIX.items():
        answer = client.post(address(name, addresses), row.sent)
        if (found := answered(answer)) not in writes(row, who):
            wrong[name] = found
        if name == "logout" and who != "signed out":
            client.force_login(User.objects.get(username=who))
    assert wrong == {}


@pytest.mark.parametrize("who", ["auditor", "newcomer", "stranger", "nobody", "signed out"])
def test_whoever_may_not_write_has_written_nothing(who: str, addresses: Addresses) -> None:
    """Those who may only read; their own order of the desk and replays leave no trace."""
    client, before = visitor(who), AuditEntry.objects.count()
    states = list(Action.objects.order_by("pk").values_list("state", flat=True))
    for name, row in MATRIX.items():
        if name != "logout":
            client.post(address(name, addresses), row.sent)
    assert AuditEntry.objects.count() == before
    assert list(Action.objects.order_by("pk").values_list("state", flat=True)) == states
    assert Hold.objects.get().status == "held"
    assert RejectedRow.objects.get().resent_at is None


def test_no_page_of_the_console_opens_without_a_second_factor(addresses: Addresses, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client = visitor("chief")
    for name, row in MATRIX.items():
        if row.area == "staff":
            for answer in (client.get(address(name, addresses)), client.post(address(name, addresses), row.sent)):
                assert answer.status_code == 405 or answer["Location"] == "/accounts/security/app/", name


def test_a_role_that_is_taken_away_is_gone_at_once(addresses: Addresses) -> None:
    """Even about one's own work: who has become an auditor no longer lifts what they once imposed."""
    before = User.objects.get(username="before")
    before.groups.set([Group.objects.get(name="auditor")])
    client = Client()
    client.force_login(before)
    for deed in ("lift", "replace", "withdraw"):
        sent = {"deed": deed, f"{deed}-reason": "changed my mind"}
        assert client.post(address("console:action", addresses), sent).status_code == 403
    assert client.get("/console/").status_code == 200
    before.groups.clear()
    assert client.get("/console/").status_code == 403


@pytest.mark.parametrize("who", ["analyst", "moderator", "senior", "auditor"])
def test_the_console_links_to_nothing_that_it_would_refuse(who: str, addresses: Addresses) -> None:
    client = visitor(who)
    places = set(re.findall(r'href="(/console/[^"#]*)"', client.get("/console/").content.decode()))
    assert len(places) > 10
    assert [place for place in sorted(places) if client.get(unescape(place)).status_code != 200] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_another_kind_with_the_same_id_is_another_subject(who: str, addresses: Addresses) -> None:
    client = visitor(who)
    for name in ("subject", "held", "why", "simulator", "what_if", "objection_new"):
        assert client.get(reverse(f"portal:{name}", args=["anchor", "s1"])).status_code != 200


def test_what_is_not_mine_and_what_does_not_exist_look_the_same(addresses: Addresses) -> None:
    client = visitor("stranger")
    for page in ("", "why/", "members/", "simulator/", "what-if/", "objections/new/"):
        theirs, nowhere = client.get(f"/portal/{page}stores/s1"), client.get(f"/portal/{page}stores/nowhere")
        assert theirs.status_code == nowhere.status_code == 404
        assert theirs.content.replace(b"s1", b"") == nowhere.content.replace(b"nowhere", b"")
    for name in ("notice", "appeal", "objection", "attachment", "appeal_new"):
        [pk] = addresses[f"portal:{name}"]
        theirs = client.get(reverse(f"portal:{name}", args=[pk]))
        nowhere = client.get(reverse(f"portal:{name}", args=[987654]))
        assert theirs.status_code == nowhere.status_code == 404
        assert theirs.content.replace(f"/{pk}".encode(), b"") == nowhere.content.replace(b"/987654", b"")


def test_a_former_member_is_a_stranger_at_once(addresses: Addresses) -> None:
    client = visitor("owner")
    User.objects.get(username="owner").memberships.all().delete()
    assert client.get("/portal/stores/s1").status_code == 403
    assert client.get(address("portal:attachment", addresses)).status_code == 403


@pytest.mark.parametrize("who", ["owner", "chief"])
def test_forms_refuse_other_sites(who: str, addresses: Addresses) -> None:
    client = visitor(who)
    client.handler.enforce_csrf_checks = True
    for name, row in MATRIX.items():
        if row.posts != NONE and who in row.posts:
            answer = client.post(address(name, addresses), row.sent, headers={"origin": "https://other.example"})
            assert answer.status_code == 403, name
