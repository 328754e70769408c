"""A night from its first stage to its last: what is done is written down, so that the next start goes on from there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from reputation.base.time import now
from reputation.nightly.lease import HeldLease, LeaseLostError
from reputation.nightly.memory import peak_mib
from reputation.nightly.models import Run
from reputation.nightly.progress import Progress

MAX_STARTS = 3  # a stage that kills its process is not tried for ever
REASON_CHARACTERS = 500
logger = logging.getLogger(__name__)


class NightFailedError(Exception):
    """The night's row says the same: stage and one line of reason."""

    def __init__(self, night: date, stage: str, reason: str) -> None:
        super().__init__(f"night {night} failed in {stage}: {reason}")
        self.stage, self.reason = stage, reason


class StageError(Exception):
    """A stage cannot end well, and says why in words meant for people."""


@dataclass(frozen=True)
class Night:
    """What a stage gets: its row, its lease, and a folder that is this attempt's alone."""

    run: Run
    lease: HeldLease
    progress: Progress

    @property
    def day(self) -> date:
        return self.run.night

    @property
    def label(self) -> str:
        return f"{self.run.night}.{self.lease.fence}"

    @property
    def folder(self) -> Path:
        return run_folder(self.label)


Stage = Callable[[Night], None]


def run_folder(label: str) -> Path:
    return Path(settings.LIVESTAR_VAR) / "runs" / label


def days_folder() -> Path:
    return Path(settings.LIVESTAR_VAR) / "days"


def run_begin(*, night: date, by_operator: bool) -> Run:
    """The night's row, set to running. A killed night keeps what it had done; a failed one begins anew."""
    _interrupted_runs_close(but=night)
    run, _ = Run.objects.get_or_create(night=night, defaults={"status": Run.Status.RUNNING})
    if run.status != Run.Status.RUNNING or run.started_at is None:
        run.timings, run.results, run.manifest, run.attempts = {}, {}, {}, {}
        run.started_at = now()
    if by_operator:
        run.attempts = {}
    run.status, run.stage, run.reason, run.finished_at = Run.Status.RUNNING, "", "", None
    run.save()
    return run


def run_resume(*, run: Run, by_operator: bool) -> None:
    """A published night goes on with what comes after: it stays published, and keeps what it had done."""
    _interrupted_runs_close(but=run.night)
    if by_operator:
        run.attempts = {}
    run.stage, run.reason, run.finished_at = "", "", None
    run.save(update_fields=["attempts", "stage", "reason", "finished_at"])


def _interrupted_runs_close(*, but: date) -> None:
    """We hold the lease, so a row that still says running belongs to a dead process."""
    Run.objects.filter(status=Run.Status.RUNNING).exclude(night=but).update(
        status=Run.Status.FAILED, reason="it was interrupted and another night ran after it", finished_at=now()
    )


def run_stages(night: Night, stages: dict[str, Stage]) -> None:
    """Run what is not done yet. Raises NightFailedError; LeaseLostError passes, for the row is another's by then."""
    night.folder.mkdir(parents=True, exist_ok=True)
    for name, stage in stages.items():
        if name in night.run.timings:
            continue
        try:
            _stage_run(night, name, stage)
        except LeaseLostError:
            raise
        except Exception as error:
            logger.exception("night %s, stage %s", night.day, name)
            _still_ours(night.lease)
            raise _failed(night.run, name, error) from error


def _still_ours(lease: HeldLease) -> None:
    """A run that lost its lease must not write into the row that another fills by now."""
    try:
        lease.check()
    except DatabaseError:
        logger.warning("the database is away: whose the lease is cannot be told")


def _stage_run(night: Night, name: str, stage: Stage) -> None:
    run = night.run
    night.lease.check()
    starts = run.attempts.get(name, 0)
    if starts >= MAX_STARTS:
        raise StageError(f"it started {starts} times without ending; look for what kills it, then run nightly again")
    run.attempts[name] = starts + 1
    run.stage = name
    run.save(update_fields=["attempts", "stage"])
    night.progress.stage(name)
    began = time.monotonic()
    stage(night)
    run.timings[name] = round(time.monotonic() - began, 2)
    run.peak_mib = max(run.peak_mib, peak_mib())
    run.save(update_fields=["timings", "results", "manifest", "closed_through", "peak_mib"])


def _failed(run: Run, stage: str, error: Exception) -> NightFailedError:
    reason = " ".join(f"{error}".split())[:REASON_CHARACTERS] or type(error).__name__
    if not isinstance(error, StageError) and not type(error).__module__.startswith("reputation."):
        reason = f"{type(error).__name__}: {reason}"
    run.stage, run.reason, run.finished_at = stage, reason, now()
    if run.status == Run.Status.RUNNING:  # a night that is published stays so, whatever its report comes to
        run.status = Run.Status.FAILED
    try:
        run.save(update_fields=["status", "stage", "reason", "finished_at"])
    except DatabaseError:
        logger.warning("the database is away: night %s still says running and goes on at the next start", run.night)
    return NightFailedError(run.night, stage, reason)
