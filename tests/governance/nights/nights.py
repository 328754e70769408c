"""Governing the nights of the toy market, as the night's stage does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from reputation.governance.models import PolicyVersion
from reputation.governance.nights.govern import night_govern
from reputation.governance.services import LONG_NOTICE_DAYS, policies_settle, policy_activate
from tests.scoring.toy_market import LAST_DAY

DAY = timedelta(days=1)


class Lost(Exception):
    """Somebody else took over."""


def lost() -> None:
    raise Lost


def govern(night: date, act: bool = False) -> dict[str, Any]:
    return night_govern(night=night, act=act, guard=lambda: None)


def in_force(text: str, since: date = LAST_DAY - 30 * DAY) -> PolicyVersion:
    """A policy that judges the nights from `since` on, by its way through the states."""
    announced = policy_activate(content=text, today=since - LONG_NOTICE_DAYS * DAY)
    PolicyVersion.objects.filter(pk=announced.pk).update(
        live_from=since
    )  # whom it touches decides between 7 and 15 days
    policies_settle(today=since)
    return PolicyVersion.objects.get(pk=announced.pk)
