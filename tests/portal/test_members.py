"""Who acts for a subject: owners decide, the last one stays, and nobody else's members are seen or touched."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client

from reputation.accounts.invitations import invitation_make
from reputation.accounts.members import member_remove, member_role
from reputation.accounts.models import Invitation
from reputation.base.audit import by_user
from reputation.base.keys import OWN_READ, api_key_create
from reputation.base.models import ApiKey, AuditEntry, WebhookEndpoint
from reputation.subjects.models import Membership
from tests.portal import world

pytestmark = pytest.mark.django_db
PAGE = "/portal/members/stores/s1"
SUBJECT = {"kind": "store", "subject_id": "s1"}


@pytest.fixture
def mia() -> User:
    world.store("s1", "Mia Fashion")
    return world.member("mia")


@pytest.fixture
def bo(mia: User) -> User:
    return world.member("bo", role="staff")


@pytest.fixture
def reader(mia: User, client: Client) -> Client:
    client.force_login(mia)
    return client


def roles() -> dict[str, str]:
    return dict(Membership.objects.filter(**SUBJECT).values_list("user__username", "role"))


def said(client: Client, **sent: object) -> str:
    return client.post(PAGE, sent, follow=True).content.decode()


def test_owners_see_everybody_with_role_and_second_factor(reader: Client, bo: User) -> None:
    Authenticator.objects.create(user=bo, type="totp", data={})
    User.objects.filter(pk=bo.pk).update(email="bo@example.org")
    page = reader.get(PAGE).content.decode()
    for words in ("mia", "bo@example.org", "second factor set up", "no second factor", "never signed in"):
        assert words in page, words


def test_another_subjects_members_are_not_there(reader: Client) -> None:
    otto = world.member("otto-of-the-other-store", "s2")
    invitation_make(kind="store", subject_id="s2", mail="secret@example.org", role="staff", by=otto)
    page = reader.get(PAGE).content.decode()
    assert "otto-of-the-other-store" not in page
    assert "secret@example.org" not in page
    assert reader.get("/portal/members/stores/s2").status_code == 404


def test_an_owner_invites_and_the_mail_goes_out(reader: Client) -> None:
    assert "on its way to lin@example.org" in said(reader, deed="invite", mail="Lin@example.org", role="owner")
    [letter] = mail.outbox
    assert "mia invites you to be an owner of Mia Fashion" in letter.body
    page = reader.get(PAGE).content.decode()
    assert "lin@example.org" in page
    assert Invitation.objects.get().mailed


def test_the_token_is_in_the_mail_alone(reader: Client) -> None:
    page = said(reader, deed="invite", mail="lin@example.org", role="staff")
    [token] = re.findall(r"/accounts/join/(\S+)", mail.outbox[0].body)
    assert token not in page


def test_it_is_sent_again_and_taken_back(reader: Client, mia: User) -> None:
    invitation, _token = invitation_make(**SUBJECT, mail="lin@example.org", role="staff", by=mia)
    assert "mail not sent" in reader.get(PAGE).content.decode()
    said(reader, deed="again", invitation=invitation.pk)
    assert len(mail.outbox) == 1
    assert "mail not sent" not in reader.get(PAGE).content.decode()
    assert "taken back" in said(reader, deed="revoke", invitation=invitation.pk)
    assert "lin@example.org" not in reader.get(PAGE).content.decode()


def test_another_subjects_invitation_does_not_exist(reader: Client) -> None:
    theirs, _token = invitation_make(
        kind="store", subject_id="s2", mail="lin@example.org", role="staff", by=world.member("otto", "s2")
    )
    for deed in ("again", "revoke"):
        assert reader.post(PAGE, {"deed": deed, "invitation": theirs.pk}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


def test_roles_change_and_people_go(reader: Client, mia: User, bo: User) -> None:
    assert "bo is an owner now" in said(reader, deed="role", member=bo.pk, role="owner")
    assert "is no owner" in said(reader, deed="role", member=bo.pk, role="staff")
    assert "Removed" in said(reader, deed="remove", member=bo.pk)
    assert roles() == {"mia": "owner"}
    actions = AuditEntry.objects.order_by("sequence").values_list("action", "actor")
    assert list(actions)[-3:] == [
        ("membership.changed", "user:mia"), ("membership.changed", "user:mia"), ("membership.removed", "user:mia"),
    ]  # fmt: skip


def webhook(by: User) -> WebhookEndpoint:
    told = {"subject_kind": "store", "subject_id": "s1", "made_by": by_user(by)}
    return WebhookEndpoint.objects.create(
        url=f"https://{by}.example/hook", events=["rating.changed"], created_at=world.MOMENT, **told
    )


def key(by: User) -> ApiKey:
    return api_key_create(name=f"of {by}", scopes=[OWN_READ], by=by_user(by), subject=("store", "s1"))[0]


def in_force() -> set[str]:
    """Makers of keys and webhooks that work."""
    keys = ApiKey.objects.filter(subject_id="s1", revoked_at=None).values_list("made_by", flat=True)
    hooks = WebhookEndpoint.objects.filter(subject_id="s1", active=True).values_list("made_by", flat=True)
    return {f"key of {one}" for one in keys} | {f"webhook of {one}" for one in hooks}


def test_what_somebody_made_ends_with_them_unless_the_owner_keeps_it(reader: Client, mia: User) -> None:
    otto, ann = world.member("otto"), world.member("ann")
    for one in (mia, otto, ann):
        key(one)
        webhook(one)
    page = reader.get(PAGE).content.decode()
    assert page.count('name="made" value="end" checked') == 2  # of everybody but oneself
    assert "webhooks paused" in said(reader, deed="remove", member=otto.pk, made="end")
    assert "go on; see to them" in said(reader, deed="remove", member=ann.pk)
    assert in_force() == {f"{what} of user:{who}" for what in ("key", "webhook") for who in ("mia", "ann")}
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", "actor"))
    assert {("api_key.revoked", "user:mia"), ("webhook.disabled", "user:mia")} < set(actions)


def test_where_no_owner_is_left_no_key_goes_on(mia: User, bo: User) -> None:
    for one in (mia, bo):
        key(one)
        webhook(one)
    elsewhere = api_key_create(name="other", scopes=[OWN_READ], by=by_user(mia), subject=("store", "s2"))[0]
    member_remove(**SUBJECT, member=bo.pk, by=None)
    assert len(in_force()) == 4
    member_remove(**SUBJECT, member=mia.pk, by=None)
    assert in_force() == set()
    elsewhere.refresh_from_db()
    assert elsewhere.revoked_at is None


def test_the_operator_ends_what_somebody_made(mia: User) -> None:
    for one in (mia, world.member("otto")):
        key(one)
    call_command("member", "remove", "store", "s1", "otto", stdout=io.StringIO())
    assert in_force() == {"key of user:mia"}


def test_a_closed_account_is_seen_and_removed(reader: Client, mia: User) -> None:
    gone = world.member("gone-away")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    page = reader.get(PAGE).content.decode()
    assert "gone-away" in page
    assert "account closed" in page
    said_by_command = io.StringIO()
    call_command("member", "list", "store", "s1", stdout=said_by_command)
    assert re.search(r"gone-away .*account closed", said_by_command.getvalue())
    call_command("member", "remove", "store", "s1", "gone-away", stdout=io.StringIO())
    assert roles() == {"mia": "owner"}


def test_who_works_for_it_is_not_sent_to_a_closed_account(client: Client, mia: User, bo: User) -> None:
    gone = world.member("gone-away")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    client.force_login(bo)
    assert "gone-away" not in client.get(PAGE).content.decode()


def test_somebody_removed_is_out_at_once(reader: Client, bo: User) -> None:
    theirs = Client()
    theirs.force_login(bo)
    assert theirs.get(PAGE).status_code == 200
    said(reader, deed="remove", member=bo.pk)
    assert theirs.get(PAGE).status_code == 403


@pytest.mark.parametrize("deed", [{"deed": "leave"}, {"deed": "remove"}, {"deed": "role", "role": "staff"}])
def test_the_last_owner_stays(reader: Client, mia: User, bo: User, deed: dict[str, str]) -> None:
    assert "last owner stays" in said(reader, member=mia.pk, **deed)
    assert roles() == {"mia": "owner", "bo": "staff"}


def test_an_owner_whose_account_is_closed_does_not_count_as_one(mia: User) -> None:
    gone = world.member("gone")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="last owner stays"):
        member_remove(**SUBJECT, member=mia.pk, by=mia)


def test_of_two_owners_one_may_leave(reader: Client, mia: User) -> None:
    world.member("otto")
    assert reader.post(PAGE, {"deed": "leave"})["Location"] == "/accounts/home/"
    assert roles() == {"otto": "owner"}


def test_who_works_for_it_sees_the_owners_alone_and_may_leave(client: Client, bo: User) -> None:
    world.member("ann-who-works-too", role="staff")
    client.force_login(bo)
    page = client.get(PAGE).content.decode()
    assert "mia" in page
    assert "ann-who-works-too" not in page
    assert "Invite somebody" not in page
    client.post(PAGE, {"deed": "leave"})
    assert "bo" not in roles()


@pytest.mark.parametrize("deed", ["invite", "again", "revoke", "role", "remove", ""])
def test_who_works_for_it_changes_nothing(client: Client, mia: User, bo: User, deed: str) -> None:
    invitation, _token = invitation_make(**SUBJECT, mail="lin@example.org", role="staff", by=mia)
    client.force_login(bo)
    sent = {"deed": deed, "mail": "x@example.org", "role": "owner", "member": bo.pk, "invitation": invitation.pk}
    answer = client.post(PAGE, sent)
    assert answer.status_code == 403
    assert "in the hands of its owners" in answer.content.decode()
    assert roles() == {"mia": "owner", "bo": "staff"}
    assert mail.outbox == []


def test_the_services_themselves_refuse_who_is_no_owner(mia: User, bo: User) -> None:
    stranger = world.member("otto", "s2")
    for by in (bo, stranger):
        with pytest.raises(PermissionDenied):
            member_remove(**SUBJECT, member=mia.pk, by=by)
        with pytest.raises(PermissionDenied):
            member_role(**SUBJECT, member=bo.pk, role="owner", by=by)


def test_the_same_again_changes_nothing(mia: User, bo: User) -> None:
    member_role(**SUBJECT, member=bo.pk, role="owner", by=mia)
    before = AuditEntry.objects.count()
    member_role(**SUBJECT, member=bo.pk, role="owner", by=mia)
    assert AuditEntry.objects.count() == before
    member_remove(**SUBJECT, member=bo.pk, by=mia)
    before = AuditEntry.objects.count()
    member_remove(**SUBJECT, member=bo.pk, by=mia)
    assert AuditEntry.objects.count() == before


@pytest.mark.parametrize(
    "sent", [{"deed": "dance"}, {"deed": "role", "member": "x"}, {"deed": "role", "member": "9" * 30}]
)
def test_nonsense_is_refused_in_words(reader: Client, sent: dict[str, str]) -> None:
    answer = reader.post(PAGE, sent, follow=True)
    assert answer.status_code == 200
    assert "alert-bad" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_remove_each_other_at_once_leave_one() -> None:
    pair = [world.member("mia"), world.member("otto")]

    def remove(by: User, other: User) -> None:
        try:
            member_remove(**SUBJECT, member=other.pk, by=by)
        except (PermissionDenied, ValidationError):
            pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for future in [pool.submit(remove, *pair), pool.submit(remove, *pair[::-1])]:
            future.result()
    assert list(roles().values()) == ["owner"]


def test_the_page_speaks_chinese(reader: Client) -> None:
    page = reader.get(f"{PAGE}?lang=zh-hans").content.decode()
    for words in ("邀请成员", "所有者", "发送邀请"):
        assert words in page
