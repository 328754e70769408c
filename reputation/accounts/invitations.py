"""Invitations to act for a store or an anchor: a link by mail that works once, for seven days."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from reputation.accounts.members import OWNER, ROLES, actor, members_locked, owner_check, subject_name
from reputation.accounts.models import Invitation
from reputation.base.audit import audit_append
from reputation.base.time import now
from reputation.inbox.letters import plain
from reputation.subjects.models import Membership

logger = logging.getLogger(__name__)
LIVES = timedelta(days=7)
KEPT = timedelta(days=30)  # after the end
MOST_A_DAY = 20  # mails of one subject: nobody sends advertising by us
LONGEST_NAME = 30
_TOKEN_BYTES = 32
_JOINING = 0x6A6F696E  # any number that no other advisory lock uses
_OPEN = {"accepted_at": None, "revoked_at": None}


def invitations(kind: str, subject_id: str) -> QuerySet[Invitation]:
    """Those that nobody has accepted or taken back, the latest first; expired ones can be sent again."""
    rows = Invitation.objects.filter(kind=kind, subject_id=subject_id, **_OPEN)
    return rows.select_related("made_by").order_by("-id")


def invitation_found(token: str) -> Invitation | None:
    return Invitation.objects.filter(digest=_digest(token)).select_related("made_by").first()


def invitation_state(invitation: Invitation) -> str:
    """open, accepted, revoked or expired."""
    if invitation.accepted_at:
        return "accepted"
    if invitation.revoked_at or not _stands(invitation):
        return "revoked"
    return "open" if now() < invitation.expires_at else "expired"


def _stands(invitation: Invitation) -> bool:
    """Whether who invites is still an owner, with an account that is open; the platform always may."""
    if invitation.made_by_id is None:
        return True
    about = {"kind": invitation.kind, "subject_id": invitation.subject_id}
    return Membership.objects.filter(user=invitation.made_by_id, user__is_active=True, role=OWNER, **about).exists()


@transaction.atomic
def invitation_make(*, kind: str, subject_id: str, mail: str, role: str, by: User | None) -> tuple[Invitation, str]:
    """Returns the invitation and its token, for the mail alone. An open one to the same address is renewed. `by`: None
    for the platform's operator.

    Raises PermissionDenied for who is no owner, ValidationError for what is no address, a member, or too many mails.
    """
    rows, mail = members_locked(kind, subject_id), mail.strip().lower()
    owner_check(rows, by)
    if role not in ROLES:
        raise ValidationError(_("Choose a role."))
    validate_email(mail)
    if any(row.user.email.lower() == mail for row in rows):
        raise ValidationError(_("Whoever has this address acts for it already."))
    _mails_left(kind, subject_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    about = {"kind": kind, "subject_id": subject_id, "mail": mail}
    fresh = _fresh(token, by) | {"role": role}
    invitation = Invitation.objects.filter(**about, **_OPEN).first()
    if invitation:
        _renew(invitation, fresh)
    else:
        invitation = Invitation.objects.create(**about, **fresh, made_at=now())
    _note(by, "invitation.made", invitation, {"role": role})
    return invitation, token


@transaction.atomic
def invitation_again(*, invitation: Invitation, by: User) -> tuple[Invitation, str]:
    """A new link for seven more days; the former one ends. Raises as invitation_make."""
    owner_check(members_locked(invitation.kind, invitation.subject_id), by)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at or invitation.revoked_at:
        raise ValidationError(_("This invitation was accepted or taken back meanwhile."))
    _mails_left(invitation.kind, invitation.subject_id)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    _renew(invitation, _fresh(token, by))
    _note(by, "invitation.renewed", invitation, {})
    return invitation, token


@transaction.atomic
def invitation_revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Its link ends at once. Again changes nothing; what was accepted is a member, to be removed as one."""
    owner_check(members_locked(invitation.kind, invitation.subject_id), by)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
    if invitation.accepted_at:
        raise ValidationError(_("This invitation was accepted or taken back meanwhile."))
    if invitation.revoked_at:
        return invitation
    invitation.revoked_at = now()
    invitation.save(update_fields=["revoked_at"])
    _note(by, "invitation.revoked", invitation, {})
    return invitation


@transaction.atomic
def invitation_accept(*, token: str, user: User) -> Membership:
    """The signed-in person acts for the subject from now on. An owner who is invited as staff stays an owner.

    Raises ValidationError for a link that is not open; the same person again is the same membership.
    """
    found = Invitation.objects.filter(digest=_digest(token)).first()
    if found is None:
        raise ValidationError(_("This link is not known."))
    rows = members_locked(found.kind, found.subject_id)
    invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=found.pk)
    mine = next((row for row in rows if row.user_id == user.pk), None)
    if invitation.accepted_by_id == user.pk and mine:
        return mine
    if invitation_state(invitation) != "open":
        raise ValidationError(_("This invitation is not open any more."))
    about = {"user": user, "kind": invitation.kind, "subject_id": invitation.subject_id}
    role = OWNER if mine and mine.role == OWNER else invitation.role
    member, _made = Membership.objects.update_or_create(**about, defaults={"role": role})
    invitation.accepted_by, invitation.accepted_at = user, now()
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    _note(user, "invitation.accepted", invitation, {"role": role})
    return member


