"""Who may open what: every address of the desk, tried as everyone who may come along."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from reputation.evidence.models import Hold, RejectedRow
from tests.people import staff_member
from tests.portal import world

pytestmark = pytest.mark.django_db
OK, MOVED, REFUSED, MISSING, CONFLICT, LOGIN = 200, 302, 403, 404, 409, "login"
PEOPLE = ("owner", "colleague", "stranger", "nobody", "platform", "signed out")

# What each of PEOPLE gets, for a GET of every address.
STAFF_ONLY = (REFUSED, REFUSED, REFUSED, REFUSED, OK, LOGIN)
MEMBERS_ONLY = (OK, OK, OK, REFUSED, REFUSED, LOGIN)
OWN_ONLY = (OK, OK, MISSING, REFUSED, REFUSED, LOGIN)
OWN_BUT_EMPTY = (CONFLICT, CONFLICT, MISSING, REFUSED, REFUSED, LOGIN)  # the small world has nothing to score again
SIGNED_IN = (OK, OK, OK, OK, OK, LOGIN)
BY_PERMISSION = (REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, LOGIN)  # staff need one of Django's permissions too
MATRIX = {
    "login": (MOVED, MOVED, MOVED, MOVED, MOVED, OK),
    "logout": (405,) * 6,
    "password_change": SIGNED_IN,
    "home": (MOVED, MOVED, MOVED, MOVED, MOVED, LOGIN),
    "portal:home": MEMBERS_ONLY,
    "portal:what_counts": MEMBERS_ONLY,
    "portal:held": OWN_ONLY,
    "portal:subject": OWN_ONLY,
    "portal:why": OWN_ONLY,
    "portal:simulator": OWN_ONLY,
    "portal:what_if": OWN_BUT_EMPTY,
    "console:home": STAFF_ONLY,
    "console:nights": STAFF_ONLY,
    "console:night": STAFF_ONLY,
    "console:rejected_rows": STAFF_ONLY,
    "console:rejected_row": STAFF_ONLY,
    "console:holds": STAFF_ONLY,
    "console:hold": STAFF_ONLY,
    "console:withheld": STAFF_ONLY,
    "console:feed": STAFF_ONLY,
    "console:audit": BY_PERMISSION,
    "console:webhooks": BY_PERMISSION,
    "console:webhook": BY_PERMISSION,
    "console:models": STAFF_ONLY,
    "console:model": STAFF_ONLY,
}


@pytest.fixture
def arguments() -> dict[str, list[object]]:
    """A small world, and what addresses need of it."""
    world.store("s1")
    world.run()
    world.publish()
    world.rating()
    hold, row = world.hold(), world.rejected_row()
    return {
        "portal:what_counts": ["store"],
        "portal:held": ["store", "s1"],
        "portal:subject": ["store", "s1"],
        "portal:why": ["store", "s1"],
        "portal:simulator": ["store", "s1"],
        "portal:what_if": ["store", "s1"],
        "console:night": [world.NIGHT],
        "console:model": [f"{world.NIGHT}.1"],
        "console:rejected_row": [row.pk],
        "console:hold": [hold.pk],
        "console:webhook": [1],
    }


def visitor(who: str) -> Client:
    client = Client()
    people = {
        "owner": lambda: world.member("owner"),
        "colleague": lambda: world.member("colleague", role="staff"),
        "stranger": lambda: world.member("stranger", "s2"),
        "nobody": lambda: User.objects.create_user("nobody"),
        "platform": lambda: staff_member("platform", "moderator"),
    }
    if who in people:
        client.force_login(people[who]())
    return client


def named(patterns: list, namespace: str = "") -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"
        else:
            yield from named(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)


def test_every_address_of_the_desk_is_in_the_matrix() -> None:
    ours = [part for part in get_resolver().url_patterns if str(part.pattern) in ("accounts/", "portal/", "console/")]
    assert set(named(ours)) == set(MATRIX)


@pytest.mark.parametrize("who", PEOPLE)
def test_everyone_gets_what_the_matrix_says(who: str, arguments: dict[str, list[object]]) -> None:
    client = visitor(who)
    for name, expected in MATRIX.items():
        address = reverse(name, args=arguments.get(name, []))
        answer = client.get(address)
        wanted = expected[PEOPLE.index(who)]
        if wanted == LOGIN:
            assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}"), name
        else:
            assert answer.status_code == wanted, name


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "platform"])
def test_nobody_but_staff_writes_in_the_console(who: str, arguments: dict[str, list[object]]) -> None:
    client = visitor(who)
    hold = {"decision": "released", "reason": "mine", "seen": "held"}
    for name, data in (("console:hold", hold), ("console:rejected_row", {"raw": "{}"})):
        assert client.post(reverse(name, args=arguments[name]), data).status_code in (302, 403)
    assert Hold.objects.get().status == "held"
    assert RejectedRow.objects.get().resent_at is None


@pytest.mark.parametrize("who", PEOPLE)
def test_another_kind_with_the_same_id_is_another_subject(who: str, arguments: dict[str, list[object]]) -> None:
    client = visitor(who)
    for name in ("portal:subject", "portal:held", "portal:why", "portal:simulator", "portal:what_if"):
        assert client.get(reverse(name, args=["anchor", "s1"])).status_code != 200


def test_what_is_not_mine_and_what_does_not_exist_look_the_same(arguments: dict[str, list[object]]) -> None:
    client = visitor("stranger")
    for page in ("", "why/", "simulator/", "what-if/"):
        theirs, nowhere = client.get(f"/portal/{page}stores/s1"), client.get(f"/portal/{page}stores/nowhere")
        assert theirs.status_code == nowhere.status_code == 404
        assert theirs.content.replace(b"s1", b"") == nowhere.content.replace(b"nowhere", b"")


def test_a_former_member_is_a_stranger_at_once(arguments: dict[str, list[object]]) -> None:
    client = visitor("owner")
    User.objects.get(username="owner").memberships.all().delete()
    assert client.get("/portal/stores/s1").status_code == 403


def test_private_pages_stay_out_of_shared_caches(arguments: dict[str, list[object]]) -> None:
    for who, addresses in (
        ("owner", ("/portal/", "/portal/stores/s1", "/portal/why/stores/s1", "/portal/simulator/stores/s1")),
        ("platform", ("/console/",)),
    ):
        client = visitor(who)
        assert all("no-store" in client.get(address)["Cache-Control"] for address in addresses)


@pytest.mark.parametrize("who", ["owner", "platform"])
def test_forms_refuse_other_sites(who: str, arguments: dict[str, list[object]]) -> None:
    client = visitor(who)
    client.handler.enforce_csrf_checks = True
    for name in ("console:hold", "console:rejected_row", "logout", "password_change"):
        assert client.post(reverse(name, args=arguments.get(name, [])), {}).status_code == 403
