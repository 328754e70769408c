"""Accounts of the platform's staff for tests."""

from typing import Any

from django.contrib.auth.models import Group, User


def staff_member(name: str = "staff", *roles: str, **fields: Any) -> User:
    """With these of the roles analyst, moderator, senior and auditor."""
    user = User.objects.create_user(name, is_staff=True, **fields)
    user.groups.set([Group.objects.get(name=role) for role in roles])
    return user