@transaction.atomic
def account_join(*, token: str, name: str, password: str) -> User:
    """A new account with the invited address, which acts for the subject. Raises ValidationError as account_check and
    invitation_accept do; then there is no account either."""
    invitation = invitation_found(token)
    if invitation is None:
        raise ValidationError(_("This link is not known."))
    _join_lock()
    members_locked(invitation.kind, invitation.subject_id)  # a second click waits, and finds the link used
    if invitation_state(Invitation.objects.get(pk=invitation.pk)) != "open":
        raise ValidationError(_("This invitation is not open any more."))
    name = User.normalize_username(name.strip())
    account_check(name=name, mail=invitation.mail, password=password)
    user = User.objects.create_user(name, email=invitation.mail, password=password)
    invitation_accept(token=token, user=user)
    return user


def _join_lock() -> None:
    """One new account at a time: two invitations of two subjects may have one address, and two people one name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_JOINING])


def invitations_forget() -> int:
    """Delete what is over for a month, for it holds addresses of people who may never have come. Returns how many; the
    audit log keeps that they were."""
    before = now() - KEPT
    over = Q(accepted_at__lt=before) | Q(revoked_at__lt=before) | Q(expires_at__lt=before)
    gone, _by_model = Invitation.objects.filter(over).delete()
    return gone


def account_check(*, name: str, mail: str, password: str) -> None:
    """Raises ValidationError by field: name, password1, or "" for the address."""
    wrong: dict[str, Any] = {}
    try:
        _name_check(name)
    except ValidationError as error:
        wrong["name"] = error
    try:
        validate_password(password, User(username=name, email=mail))
    except ValidationError as error:
        wrong["password1"] = error
    if account_of(mail):
        wrong["__all__"] = ValidationError(_("There is an account with this address already: sign in with it."))
    if wrong:
        raise ValidationError(wrong)


def account_of(mail: str) -> bool:
    return User.objects.filter(email__iexact=mail).exists()


def _name_check(name: str) -> None:
    if "@" in name or len(name) > LONGEST_NAME:
        raise ValidationError(_("Choose a name of at most %(most)d characters, without @.") % {"most": LONGEST_NAME})
    UnicodeUsernameValidator()(name)
    if User.objects.filter(username__iexact=name).exists():
        raise ValidationError(_("Somebody has this name already."))


def invitation_mail(invitation: Invitation, token: str) -> bool:
    """Whether the mail server took it. One that is away undoes nothing: the mail can be sent again."""
    context = {
        "name": plain(subject_name(invitation.kind, invitation.subject_id)),  # it is the merchant's own words
        "invitation": invitation,
        "address": invitation_address(token),
    }
    with override(invitation.language):
        context["by"] = inviter(invitation)
        subject = " ".join(render_to_string("accounts/mail/invitation_subject.txt", context).split())
        text = render_to_string("accounts/mail/invitation_message.txt", context)
    try:
        send_mail(f"Livestar: {subject}", text, None, [invitation.mail])
    except OSError:
        logger.exception("the mail of invitation %s was not sent", invitation.pk)
        return False
    Invitation.objects.filter(pk=invitation.pk).update(mailed=True)
    return True


def invitation_address(token: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('join', args=[token])}"


def inviter(invitation: Invitation) -> str:
    return invitation.made_by.get_username() if invitation.made_by else _("The platform")


def _fresh(token: str, by: User | None) -> dict[str, Any]:
    moment = now()
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "digest": _digest(token), "made_by": by, "sent_at": moment, "expires_at": moment + LIVES,
        "language": language, "mailed": False,
    }  # fmt: skip


def _renew(invitation: Invitation, fresh: dict[str, Any]) -> None:
    for name, value in fresh.items():
        setattr(invitation, name, value)
    invitation.sent = F("sent") + 1
    invitation.save(update_fields=[*fresh, "sent"])
    invitation.refresh_from_db()


def _mails_left(kind: str, subject_id: str) -> None:
    lately = Invitation.objects.filter(kind=kind, subject_id=subject_id, sent_at__gt=now() - timedelta(days=1))
    if (lately.aggregate(mails=Sum("sent"))["mails"] or 0) >= MOST_A_DAY:
        raise ValidationError(_("%(most)d invitations a day are the most. Try again tomorrow.") % {"most": MOST_A_DAY})


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _note(by: User | None, action: str, invitation: Invitation, data: dict[str, object]) -> None:
    told = {"invitation": invitation.pk, **data}
    where = {"object_kind": invitation.kind, "object_id": invitation.subject_id}
    audit_append(actor=actor(by), action=action, data=told, **where)
