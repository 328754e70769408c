"""Recount what was touched and put the difference into the day files, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from reputation.base.time import now
from reputation.evidence.frames import chunk_frames
from reputation.evidence.selectors import closed_through
from reputation.nightly.models import RollState
from reputation.nightly.progress import Progress
from reputation.nightly.roll.daybook import Gathered, days_write, reported_write
from reputation.nightly.roll.tallies import tallies_read, tallies_write
from reputation.nightly.roll.units import chunk_drop, chunk_take, lives_await, units_take
from scoring import daily
from scoring.outcomes import Horizon, count_units

# A roller that is stopped in its tracks must not hold its locks for ever: the server ends its transaction.
IDLE_LIMIT = "5min"
LOCK_LIMIT = "10min"


class TimeZoneChangedError(Exception):
    """The days counted so far belong to another time zone."""


@dataclass(frozen=True)
class Rolled:
    """Days written anew, and per kind the day through which promises were called."""

    files: int
    closed: dict[str, date | None]


def roll(*, folder: Path, progress: Progress, marks_through: int | None = None) -> Rolled:
    """Bring day files up to all evidence that is committed now, or marked no later than `marks_through`.

    Evidence that arrives meanwhile keeps its marks for the next roll. Two rolls at once: the second waits for the
    first, and then counts what that left, if anything. Raises OperationalError if it has to wait for LOCK_LIMIT.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _zone_check()
    with transaction.atomic():
        _claim()
        horizon = Horizon(closed_through(), settings.MARKET_TIME_ZONE)
        chunks, reported = units_take(closed=horizon.closed, marks_through=marks_through)
        gathered = Gathered()
        for chunk in progress.each(range(chunks), total=chunks, unit="chunk"):
            _chunk_count(chunk, horizon, gathered)
        files = days_write(gathered, folder=folder, progress=progress)
        reported_write(reported, folder=folder)
    return Rolled(files + len(reported), dict(horizon.closed))


def _zone_check() -> None:
    """The first roll fixes the market's time zone: another one would cut its days elsewhere, and mix both."""
    wanted = settings.MARKET_TIME_ZONE
    state, _made = RollState.objects.get_or_create(id=1, defaults={"time_zone": wanted})
    if state.time_zone != wanted:
        raise TimeZoneChangedError(
            f"MARKET_TIME_ZONE is {wanted}, but this market's days are counted in {state.time_zone}; set it back"
        )


def _claim() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_LIMIT}'")
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_LIMIT}'")
        # Before the first query, which fixes what this transaction sees: whoever waits here sees what the other wrote.
        cursor.execute(f"LOCK TABLE {RollState._meta.db_table} IN EXCLUSIVE MODE")
    RollState.objects.filter(id=1).update(rolled_at=now())


def _chunk_count(chunk: int, horizon: Horizon, gathered: Gathered) -> None:
    chunk_take(chunk)
    frames = chunk_frames()
    counted = count_units(frames, horizon)
    gathered.add(daily.deltas(counted, tallies_read()), daily.buyers(counted, frames.orders))
    tallies_write(daily.tallies(counted))
    lives_await()
    chunk_drop()
