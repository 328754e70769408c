"""Market days in UTC, the week, the festivals and the pause around the spring festival."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from scoring.market.arrays import NAT, Floats, Ints, Times
from scoring.market.spec import MarketSpec

_SPRING = (
    "2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25 2021-02-12 "
    "2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 "
    "2029-02-13 2030-02-03 2031-01-23 2032-02-11 2033-01-31 2034-02-19 2035-02-08"
)
SPRING_FESTIVALS = {d.year: d for d in map(date.fromisoformat, _SPRING.split())}
PAUSE_BEFORE, PAUSE_DAYS = 3, 10  # warehouses close some days ahead of the feast
WEEK = np.array([0.96, 0.94, 0.95, 0.97, 1.03, 1.09, 1.06])  # Monday first


@dataclass(frozen=True)
class Clock:
    """The market days of a simulation, as UTC instants."""

    first_day: date
    midnights: Times  # (days + 1,): the start of each day, and the end of the last

    @property
    def days(self) -> int:
        return len(self.midnights) - 1

    @property
    def end(self) -> np.datetime64:
        """The first instant that is not simulated any more."""
        last: np.datetime64 = self.midnights[-1]
        return last

    def at(self, day: Ints, share: Floats) -> Times:
        """The instant after `share` (0 to 1) of each `day` has passed, to the second."""
        length = (self.midnights[day + 1] - self.midnights[day]).astype("timedelta64[s]").astype(np.int64)
        passed = np.minimum((share * length).astype(np.int64), length - 1)
        out: Times = self.midnights[day] + passed.astype("timedelta64[s]")
        return out

    def day_of(self, times: Times) -> Ints:
        """The day number of each instant, held within the simulated days."""
        found = np.searchsorted(self.midnights, times, side="right") - 1
        return np.clip(found, 0, self.days - 1).astype(np.int64)

    def known(self, times: Times) -> Times:
        """`times`, but NaT for what had not happened by the end of the last day."""
        return np.where(times < self.end, times, NAT)

    def dates(self) -> list[date]:
        """The market days, first to last."""
        return [self.first_day + timedelta(days=i) for i in range(self.days)]


def make_clock(spec: MarketSpec) -> Clock:
    """The clock of `spec`'s days in its time zone."""
    zone = ZoneInfo(spec.time_zone)
    first = spec.last_day - timedelta(days=spec.days - 1)
    starts = [_midnight(first + timedelta(days=i), zone) for i in range(spec.days + 1)]
    return Clock(first, np.array(starts, dtype="datetime64[us]"))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def demand(clock: Clock) -> Floats:
    """(days,): how much is bought on each day, relative to the mean day (mean 1)."""
    raw = np.array([WEEK[day.weekday()] * _festival(day) for day in clock.dates()])
    out: Floats = raw / raw.mean()
    return out


def _festival(day: date) -> float:
    if pause_left(day):
        return 0.35
    if day.month == 6 and day.day <= 20:
        return 1.3 + 1.5 * float(np.exp(-abs(day.day - 18) / 1.5))
    if day.month == 11 and day.day <= 12:
        return 1.4 + 2.2 * float(np.exp(-abs(day.day - 11) / 1.2))
    if day.month == 12 and 10 <= day.day <= 12:
        return 1.7
    return 1.0


def pause_left(day: date) -> int:
    """Days until the warehouses open again, 0 outside the spring festival's pause."""
    feast = SPRING_FESTIVALS.get(day.year, date(day.year, 2, 5))
    passed = (day - feast).days + PAUSE_BEFORE
    return PAUSE_DAYS - passed if 0 <= passed < PAUSE_DAYS else 0


def pauses(clock: Clock) -> Ints:
    """(days,): days that a dispatch promise given on that day is stretched by the spring festival."""
    ahead = [max(pause_left(d), pause_left(d + timedelta(days=1))) for d in clock.dates()]
    return np.array(ahead, dtype=np.int64)
