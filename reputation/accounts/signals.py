"""What follows when django-allauth tells that something has happened to an account."""

from collections.abc import Callable
from typing import Any

from allauth.account.signals import password_reset
from allauth.mfa import signals as mfa
from django.contrib.auth.models import User
from django.db.models.signals import post_save

from reputation.accounts import services

_NOTED = (
    (mfa.authenticator_added, "second_factor.added"),
    (mfa.authenticator_removed, "second_factor.removed"),
    (mfa.authenticator_reset, "second_factor.renewed"),
)


def connect() -> None:
    password_reset.connect(_chosen, dispatch_uid="password chosen")
    post_save.connect(_saved, sender=User, dispatch_uid="mail addresses")
    for signal, action in _NOTED:
        signal.connect(_noting(action), weak=False, dispatch_uid=action)


def _chosen(user: User, **signal: Any) -> None:
    services.password_chosen(user=user)


def _saved(instance: User, update_fields: frozenset[str] | None, **signal: Any) -> None:
    if update_fields is None or "email" in update_fields:
        services.mail_addresses_forget(user=instance)


def _noting(action: str) -> Callable[..., None]:
    def note(user: User, authenticator: Any, **signal: Any) -> None:
        services.second_factor_note(user=user, action=action, kind=authenticator.type)

    return note
