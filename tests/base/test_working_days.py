"""Working days of the market's country, with its holidays and the weekends that are worked off."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from reputation.base.time import market_day
from reputation.base.working_days import due_end, is_working_day, working_days_after

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 20), True),  # a Friday
        (date(2026, 11, 21), False),
        (date(2026, 2, 17), False),  # Spring Festival, a Tuesday
        (date(2026, 2, 14), True),  # a Saturday that is worked off before it
        (date(2026, 10, 10), True),  # and one after National Day
        (date(2026, 10, 7), False),
        (date(2027, 1, 1), False),
    ],
)
def test_china_has_holidays_and_works_weekends_off(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),
        (date(2026, 3, 7), date(2026, 3, 13)),  # a Saturday begins to count on Monday
        (date(2026, 9, 30), date(2026, 10, 13)),  # over National Day: 8, 9, 10 (a Saturday), 12, 13
        (date(2026, 2, 13), date(2026, 2, 27)),  # over Spring Festival: 14 (a Saturday), 24, 25, 26, 27
    ],
)
def test_five_working_days_after(day: date, due: date) -> None:
    assert working_days_after(day, 5) == due


@given(DAYS, st.integers(1, 15))
def test_the_last_of_them_is_a_working_day_and_there_are_so_many(day: date, days: int) -> None:
    due = working_days_after(day, days)
    between = [day + timedelta(days=ahead) for ahead in range(1, (due - day).days + 1)]
    assert is_working_day(due)
    assert sum(map(is_working_day, between)) == days


@given(DAYS, st.integers(0, 10))
def test_a_later_start_is_never_due_sooner(day: date, days: int) -> None:
    assert working_days_after(day + timedelta(days=1), days) >= working_days_after(day, days)


def test_another_country_has_other_holidays(settings: Settings) -> None:
    settings.HOLIDAYS = "DE-BY"
    assert not is_working_day(date(2026, 1, 6))  # Epiphany, in Bavaria
    settings.HOLIDAYS = "DE"
    assert is_working_day(date(2026, 1, 6))


def test_a_country_that_is_none_is_named(settings: Settings) -> None:
    settings.HOLIDAYS = "Mars"
    with pytest.raises(ImproperlyConfigured, match="HOLIDAYS is 'Mars'"):
        is_working_day(date(2026, 1, 6))


def test_what_is_due_on_a_day_is_due_when_that_day_ends_in_the_market() -> None:
    end = due_end(date(2026, 7, 8))
    assert end == datetime(2026, 7, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert market_day(end - timedelta(seconds=1)) == date(2026, 7, 8)
