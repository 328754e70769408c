"""Writes about accounts: who belongs to the staff and as what, first passwords, second factors."""

import secrets
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Group, User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.accounts.models import FirstPassword
from reputation.accounts.roles import ROLES
from reputation.base.audit import audit_append, by_user
from reputation.base.time import now

PASSWORD_BYTES = 15


@transaction.atomic
def staff_add(*, name: str, roles: Iterable[str], mail: str = "", by: str) -> tuple[User, str]:
    """Make a member of staff with these roles, or give somebody who is one these instead of the former.

    Returns the account and, for a new one, its first password; an account that exists keeps its password.
    """
    wanted = sorted(set(roles))
    _check(name, wanted, mail)
    user = User.objects.select_for_update().filter(username=name).first()
    password = "" if user else secrets.token_urlsafe(PASSWORD_BYTES)
    if user is None:
        user = User.objects.create_user(name, password=password)
        FirstPassword.objects.create(user=user, made_at=now())
    user.email, user.is_staff, user.is_active = mail or user.email, True, True
    user.save(update_fields=["email", "is_staff", "is_active"])
    user.groups.set(Group.objects.filter(name__in=[*wanted, *_other_groups(user)]))
    _note(by, "staff.added", user, {"roles": wanted, "mail": user.email, "new": bool(password)})
    return user, password


@transaction.atomic
def staff_remove(*, name: str, by: str) -> User:
    """Whoever leaves keeps the account, closed: what they decided still names them. Their sessions end at once."""
    user = _staff(name)
    user.is_staff = user.is_superuser = user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_staff", "is_superuser", "is_active", "password"])
    user.groups.clear()
    user.user_permissions.clear()
    Authenticator.objects.filter(user=user).delete()
    _note(by, "staff.removed", user, {})
    return user


@transaction.atomic
def staff_reset(*, name: str, by: str) -> tuple[User, str]:
    """For somebody who has lost password, phone and recovery codes: a new first password, no second factor."""
    user = _staff(name)
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user.set_password(password)
    user.save(update_fields=["password"])
    FirstPassword.objects.get_or_create(user=user, defaults={"made_at": now()})
    Authenticator.objects.filter(user=user).delete()
    _note(by, "staff.reset", user, {})
    return user, password


def password_chosen(*, user: AbstractBaseUser) -> None:
    FirstPassword.objects.filter(user=user).delete()


@transaction.atomic
def second_factor_note(*, user: AbstractBaseUser, action: str, kind: str) -> None:
    """`kind`: totp or recovery_codes."""
    _note(by_user(user), action, user, {"kind": kind})


def mail_addresses_forget(*, user: User) -> None:
    """An address that an account no longer has must neither sign in nor receive a link for a new password."""
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()


def _staff(name: str) -> User:
    user = User.objects.select_for_update().filter(username=name, is_staff=True).first()
    if user is None:
        raise ValidationError(_("There is no member of staff with this name."))
    return user


def roles_of(user: User) -> list[str]:
    return sorted(group.name for group in user.groups.all() if group.name in ROLES)


def _check(name: str, roles: list[str], mail: str) -> None:
    UnicodeUsernameValidator()(name)
    if unknown := [role for role in roles if role not in ROLES]:
        raise ValidationError(_("There is no role %(role)s.") % {"role": ", ".join(unknown)})
    if not roles:
        raise ValidationError(_("Name at least one role."))
    if User.objects.filter(username__iexact=name).exclude(username=name).exists():
        raise ValidationError(_("Somebody else has this name but for capital letters."))
    if mail:
        validate_email(mail)
    if mail and User.objects.filter(email__iexact=mail).exclude(username=name).exists():
        raise ValidationError(_("Somebody else has this mail address."))


def _other_groups(user: User) -> list[str]:
    return [group.name for group in user.groups.all() if group.name not in ROLES]


def _note(by: str, action: str, user: AbstractBaseUser, data: dict[str, object]) -> None:
    audit_append(actor=by, action=action, object_kind="user", object_id=user.get_username(), data=data)
