"""Backtests that a page asks for: one row each, worked out by `policy trial`, one at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import market_day, now
from reputation.governance.detached import command_start
from reputation.governance.models import PolicyTrial, PolicyVersion
from reputation.governance.selectors import policy_live, policy_of
from reputation.governance.services import PolicyError

UNDONE = (PolicyTrial.State.WAITING, PolicyTrial.State.RUNNING)
BEAT_SECONDS = 20
DEAD = timedelta(minutes=3)  # without a sign of life
_TRIALS = 0x74726961  # any number that no other advisory lock uses


class Stopped(Exception):
    """Somebody stopped the trial."""


def trial_ask(
    *, version: int, by: AbstractBaseUser, first: date | None = None, last: date | None = None
) -> PolicyTrial:
    """Have a policy tried on past nights. While one of its trials is under way, that is the answer.

    Raises PolicyError for a policy that is not there, TrialError where no night of that time is published.
    """
    from reputation.governance.trying import nights_known

    nights = len(nights_known(first, last))
    with transaction.atomic():
        policy = PolicyVersion.objects.select_for_update().filter(version=version).first()
        if policy is None:
            raise PolicyError(_("there is no policy %(version)s") % {"version": version})
        _bury()
        if under_way := policy.trials.filter(state__in=UNDONE).first():
            return under_way
        trial = PolicyTrial.objects.create(
            policy=policy, against=policy_live(market_day(now())), first=first, last=last, steps=nights, asked_by=by,
            asked_at=now(), alive_at=now(),
        )  # fmt: skip
        data = {"trial": trial.pk, "first": str(first or ""), "last": str(last or "")}
        audit_append(actor=by_user(by), action="policy.trial", object_kind="policy", object_id=str(version), data=data)
        transaction.on_commit(lambda: command_start("policy", "trial", str(trial.pk)))
    return trial


@transaction.atomic
def trial_stop(*, trial: PolicyTrial, by: AbstractBaseUser) -> bool:
    """False where it has ended already. Its process ends with the night that it is at."""
    undone = PolicyTrial.objects.filter(pk=trial.pk, state__in=UNDONE)
    if not undone.update(state=PolicyTrial.State.STOPPED, done_at=now()):
        return False
    audit_append(
        actor=by_user(by), action="policy.trial_stop", object_kind="policy", object_id=str(trial.policy_id),
        data={"trial": trial.pk},
    )  # fmt: skip
    return True


def trial_run(pk: int) -> PolicyTrial:
    """Work it out, after those that were asked for before: the process of `policy trial`."""
    with _alive(pk), _turn():
        waiting = PolicyTrial.objects.filter(pk=pk, state=PolicyTrial.State.WAITING)
        if waiting.update(state=PolicyTrial.State.RUNNING, alive_at=now()):
            _work(PolicyTrial.objects.select_related("policy", "against").get(pk=pk))
    return PolicyTrial.objects.get(pk=pk)


def trials_shown(policy: PolicyVersion) -> list[PolicyTrial]:
    """Newest first, without their reports; those whose process is gone are told so."""
    with transaction.atomic():
        _bury()
    return list(policy.trials.select_related("asked_by", "against").defer("report").order_by("-id")[:10])


def _work(trial: PolicyTrial) -> None:
    from reputation.governance.trying import TrialError, policy_backtest

    try:
        live = policy_of(trial.against) if trial.against else None
        report = policy_backtest(policy_of(trial.policy), live, trial.first, trial.last, lambda night: _step(trial))
        _end(trial, state=PolicyTrial.State.DONE, report=report)
    except Stopped:
        return
    except (TrialError, ValueError) as error:
        _end(trial, state=PolicyTrial.State.FAILED, error=str(error))
    except Exception as error:
        _end(trial, state=PolicyTrial.State.FAILED, error=f"{type(error).__name__}: {error}")
        raise


def _step(trial: PolicyTrial) -> None:
    trial.step += 1
    if not _running(trial).update(step=trial.step, alive_at=now()):
        raise Stopped


def _end(trial: PolicyTrial, **values: object) -> None:
    _running(trial).update(done_at=now(), **values)


def _running(trial: PolicyTrial) -> QuerySet[PolicyTrial]:
    return PolicyTrial.objects.filter(pk=trial.pk, state=PolicyTrial.State.RUNNING)


def _bury() -> None:
    """Trials whose process has ended without a word: killed, or the machine was."""
    dead = PolicyTrial.objects.filter(state__in=UNDONE, alive_at__lt=now() - DEAD)
    dead.update(state=PolicyTrial.State.FAILED, done_at=now(), error="its process ended without a result")


@contextmanager
def _turn() -> Iterator[None]:
    """One trial at a time: two would take each other's memory and cores."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_TRIALS])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_TRIALS])


@contextmanager
def _alive(pk: int) -> Iterator[None]:
    """Signs of life while it waits and works, from a thread with a connection of its own."""
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=(pk, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(pk: int, over: threading.Event) -> None:
    began = time.monotonic()
    while not over.wait(BEAT_SECONDS) and time.monotonic() - began < 6 * 3600:
        try:
            PolicyTrial.objects.filter(pk=pk, state__in=UNDONE).update(alive_at=now())
        except DatabaseError:
            connection.close()
    connection.close()
