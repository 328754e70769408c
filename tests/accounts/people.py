"""Everybody who may come along, signed in or not."""

from functools import cache

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client

from tests.people import staff_member
from tests.portal import world

ROLES = ("analyst", "moderator", "senior", "auditor")
PEOPLE = (*ROLES, "chief", "newcomer", "owner", "colleague", "stranger", "nobody", "signed out")


@cache
def _password() -> str:
    return make_password("a long enough phrase")


def visitor(who: str) -> Client:
    """chief: a superuser. newcomer: staff without a role. owner, colleague: of the store s1; stranger: of s2."""
    client = Client()
    if who != "signed out":
        user = _account(who)
        User.objects.filter(pk=user.pk).update(password=_password())
        user.refresh_from_db()
        client.force_login(user)
    return client


def _account(who: str) -> User:
    if who in ROLES:
        return staff_member(who, who)
    if who in ("chief", "newcomer"):
        return staff_member(who, is_superuser=who == "chief")
    if who == "nobody":
        return User.objects.create_user(who)
    return world.member(who, "s2" if who == "stranger" else "s1", role="staff" if who == "colleague" else "owner")
