"""Which policies count on a night: told by their dates alone, so it holds for past nights and those to come."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.db.models import F, Q, QuerySet

from reputation.governance.models import PolicyState, PolicyVersion
from scoring.policy import Checked, Policy, policy_read


def policy_live(night: date) -> PolicyVersion | None:
    """The policy in force on a night: by it the conduct of that day is judged, whenever it is looked at."""
    begun = PolicyVersion.objects.filter(live_from__lte=night)
    begun = begun.exclude(retired_on__lte=F("live_from"))  # withdrawn before its day
    newest = begun.order_by("-live_from", "-version").first()
    gone = newest is not None and newest.retired_on is not None and newest.retired_on <= night
    return None if gone else newest


def policy_announced(night: date) -> PolicyVersion | None:
    """The one that the public is told will count, if there is one."""
    return PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED, live_from__gt=night).first()


def policies_shadow(night: date) -> QuerySet[PolicyVersion]:
    """Those that run beside the live one and flag nobody: shadows, and the announced one until its day.

    A day's conduct is judged the night after, when the one whose day has come may be live already.
    """
    waiting = Q(state__in=(PolicyState.ANNOUNCED, PolicyState.LIVE), live_from__gt=night)
    return PolicyVersion.objects.filter(Q(state=PolicyState.SHADOW) | waiting).order_by("version")


@lru_cache(maxsize=32)
def _read(text: str) -> Checked:
    """A text never changes, nor does what it says."""
    return policy_read(text)


def policy_of(version: PolicyVersion) -> Policy:
    """The rules of a saved version. Raises ValueError where this program no longer reads what it once saved."""
    checked = _read(version.text)
    if checked.policy is None:
        raise ValueError(f"{version}: {checked.refused[0]}")
    return checked.policy
