"""Invitations by mail: single use, seven days, and nothing that a removed owner could come back by."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import translation
from django.utils.module_loading import import_string
from django_q.models import Schedule
from pytest_django import Settings

from reputation.accounts import invitations as services
from reputation.accounts.invitations import (
    MOST_A_DAY,
    account_join,
    invitation_accept,
    invitation_again,
    invitation_found,
    invitation_mail,
    invitation_make,
    invitation_revoke,
    invitation_state,
)
from reputation.accounts.members import member_remove, member_role
from reputation.accounts.models import Invitation
from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.nightly.schedules import INVITATIONS, schedules_upsert
from reputation.subjects.models import Membership
from tests.governance.actions.world import Clock
from tests.portal import world
from tests.portal.conftest import clock  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough phrase"
NEW = {"deed": "account", "name": "lin", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def mia() -> User:
    world.store("s1", "Mia Fashion")
    return world.member("mia")


def invite(by: User, to: str = "lin@example.org", role: str = "staff") -> tuple[Invitation, str]:
    return invitation_make(kind="store", subject_id="s1", mail=to, role=role, by=by)


def roles() -> dict[str, str]:
    return dict(Membership.objects.filter(kind="store", subject_id="s1").values_list("user__username", "role"))


def link() -> str:
    """The path of the link in the latest mail."""
    [found] = re.findall(r"http://\S+", mail.outbox[-1].body)
    return "/" + str(found).split("/", 3)[3]


def test_whoever_has_the_link_and_an_account_becomes_a_member(mia: User) -> None:
    _invitation, token = invite(mia)
    invitation_accept(token=token, user=User.objects.create_user("bo", email="another@example.org"))
    assert roles() == {"mia": "owner", "bo": "staff"}


def test_it_works_once(mia: User) -> None:
    _invitation, token = invite(mia)
    bo = User.objects.create_user("bo")
    assert invitation_accept(token=token, user=bo) == invitation_accept(token=token, user=bo)
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=User.objects.create_user("eve"))
    assert roles() == {"mia": "owner", "bo": "staff"}


def test_somebody_who_was_removed_does_not_come_back_by_the_used_link(mia: User) -> None:
    _invitation, token = invite(mia)
    bo = User.objects.create_user("bo")
    invitation_accept(token=token, user=bo)
    member_remove(kind="store", subject_id="s1", member=bo.pk, by=mia)
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=bo)


def test_an_owner_whose_account_was_closed_invites_nobody(mia: User) -> None:
    invitation, token = invite(mia, role="owner")
    User.objects.filter(pk=mia.pk).update(is_active=False)
    assert invitation_state(invitation) == "revoked"
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=User.objects.create_user("bo"))
    with pytest.raises(PermissionDenied):
        invite(mia, "another@example.org")
    assert roles() == {"mia": "owner"}


def test_a_name_breaks_no_line_of_the_mail_and_turns_nothing_round() -> None:
    world.store("s1", "Lotus\r\n\r\nYour account is shut: https://evil.example \u202etxet\u2066")
    invitation_mail(*invite(world.member("mia")))
    letter = mail.outbox[-1]
    assert "to work for Lotus Your account is shut: https://evil.example txet at Livestar" in " ".join(
        letter.body.split()
    )
    assert not set("\u202e\u2066") & set(letter.body + letter.subject)


def test_it_ends_after_seven_days(mia: User, clock: Clock) -> None:  # noqa: F811
    invitation, token = invite(mia)
    clock.pass_(days=7, seconds=-1)
    assert invitation_state(invitation) == "open"
    clock.pass_(seconds=1)
    assert invitation_state(invitation) == "expired"
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=User.objects.create_user("bo"))


def test_sending_it_again_gives_seven_more_days_and_ends_the_former_link(mia: User, clock: Clock) -> None:  # noqa: F811
    invitation, former = invite(mia)
    clock.pass_(days=8)
    again, token = invitation_again(invitation=invitation, by=mia)
    assert (again.pk, again.sent) == (invitation.pk, 2)
    assert invitation_found(former) is None
    assert invitation_accept(token=token, user=User.objects.create_user("bo")).role == "staff"


def test_inviting_an_address_twice_is_one_invitation_with_the_last_role(mia: User) -> None:
    first, _token = invite(mia, "Lin@Example.org")
    second, _token = invite(mia, " lin@example.org ", role="owner")
    assert first.pk == second.pk
    assert Invitation.objects.get().role == "owner"


def test_taken_back_it_opens_nothing(mia: User) -> None:
    invitation, token = invite(mia)
    invitation_revoke(invitation=invitation, by=mia)
    invitation_revoke(invitation=invitation, by=mia)
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=User.objects.create_user("bo"))
    with pytest.raises(ValidationError, match="taken back"):
        invitation_again(invitation=invitation, by=mia)
    assert AuditEntry.objects.filter(action="invitation.revoked").count() == 1


@pytest.mark.parametrize("loses", ["membership", "ownership"])
def test_what_a_former_owner_sent_dies_with_the_right_to_send_it(mia: User, loses: str) -> None:
    otto = world.member("otto")
    invitation, token = invite(otto, role="owner")
    about = {"kind": "store", "subject_id": "s1", "member": otto.pk, "by": mia}
    if loses == "membership":
        member_remove(**about)
    else:
        member_role(**about, role="staff")
    invitation.refresh_from_db()
    assert invitation.revoked_at
    with pytest.raises(ValidationError, match="not open any more"):
        invitation_accept(token=token, user=otto)


def test_a_right_that_went_away_otherwise_ends_it_too(mia: User) -> None:
    invitation, _token = invite(world.member("otto"))
    Membership.objects.filter(user__username="otto").delete()
    assert invitation_state(invitation) == "revoked"


def test_an_owner_who_accepts_to_be_staff_stays_an_owner(mia: User) -> None:
    _invitation, token = invite(mia)
    assert invitation_accept(token=token, user=mia).role == "owner"


def test_staff_who_accept_to_be_owners_are_owners(mia: User) -> None:
    bo = world.member("bo", role="staff")
    _invitation, token = invite(mia, role="owner")
    assert invitation_accept(token=token, user=bo).role == "owner"
    assert Membership.objects.filter(user=bo).count() == 1


@pytest.mark.parametrize("who", ["staff of the store", "owner of another"])
def test_only_owners_of_the_subject_invite(mia: User, who: str) -> None:
    by = world.member("bo", role="staff") if who == "staff of the store" else world.member("otto", "s2")
    invitation, _token = invite(mia, "first@example.org")
    for deed in (
        lambda: invite(by),
        lambda: invitation_again(invitation=invitation, by=by),
        lambda: invitation_revoke(invitation=invitation, by=by),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert Invitation.objects.get().digest == invitation.digest


@pytest.mark.parametrize(
    ("to", "role", "said"),
    [("no address", "staff", "valid email"), ("bo@example.org", "staff", "acts for it"), ("a@b.cn", "king", "role")],
)
def test_what_cannot_be_is_refused(mia: User, to: str, role: str, said: str) -> None:
    User.objects.filter(pk=world.member("bo").pk).update(email="Bo@example.org")
    with pytest.raises(ValidationError, match=said):
        invite(mia, to, role)
    assert not Invitation.objects.exists()


def test_nobody_sends_advertising_by_it(mia: User, clock: Clock) -> None:  # noqa: F811
    for number in range(MOST_A_DAY):
        invitation, _token = invite(mia, f"{number}@example.org")
    for deed in (lambda: invite(mia, "one@more.org"), lambda: invitation_again(invitation=invitation, by=mia)):
        with pytest.raises(ValidationError, match="are the most"):
            deed()
    clock.pass_(days=1, seconds=1)
    assert invite(mia, "one@more.org")


def test_neither_token_nor_address_stands_in_the_database_log(mia: User) -> None:
    invitation, token = invite(mia)
    assert token not in str(Invitation.objects.values().get())
    invitation_accept(token=token, user=User.objects.create_user("bo"))
    log = list(AuditEntry.objects.values_list("action", "data"))
    assert [action for action, _data in log][-2:] == ["invitation.made", "invitation.accepted"]
    assert not [data for _action, data in log if token in data or invitation.mail in data]
    assert audit_verify().bad is None


def test_the_mail_is_in_the_language_of_who_invites_and_names_our_own_address(mia: User, settings: Settings) -> None:
    settings.PUBLIC_URL = "http://stars.example"
    with translation.override("zh-hans"):
        invitation, token = invite(mia, role="owner")
    assert invitation_mail(invitation, token)
    [letter] = mail.outbox
    assert letter.to == ["lin@example.org"]
    assert "Mia Fashion" in letter.subject
    assert "邀请" in letter.subject
    assert f"http://stars.example/accounts/join/{token}" in letter.body


def test_a_hostile_name_stays_one_line_of_the_mail(mia: User) -> None:
    world.Store.objects.update(name="Mia\r\nBcc: all@example.org\n<b>")
    assert invitation_mail(*invite(mia))
    [letter] = mail.outbox
    assert "\n" not in letter.subject
    assert letter.recipients() == ["lin@example.org"]


def test_a_mail_server_that_is_away_is_told(mia: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_words: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(services, "send_mail", away)
    invitation, token = invite(mia)
    assert not invitation_mail(invitation, token)
    assert not Invitation.objects.get().mailed


def test_a_new_person_makes_an_account_there_and_is_signed_in(client: Client, mia: User) -> None:
    invitation_mail(*invite(mia))
    page = client.get(link()).content.decode()
    assert "Mia Fashion" in page
    assert "lin@example.org" in page
    assert client.post(link(), NEW)["Location"] == "/accounts/joined/"
    offered = client.get("/accounts/joined/").content.decode()
    assert "/accounts/security/app/" in offered
    assert client.get("/accounts/security/app/").status_code == 200  # without being asked for the password again
    assert client.get("/portal/")["Location"] == "/portal/stores/s1"
    lin = User.objects.get(username="lin")
    assert (lin.email, lin.check_password(PASSWORD), lin.is_staff) == ("lin@example.org", True, False)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "MIA"}, "has this name already"),
        ({"name": "lin@example.org"}, "without @"),
        ({"name": "a b"}, "valid username"),
        ({"name": ""}, "required"),
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "something else"}, "not the same"),
        ({"password1": "lin@example.org", "password2": "lin@example.org"}, "too similar"),
    ],
)
def test_an_account_that_cannot_be_is_refused_and_the_link_stays_open(
    client: Client, mia: User, sent: dict[str, str], said: str
) -> None:
    invitation_mail(*invite(mia))
    answer = client.post(link(), NEW | sent)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert User.objects.count() == 1
    assert client.post(link(), NEW).status_code == 302


def test_who_has_an_account_with_the_address_is_asked_to_sign_in(client: Client, mia: User) -> None:
    User.objects.create_user("lin", email="Lin@example.org", password=PASSWORD)
    invitation_mail(*invite(mia))
    page = client.get(link()).content.decode()
    assert f"/accounts/login/?next={quote(link(), safe='')}" in page
    assert 'name="password1"' not in page
    client.post(link(), NEW | {"name": "second"})
    assert not User.objects.filter(username="second").exists()
    client.post("/accounts/login/", {"login": "lin", "password": PASSWORD, "next": link()})
    assert client.post(link(), {"deed": "accept"})["Location"] == "/portal/stores/s1"
    assert roles()["lin"] == "staff"


def test_the_page_says_who_accepts_and_looking_uses_nothing_up(client: Client, mia: User) -> None:
    invitation, token = invite(mia)
    client.force_login(User.objects.create_user("bo"))
    for _look in range(2):
        assert "<strong>bo</strong>" in client.get(f"/accounts/join/{token}").content.decode()
    assert client.post(f"/accounts/join/{token}").status_code == 200
    assert invitation_state(invitation) == "open"
    assert "bo" not in roles()


def test_every_link_that_opens_nothing_says_why(client: Client, mia: User, clock: Clock) -> None:  # noqa: F811
    _one, used = invite(mia, "a@example.org")
    invitation_accept(token=used, user=User.objects.create_user("bo"))
    two, revoked = invite(mia, "b@example.org")
    invitation_revoke(invitation=two, by=mia)
    _three, late = invite(mia, "c@example.org")
    clock.pass_(days=7)
    for token, status, said in (
        (used, 410, "works once"),
        (revoked, 410, "taken back"),
        (late, 410, "has run out"),
        ("made-up", 404, "not known"),
    ):
        for answer in (client.get(f"/accounts/join/{token}"), client.post(f"/accounts/join/{token}", NEW)):
            assert answer.status_code == status, token
            assert said in answer.content.decode(), token
            assert "no-store" in answer["Cache-Control"]
    assert not User.objects.filter(username="lin").exists()


def test_who_accepted_it_is_led_on(client: Client, mia: User) -> None:
    _invitation, token = invite(mia)
    bo = User.objects.create_user("bo")
    invitation_accept(token=token, user=bo)
    client.force_login(bo)
    assert "/portal/stores/s1" in client.get(f"/accounts/join/{token}").content.decode()


def test_a_second_click_makes_no_second_account(mia: User) -> None:
    _invitation, token = invite(mia)
    account_join(token=token, name="lin", password=PASSWORD)
    with pytest.raises(ValidationError, match="not open any more"):
        account_join(token=token, name="lin2", password=PASSWORD)
    assert User.objects.filter(username__startswith="lin").count() == 1


def test_the_page_speaks_chinese(client: Client, mia: User) -> None:
    _invitation, token = invite(mia, role="owner")
    page = client.get(f"/accounts/join/{token}?lang=zh-hans").content.decode()
    for words in ("担任“Mia Fashion”的所有者", "新建账号", "创建账号并接受"):
        assert words in page


def test_states_are_those_of_seven_days(mia: User) -> None:
    invitation, _token = invite(mia)
    assert invitation.expires_at - invitation.sent_at == timedelta(days=7)


def test_what_is_over_for_a_month_is_forgotten_and_the_rest_stays(mia: User, clock: Clock) -> None:  # noqa: F811
    invite(mia, "never-came@example.org")
    taken_back, _token = invite(mia, "taken-back@example.org")
    invitation_revoke(invitation=taken_back, by=mia)
    clock.pass_(days=31)
    fresh, _token = invite(mia, "fresh@example.org")
    schedules_upsert()
    run(Schedule.objects.get(name=INVITATIONS).func)
    assert set(Invitation.objects.values_list("mail", flat=True)) == {"never-came@example.org", fresh.mail}
    clock.pass_(days=7, seconds=1)
    run(Schedule.objects.get(name=INVITATIONS).func)
    assert list(Invitation.objects.all()) == [fresh]


def run(task: str) -> None:
    """As the cluster does: by its name."""
    import_string(task)()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("lin", "lin2"), ("lin", "Lin")])
@pytest.mark.parametrize("mails", [("lin@example.org",) * 2, ("lin@example.org", "other@example.org")])
def test_two_who_join_at_once_share_neither_address_nor_name(names: tuple[str, str], mails: tuple[str, str]) -> None:
    tokens = []
    for subject, to in zip(("s1", "s2"), mails, strict=True):
        told = {"kind": "store", "subject_id": subject, "mail": to, "role": "staff"}
        tokens.append(invitation_make(**told, by=None)[1])

    def join(token: str, name: str) -> str:
        try:
            return account_join(token=token, name=name, password=PASSWORD).username
        except ValidationError:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(join, tokens, names))
    users = User.objects.values_list("username", "email")
    assert len({name.lower() for name, _mail in users}) == len({mail for _name, mail in users}) == len(users)
    assert len(users) == (2 if len(set(mails)) == 2 and names == ("lin", "lin2") else 1)


# By the platform's operator


def member(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("member", *words, stdout=out)
    return out.getvalue().splitlines()


def test_the_platform_invites_the_first_owner(client: Client) -> None:
    world.store("s1", "Mia Fashion")
    *_rest, address = member("invite", "store", "s1", "lin@example.org", "--language", "zh-hans")
    [letter] = mail.outbox
    assert address in letter.body
    assert "平台 邀请您" in letter.body
    assert client.post(link(), NEW).status_code == 302
    assert roles() == {"lin": "owner"}
    assert AuditEntry.objects.order_by("sequence").first().actor.startswith("operator:")


def test_the_platform_lists_and_removes_even_the_last_owner(mia: User) -> None:
    world.member("bo", role="staff")
    assert [line.split()[:2] for line in member("list", "store", "s1")] == [["mia", "owner"], ["bo", "staff"]]
    member("remove", "store", "s1", "mia")
    assert roles() == {"bo": "staff"}
    with pytest.raises(CommandError, match="does not act"):
        member("remove", "store", "s1", "mia")


@pytest.mark.parametrize("words", [("store", "nowhere", "a@b.cn"), ("store", "s1", "no address")])
def test_the_platform_invites_nobody_to_nothing(mia: User, words: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        member("invite", *words)
    assert mail.outbox == []
