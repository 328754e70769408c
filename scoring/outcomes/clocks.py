"""Market days and the clocks that pause at night, on whole arrays of instants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.codes import EPOCH

Times = npt.NDArray[np.datetime64]  # datetime64[us], UTC without a zone, NaT where absent
Days = npt.NDArray[np.int32]  # whole days since 2000-01-01, NEVER where absent
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

NEVER = int(np.iinfo(np.int32).max)
CAP_MINUTES = 30 * 24 * 60
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True)
class Hours:
    """The part of each market day that a clock counts, in minutes after midnight."""

    opens: int
    closes: int


DISPATCH_HOURS = Hours(6 * 60, 18 * 60)
REFUND_HOURS = Hours(8 * 60, 23 * 60)
CHAT_HOURS = Hours(8 * 60, 23 * 60)


def instants(column: pd.Series) -> Times:
    """A column of times (tz-aware, or all null) as datetime64[us] in UTC."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return column.to_numpy(dtype="datetime64[us]")
    out: Times = pd.DatetimeIndex(pd.to_datetime(column, utc=True)).tz_localize(None).to_numpy(dtype="datetime64[us]")
    return out


def local(times: Times, zone: str) -> Times:
    """Wall-clock time in the market's zone."""
    index = pd.DatetimeIndex(times, tz="UTC").tz_convert(ZoneInfo(zone)).tz_localize(None)
    out: Times = index.to_numpy(dtype="datetime64[us]")
    return out


def market_days(times: Times, zone: str) -> Days:
    """The market day of each instant; NEVER where NaT."""
    return wall_days(local(times, zone))


def wall_days(wall: Times) -> Days:
    days = (wall.astype("datetime64[D]") - EPOCH).astype(np.int64)
    out: Days = np.where(np.isnat(wall), NEVER, days).astype(np.int32)
    return out


def day_number(day: date | None) -> int:
    """Days since 2000-01-01; -1 for None, which lies before every fact."""
    return -1 if day is None else int((np.datetime64(day, "D") - EPOCH).astype(np.int64))


def _counted(wall: Times, hours: Hours) -> Ints:
    """Microseconds of open hours from the Unix epoch to each wall-clock time (meaningless where NaT)."""
    ticks = wall.astype(np.int64)
    opens, closes = hours.opens * _MINUTE, hours.closes * _MINUTE
    out: Ints = ticks // _DAY * (closes - opens) + np.clip(ticks % _DAY - opens, 0, closes - opens)
    return out


def open_minutes(start: Times, end: Times, hours: Hours) -> Ints:
    """Whole minutes of `hours` between two wall-clock times, 0 to 30 days; 0 where either is NaT."""
    spent = (_counted(end, hours) - _counted(start, hours)) // _MINUTE
    out: Ints = np.where(np.isnat(start) | np.isnat(end), 0, np.clip(spent, 0, CAP_MINUTES))
    return out


def open_deadline(start: Times, minutes: int, hours: Hours) -> Times:
    """The wall-clock time at which `minutes` (more than 0) of `hours` have passed since `start`; NaT stays NaT."""
    a_day = (hours.closes - hours.opens) * _MINUTE
    target = np.where(np.isnat(start), 1, _counted(start, hours) + minutes * _MINUTE)
    # Reaching closing time exactly is that evening, not the next morning.
    days, rest = np.divmod(target - 1, a_day)
    ticks = days * _DAY + hours.opens * _MINUTE + rest + 1
    out: Times = np.where(np.isnat(start), np.datetime64("NaT", "us"), ticks.astype("datetime64[us]"))
    return out
