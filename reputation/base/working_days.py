"""The days on which offices work: what staff promise to decide is promised in these."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import cache

import holidays
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from reputation.base.time import day_start

_DAY = timedelta(days=1)


def is_working_day(day: date) -> bool:
    """Neither weekend nor public holiday; a weekend day on which a holiday is worked off is one.

    Holidays that are not yet decreed for a coming year are those of the law, without the days that are moved.
    """
    return _calendar(settings.HOLIDAYS).is_working_day(day)


def working_days_after(day: date, days: int) -> date:
    """The `days`-th working day after `day`, which itself does not count."""
    while days:
        day += _DAY
        days -= is_working_day(day)
    return day


def due_end(day: date) -> datetime:
    """The instant at which the market day is over, in UTC."""
    return day_start(day + _DAY)


@cache
def _calendar(code: str) -> holidays.HolidayBase:
    """`code`: a country as ISO 3166 writes it, with its part where holidays differ within it: CN, DE-BY."""
    country, _dash, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise ImproperlyConfigured(f"HOLIDAYS is {code!r}; write a country such as CN or DE-BY") from error
