"""Writes about the accounts of the platform's staff."""

import secrets
from collections.abc import Iterable

from django.contrib.auth.models import Group, User
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.accounts.models import FirstPassword
from reputation.accounts.roles import ROLES
from reputation.base.audit import audit_append
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
    user = User.objects.select_for_update().filter(username=name, is_staff=True).first()
    if user is None:
        raise ValidationError(_("There is no member of staff with this name."))
    user.is_staff = user.is_superuser = user.is_active = False
    user.set_unusable_password()
    user.save(update_fields=["is_staff", "is_superuser", "is_active", "password"])
    user.groups.clear()
    user.user_permissions.clear()
    _note(by, "staff.removed", user, {})
    return user


def roles_of(user: User) -> list[str]:
    return sorted(group.name for group in user.groups.all() if group.name in ROLES)


def _check(name: str, roles: list[str], mail: str) -> None:
    UnicodeUsernameValidator()(name)
    if unknown := [role for role in roles if role not in ROLES]:
        raise ValidationError(_("There is no role %(role)s.") % {"role": ", ".join(unknown)})
    if not roles:
        raise ValidationError(_("Name at least one role."))
    if mail:
        validate_email(mail)


def _other_groups(user: User) -> list[str]:
    return [group.name for group in user.groups.all() if group.name not in ROLES]


def _note(by: str, action: str, user: User, data: dict[str, object]) -> None:
    audit_append(actor=by, action=action, object_kind="user", object_id=user.get_username(), data=data)
