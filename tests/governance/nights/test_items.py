"""How long people have for what a night puts before them."""

from __future__ import annotations

from datetime import date

import pytest

from reputation.base.time import market_day
from reputation.base.working_days import is_working_day
from reputation.governance.models import Flag
from reputation.governance.nights.items import AT_ONCE, allowed, due_instants

FRIDAY = date(2026, 6, 12)


def flags(severity: str, number: int = 1, *, grave: bool = False) -> list[Flag]:
    return [Flag(severity=severity, grave=grave) for _ in range(number)]


def days_between(start: date, end: date) -> int:
    """Working days after `start` up to `end`, counted one by one."""
    span = range(start.toordinal() + 1, end.toordinal() + 1)
    return sum(is_working_day(date.fromordinal(day)) for day in span)


@pytest.mark.parametrize(
    ("severity", "grave", "days"),
    [("critical", False, 1), ("low", True, 1), ("high", False, 2), ("medium", False, 3), ("low", False, 5)],
)
def test_the_graver_the_sooner_in_working_days_to_the_end_of_the_day(severity: str, grave: bool, days: int) -> None:
    [due] = due_instants(flags(severity, grave=grave), FRIDAY)
    last = date.fromordinal(market_day(due).toordinal() - 1)  # it ends where the next day begins
    assert is_working_day(last)
    assert days_between(FRIDAY, last) == days


def test_a_night_of_very_many_is_spread_over_days_the_most_urgent_first() -> None:
    many = sorted(flags("low", 450) + flags("critical", 50), key=allowed)
    due = due_instants(many, FRIDAY)
    in_time = [moment for flag, moment in zip(many, due, strict=True) if flag.severity == "critical"]
    assert len(set(in_time)) == 1
    per_day = [due.count(moment) for moment in sorted(set(due))]
    assert per_day == [50, AT_ONCE - 50, AT_ONCE, 100]
    assert due == sorted(due)
