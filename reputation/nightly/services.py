"""Running nights: by an operator at once, by the schedule when the evidence days are closed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, time, timedelta

from reputation.base.time import market_zone, now
from reputation.evidence.models import Batch, ClosedDay
from reputation.evidence.selectors import closed_through
from reputation.nightly.lease import HeldLease, LeaseHeldError
from reputation.nightly.models import Run
from reputation.nightly.progress import Progress, Silent
from reputation.nightly.runs import Night, Stage, run_begin, run_resume, run_stages
from reputation.nightly.selectors import yesterday
from reputation.nightly.stages import AFTER_PUBLISHING, STAGES
from reputation.ratings.models import Publication

NIGHT_STARTS = time(2, 30)  # market time: late enough for a platform to have sent and closed the day
WAIT_UNTIL = time(6, 0)
IN_USE_DAYS = 7
# Registers have no day that could be closed: a store may change at any time.
DAILY_KINDS = (
    "orders", "shipments", "returns", "complaints", "invitations", "responses", "conversations", "live_sessions",
    "daily_counts",
)  # fmt: skip
logger = logging.getLogger(__name__)


def nights_run(
    *,
    nights: list[date],
    by_operator: bool,
    progress: Callable[[date], Progress] = lambda night: Silent(),
    accept_drift: bool = False,
) -> list[Run]:
    """Run the nights in order under one lease; of those that are published already only what was cut short goes on.

    accept_drift: a person has looked at what moved, and these nights are published all the same.

    Raises LeaseHeldError, NightFailedError (later nights are then not begun), LeaseLostError.
    """
    with HeldLease() as lease:
        return [_night_run(night, by_operator, lease, progress, accept_drift) for night in nights]


def _night_run(
    night: date, by_operator: bool, lease: HeldLease, progress: Callable[[date], Progress], accept_drift: bool
) -> Run:
    if Publication.objects.filter(night=night).exists():
        return _after_publishing(night, by_operator, lease, progress)
    run = run_begin(night=night, by_operator=by_operator)
    run.results["drift_accepted"] = accept_drift
    _stages_run(run, lease, progress(night), STAGES)
    return run


def _after_publishing(night: date, by_operator: bool, lease: HeldLease, progress: Callable[[date], Progress]) -> Run:
    """What a published night still lacks: mostly nothing."""
    run = Run.objects.filter(night=night).first()
    if run is None:
        return Run(night=night, status=Run.Status.PUBLISHED)
    if not AFTER_PUBLISHING.keys() <= run.timings.keys():
        run_resume(run=run, by_operator=by_operator)
        _stages_run(run, lease, progress(night), AFTER_PUBLISHING)
    return run


def _stages_run(run: Run, lease: HeldLease, shown: Progress, stages: dict[str, Stage]) -> None:
    try:
        run_stages(Night(run, lease, shown), stages)
    finally:
        shown.done()
    run.finished_at = now()
    run.save(update_fields=["finished_at"])


def night_tick() -> str:
    """What the schedule does every ten minutes; safe to do at any time and twice at once. Returns what it came to.

    Nothing before 02:30; then it waits for the days of the kinds in use to be closed, until 06:00 at the latest. A
    night that was killed goes on, published or not; one that failed is left to people.
    """
    night, clock = yesterday(), now().astimezone(market_zone()).time()
    run = Run.objects.filter(night=night).first()
    if run and (run.status == Run.Status.FAILED or (run.status == Run.Status.PUBLISHED and run.finished_at)):
        return str(run.status)
    if clock < NIGHT_STARTS:
        return "early"
    waiting_for = kinds_open(night) if clock < WAIT_UNTIL and (run is None or run.status == Run.Status.WAITING) else []
    if waiting_for:
        _wait(night, waiting_for)
        return str(Run.Status.WAITING)
    try:
        nights_run(nights=[night], by_operator=False)
    except LeaseHeldError:
        return str(Run.Status.RUNNING)
    return str(Run.Status.PUBLISHED)


def kinds_open(night: date) -> list[str]:
    """Kinds in use whose evidence of the night's day is still to come."""
    closed = closed_through()
    return [kind for kind in kinds_in_use() if (closed.get(kind) or date.min) < night]


def kinds_in_use() -> list[str]:
    """Kinds that came in of late or were ever closed."""
    since = now() - timedelta(days=IN_USE_DAYS)
    recent = set(Batch.objects.filter(received_at__gte=since, accepted__gt=0).values_list("kind", flat=True))
    ever_closed = set(ClosedDay.objects.values_list("kind", flat=True).distinct())
    return [kind for kind in DAILY_KINDS if kind in recent | ever_closed]


def _wait(night: date, kinds: list[str]) -> None:
    reason = f"for {', '.join(kinds)} of {night} to be closed, until {WAIT_UNTIL:%H:%M}"
    Run.objects.update_or_create(night=night, defaults={"status": Run.Status.WAITING, "reason": reason})
    logger.info("night %s waits %s", night, reason)
