"""A night's governance: flags of the policy in force, what follows from them at once, and the log of shadows."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from psycopg.errors import DeadlockDetected

from reputation.base.audit import SYSTEM, audit_append
from reputation.base.time import now
from reputation.governance.models import PolicyNight, PolicyVersion
from reputation.governance.nights.automatic import Done, night_act, suspicious
from reputation.governance.nights.figures import figures_of
from reputation.governance.nights.items import items_open
from reputation.governance.nights.reach import reach_write
from reputation.governance.nights.reading import NightRead, night_read
from reputation.governance.nights.shadows import shadow_log, shadows_end
from reputation.governance.nights.spells import spells_write
from reputation.governance.selectors import policies_shadow, policy_live, policy_of
from reputation.governance.services import policies_settle
from scoring.policy import Policy

Guard = Callable[[], None]  # raises, inside the transaction, where this run may not write any more
TRIES = 5
logger = logging.getLogger(__name__)


def night_govern(*, night: date, act: bool, guard: Guard) -> dict[str, Any]:
    """Flags of a published night, all in one transaction, and the shadows' log after it; repeating it changes nothing.

    `act`: whether actions may begin and end by it, as they may only for the night that has just ended. Returns the
    figures; {"skipped": why} for a night that is not published, or lies before one that is governed: spells run
    forward. Raises TrialError where a day file is gone, ValueError where the policy in force cannot be read.
    """
    if PolicyNight.objects.filter(mode=PolicyNight.Mode.LIVE, night__gt=night).exists():
        return {"skipped": "a later night is governed"}
    policies_settle(today=night)
    done, (shadows, unread) = _governed(night), _shadows(night)
    if done and not shadows:
        return done
    version = policy_live(night)
    policy = policy_of(version) if version else None
    read = night_read(night, [*filter(None, (policy,)), *(rules for _version, rules in shadows)])
    if read is None:
        return {"skipped": "it is not published"}
    figures = done or _govern(read, version, policy, act, guard)
    return figures | _shadows_logged(read, shadows, unread, guard)


def _governed(night: date) -> dict[str, Any] | None:
    done = PolicyNight.objects.filter(mode=PolicyNight.Mode.LIVE, night=night).first()
    return done.figures if done else None


def _govern(
    read: NightRead,
    version: PolicyVersion | None,
    policy: Policy | None,
    act: bool,
    guard: Guard,
    tries: int = TRIES,
) -> dict[str, Any]:
    """All or nothing. Staff who decide at the same moment lock the same rows: at times one of the two must try anew."""
    try:
        with transaction.atomic():
            return _written(read, version, policy, act, guard)
    except OperationalError as error:
        if tries == 1 or not isinstance(error.__cause__, DeadlockDetected):
            raise
        logger.warning("night %s: %s; trying again", read.day, error)
    except IntegrityError:
        if done := _governed(read.day):  # by another process in the same moment
            return done
        raise
    return _govern(read, version, policy, act, guard, tries - 1)


def _written(
    read: NightRead, version: PolicyVersion | None, policy: Policy | None, act: bool, guard: Guard
) -> dict[str, Any]:
    spells = spells_write(read, version, policy)
    reach = reach_write(read)
    guard()  # before the ledger's lock, which actions take: the order in which publishing takes them
    left = suspicious(read, spells.firing.values())
    rules = [rule.id for rule in policy.rules] if policy else []
    done = night_act(read.day, rules, but=left) if act else Done()
    figures = figures_of(spells) | vars(done) | {"left": left, "items": items_open(read.day), "reach": reach}
    PolicyNight.objects.create(
        policy=version, night=read.day, mode=PolicyNight.Mode.LIVE, figures=figures, made_at=now()
    )
    if version is not None:
        data = {"policy": version.pk, "act": act} | figures
        audit_append(
            actor=SYSTEM, action="night.governed", object_kind="night", object_id=read.day.isoformat(), data=data
        )
    return figures


def _shadows(night: date) -> tuple[list[tuple[PolicyVersion, Policy]], dict[str, str]]:
    """Those that are not logged yet, and why others cannot be read."""
    found, unread = [], {}
    logged = PolicyNight.objects.filter(night=night).exclude(policy=None).values("policy")
    for version in policies_shadow(night).exclude(pk__in=logged):
        try:
            found.append((version, policy_of(version)))
        except ValueError as error:
            logger.warning("shadow %s on %s: %s", version.pk, night, error)
            unread[str(version.pk)] = str(error)
    return found, unread


def _shadows_logged(
    read: NightRead, shadows: Sequence[tuple[PolicyVersion, Policy]], failed: dict[str, str], guard: Guard
) -> dict[str, Any]:
    shadows_end(but=list(policies_shadow(read.day)), night=read.day, guard=guard)
    for version, policy in shadows:
        if why := shadow_log(read=read, version=version, policy=policy, guard=guard):
            failed[str(version.pk)] = why
    return {"shadows": [version.pk for version, _policy in shadows], "shadows_failed": failed}
