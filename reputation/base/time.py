"""Market time: one zone per deployment, in which days begin and end."""

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings


@cache
def market_zone() -> ZoneInfo:
    return ZoneInfo(settings.MARKET_TIME_ZONE)


def now() -> datetime:
    return datetime.now(UTC)


def market_day(instant: datetime) -> date:
    return instant.astimezone(market_zone()).date()


def day_start(day: date) -> datetime:
    """The instant at which the market day begins, in UTC."""
    return datetime.combine(day, time(), market_zone()).astimezone(UTC)
