"""Who acts for a store or an anchor: owners decide about it, and one of them always stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from reputation.accounts.made import made_end
from reputation.accounts.models import Invitation
from reputation.base.audit import audit_append, by_operator, by_user
from reputation.base.time import now
from reputation.governance.actions.drafts import subject_known
from reputation.subjects.models import Membership

OWNER, STAFF = "owner", "staff"
ROLES = (OWNER, STAFF)


@dataclass(frozen=True)
class Member:
    """As owners see each other and those who work for them."""

    id: int
    name: str
    mail: str
    role: str
    second_factor: bool
    signed_in_at: datetime | None
    closed: bool  # the account: it acts again when it is opened


def members(kind: str, subject_id: str) -> list[Member]:
    """Owners first, then by name. Closed accounts too, else nobody could remove them."""
    factor = Authenticator.objects.filter(user=OuterRef("user"), type=Authenticator.Type.TOTP)
    rows = Membership.objects.filter(kind=kind, subject_id=subject_id)
    told = rows.select_related("user").annotate(factor=Exists(factor)).order_by("role", "user__username")
    return [_told(row, row.factor) for row in told]


def _told(row: Membership, factor: bool) -> Member:
    user = row.user
    return Member(user.pk, user.username, user.email, row.role, factor, user.last_login, not user.is_active)


def subject_name(kind: str, subject_id: str) -> str:
    """Its id while nothing was heard of it."""
    try:
        return subject_known(kind, subject_id)[0]
    except ValidationError:
        return subject_id


@transaction.atomic
def member_role(*, kind: str, subject_id: str, member: int, role: str, by: User) -> Membership:
    """Make a member an owner or staff. Raises PermissionDenied for who is no owner, ValidationError where nobody would
    own the subject any more. The same again changes nothing."""
    rows = members_locked(kind, subject_id)
    owner_check(rows, by)
    if role not in ROLES:
        raise ValidationError(_("Choose a role."))
    row = _one(rows, member)
    if row.role == role:
        return row
    if role != OWNER:
        _owner_stays(rows, row)
        _invitations_end(row)
    row.role = role
    row.save(update_fields=["role"])
    _note(by, "membership.changed", row, {"role": role})
    return row


@transaction.atomic
def member_remove(*, kind: str, subject_id: str, member: int, by: User | None, made: bool = False) -> None:
    """An owner removes anybody, everybody may leave, and the platform's operator (None) removes the last owner too. What
    they invited and nobody has accepted ends with them; `made`: their keys and webhooks end too. Where no owner is left
    to look after them, all of the subject's do. Raises as member_role; who is no member any more is removed."""
    rows = members_locked(kind, subject_id)
    leaves = by is not None and member == by.pk
    if not leaves:
        owner_check(rows, by)
    row = next((row for row in rows if row.user_id == member), None)
    if row is None:
        return
    if by is not None:
        _owner_stays(rows, row)
    _invitations_end(row)
    row.delete()
    if made or not _owners_but(rows, row):
        maker = by_user(row.user) if _owners_but(rows, row) else ""
        made_end(kind=kind, subject_id=subject_id, maker=maker, by=actor(by))
    _note(by, "membership.left" if leaves else "membership.removed", row, {})


def members_locked(kind: str, subject_id: str) -> list[Membership]:
    """All of the subject, so that who decides about them does so one after the other."""
    rows = Membership.objects.filter(kind=kind, subject_id=subject_id).select_related("user").order_by("pk")
    return list(rows.select_for_update(of=("self",)))


def owner_check(rows: list[Membership], by: User | None) -> None:
    """Raises PermissionDenied for who is no owner; None is the platform's operator."""
    if by is not None and not any(row.user_id == by.pk and row.role == OWNER and row.user.is_active for row in rows):
        raise PermissionDenied(_("Only owners may do this."))


def _one(rows: list[Membership], member: int) -> Membership:
    for row in rows:
        if row.user_id == member:
            return row
    raise ValidationError(_("This account does not act for the subject any more."))


def _owner_stays(rows: list[Membership], leaving: Membership) -> None:
    if leaving.role == OWNER and not _owners_but(rows, leaving):
        raise ValidationError(_("The last owner stays: make somebody else an owner first."))


def _owners_but(rows: list[Membership], leaving: Membership) -> list[Membership]:
    """A closed account owns nothing that anybody could look after."""
    return [row for row in rows if row.role == OWNER and row.user.is_active and row.user_id != leaving.user_id]


def _invitations_end(row: Membership) -> None:
    """A right that is gone must not live on in links that were sent by it."""
    Invitation.objects.filter(
        kind=row.kind, subject_id=row.subject_id, made_by=row.user_id, accepted_at=None, revoked_at=None
    ).update(revoked_at=now())


def actor(by: User | None) -> str:
    return by_operator() if by is None else by_user(by)


def _note(by: User | None, action: str, row: Membership, data: dict[str, object]) -> None:
    told = {"user": row.user.get_username(), **data}
    audit_append(actor=actor(by), action=action, object_kind=row.kind, object_id=row.subject_id, data=told)
