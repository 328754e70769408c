"""The clocks that pause at night, against an oracle that walks minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.outcomes.clocks import (
    CAP_MINUTES,
    CHAT_HOURS,
    DISPATCH_HOURS,
    NEVER,
    REFUND_HOURS,
    Hours,
    Times,
    day_number,
    instants,
    local,
    market_days,
    open_deadline,
    open_minutes,
)

START = datetime(2025, 3, 1)  # noqa: DTZ001 (wall-clock time)
MINUTES = st.integers(0, 6 * 24 * 60)
HOURS = st.sampled_from([DISPATCH_HOURS, REFUND_HOURS, CHAT_HOURS])


def walls(*minutes: int) -> Times:
    return np.array([START + timedelta(minutes=minute) for minute in minutes], dtype="datetime64[us]")


def counts(minute: int, hours: Hours) -> bool:
    """Whether the clock runs in this minute after START, which is midnight."""
    return hours.opens <= minute % (24 * 60) < hours.closes


@given(MINUTES, MINUTES, HOURS)
def test_open_minutes_are_the_minutes_that_a_walk_counts(start: int, end: int, hours: Hours) -> None:
    walked = sum(counts(minute, hours) for minute in range(start, end))
    assert open_minutes(walls(start), walls(end), hours).tolist() == [walked]


@given(MINUTES, st.integers(1, 200), HOURS)
def test_a_deadline_is_when_a_walk_has_counted_enough(start: int, span: int, hours: Hours) -> None:
    minute, walked = start, 0
    while walked < span:
        walked += counts(minute, hours)
        minute += 1
    assert open_deadline(walls(start), span, hours).tolist() == walls(minute).tolist()


def test_a_wait_is_capped_at_thirty_days_and_absent_times_wait_for_nothing() -> None:
    times = walls(0, 200 * 24 * 60)
    nothing = np.array(["NaT"], dtype="datetime64[us]")
    assert open_minutes(times[:1], times[1:], DISPATCH_HOURS).tolist() == [CAP_MINUTES]
    assert open_minutes(times[:1], nothing, DISPATCH_HOURS).tolist() == [0]
    assert np.isnat(open_deadline(nothing, 3, CHAT_HOURS)).all()


def test_dispatch_pauses_from_18_to_06_and_refunds_from_23_to_08() -> None:
    evening, morning = walls(17 * 60), walls(24 * 60 + 9 * 60)
    assert open_minutes(evening, morning, DISPATCH_HOURS).tolist() == [60 + 180]
    assert open_minutes(evening, morning, REFUND_HOURS).tolist() == [6 * 60 + 60]


@pytest.mark.parametrize(("zone", "expected"), [("Asia/Shanghai", 1), ("UTC", 0), ("America/Sao_Paulo", 0)])
def test_a_market_day_is_the_day_on_the_markets_own_clock(zone: str, expected: int) -> None:
    instant = instants(pd.Series(pd.to_datetime(["2000-01-01 20:00", None], utc=True)))
    assert market_days(instant, zone).tolist() == [expected, NEVER]


def test_wall_clock_time_follows_daylight_saving() -> None:
    instant = instants(pd.Series(pd.to_datetime(["2025-03-30 00:30", "2025-03-30 01:30"], utc=True)))
    assert local(instant, "Europe/Berlin").astype("datetime64[h]").astype(int).tolist() == [
        np.datetime64("2025-03-30T01", "h").astype(int),
        np.datetime64("2025-03-30T03", "h").astype(int),
    ]


def test_an_all_null_column_of_any_type_is_all_absent() -> None:
    assert np.isnat(instants(pd.Series([None, None], dtype="object"))).all()


def test_no_closed_day_lies_before_every_fact() -> None:
    assert day_number(None) == -1
    assert day_number(datetime(2000, 1, 3).date()) == 2  # noqa: DTZ001
