"""`manage.py staff`: who belongs to the platform's staff, and as what."""

import io
import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from reputation.accounts.roles import ROLES, roles_write
from reputation.accounts.services import staff_add, staff_remove
from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry

pytestmark = pytest.mark.django_db
BY = "operator:test"


def staff(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("staff", *words, stdout=out)
    return out.getvalue().splitlines()


def permissions(user: User) -> set[str]:
    return set(User.objects.get(pk=user.pk).get_all_permissions())


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_is_written_of_it_and_nothing_else(role: str) -> None:
    user, _password = staff_add(name="ann", roles=[role], by=BY)
    assert permissions(user) == set(ROLES[role])


def test_every_permission_of_the_roles_exists() -> None:
    known = {f"{app}.{name}" for app, name in Permission.objects.values_list("content_type__app_label", "codename")}
    assert {name for names in ROLES.values() for name in names} <= known


def test_an_auditor_only_reads() -> None:
    writing = ("decide", "agree", "lift", "write", "edit", "announce", "add_", "change_", "delete_")
    assert not [name for name in ROLES["auditor"] if name.split(".")[1].startswith(writing)]


def test_writing_the_roles_again_takes_away_what_is_not_in_them() -> None:
    group = Group.objects.get(name="auditor")
    group.permissions.add(Permission.objects.get(codename="decide_appeal"))
    roles_write()
    roles_write()
    names = {f"{permission.content_type.app_label}.{permission.codename}" for permission in group.permissions.all()}
    assert names == set(ROLES["auditor"])


def test_somebody_new_gets_a_password_that_has_to_be_changed(client: Client) -> None:
    *_rest, password = staff("add", "ann", "--role", "moderator", "--role", "analyst")
    assert client.post("/accounts/login/", {"login": "ann", "password": password}).status_code == 302
    assert client.get("/console/")["Location"] == "/accounts/password/"
    new = {"oldpassword": password, "password1": "a phrase of my own", "password2": "a phrase of my own"}
    assert client.post("/accounts/password/", new).status_code == 302
    assert client.get("/console/").status_code == 200
    assert len(password) >= 20


def test_the_one_time_password_cannot_be_kept_beside_a_second_factor(client: Client, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    *_rest, password = staff("add", "ann", "--role", "senior")
    client.post("/accounts/login/", {"login": "ann", "password": password})
    assert client.get("/console/")["Location"] == "/accounts/password/"
    new = {"oldpassword": password, "password1": "a phrase of my own", "password2": "a phrase of my own"}
    client.post("/accounts/password/", new)
    assert client.get("/console/")["Location"] == "/accounts/security/app/"


def test_adding_again_changes_roles_and_leaves_the_password() -> None:
    staff("add", "ann", "--role", "moderator", "--mail", "ann@example.org")
    before = User.objects.get(username="ann").password
    Group.objects.create(name="a group of their own").user_set.add(User.objects.get(username="ann"))
    assert staff("add", "ann", "--role", "auditor") == ["ann: auditor."]
    ann = User.objects.get(username="ann")
    assert (ann.password, ann.email) == (before, "ann@example.org")
    assert {group.name for group in ann.groups.all()} == {"auditor", "a group of their own"}


def test_whoever_leaves_is_out_at_once_and_what_they_did_stays(client: Client) -> None:
    user, _password = staff_add(name="ann", roles=["senior"], by=BY)
    user.set_password("a phrase of my own")
    user.save()
    client.force_login(user)
    staff("remove", "ann")
    assert client.get("/console/")["Location"].startswith("/accounts/login/")
    assert client.post("/accounts/login/", {"login": "ann", "password": "a phrase of my own"}).status_code == 200
    ann = User.objects.get(username="ann")
    assert (ann.is_active, ann.is_staff, list(ann.groups.all()), permissions(ann)) == (False, False, [], set())
    assert "has no staff" not in staff("list")


def test_a_reset_gives_a_new_password_and_takes_the_second_factor(client: Client) -> None:
    user, first = staff_add(name="ann", roles=["senior"], by=BY)
    Authenticator.objects.create(user=user, type="totp", data={})
    *_rest, password = staff("reset", "ann")
    assert password != first
    assert not Authenticator.objects.exists()
    assert client.post("/accounts/login/", {"login": "ann", "password": password})["Location"] == "/accounts/home/"
    assert client.get("/console/")["Location"] == "/accounts/password/"


def test_the_list_says_role_and_second_factor() -> None:
    user, _password = staff_add(name="ann", roles=["senior", "analyst"], by=BY)
    User.objects.create_user("chief", is_staff=True, is_superuser=True)
    User.objects.create_user("mia")
    Authenticator.objects.create(user=user, type="totp", data={})
    ann, chief = staff("list")
    assert ann.split() == ["ann", "analyst,", "senior", "second", "factor", "never", "in"]
    assert chief.split() == ["chief", "superuser", "password", "alone", "never", "in"]


@pytest.mark.parametrize(
    ("name", "roles", "mail", "said"),
    [
        ("ann", [], "", "at least one role"),
        ("ann", ["king"], "", "no role king"),
        ("a b", ["senior"], "", "valid username"),
        ("ANN", ["senior"], "", "capital letters"),
        ("bo", ["senior"], "no address", "valid email"),
        ("bo", ["senior"], "Ann@example.org", "has this mail"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(name: str, roles: list[str], mail: str, said: str) -> None:
    staff_add(name="ann", roles=["analyst"], mail="ann@example.org", by=BY)
    with pytest.raises(ValidationError, match=said):
        staff_add(name=name, roles=roles, mail=mail, by=BY)
    assert User.objects.count() == 1


def test_nobody_is_removed_or_reset_who_is_no_staff() -> None:
    User.objects.create_user("mia")
    for deed in ("remove", "reset"):
        with pytest.raises(CommandError, match="no member of staff"):
            staff(deed, "mia")
    with pytest.raises(ValidationError):
        staff_remove(name="nobody", by=BY)


def test_everything_is_in_the_audit_log_but_no_password() -> None:
    *_rest, first = staff("add", "ann", "--role", "senior", "--mail", "ann@example.org")
    *_rest, second = staff("reset", "ann")
    staff("remove", "ann")
    assert audit_verify().bad is None
    entries = list(AuditEntry.objects.order_by("sequence"))
    assert [(entry.action, entry.object_id) for entry in entries] == [
        ("staff.added", "ann"), ("staff.reset", "ann"), ("staff.removed", "ann"),
    ]  # fmt: skip
    assert json.loads(entries[0].data) == {"roles": ["senior"], "mail": "ann@example.org", "new": True}
    assert all(entry.actor.startswith("operator:") for entry in entries)
    assert not [entry for entry in entries if first in entry.data or second in entry.data]
