"""The half-years that regulators are reported to: January to June, July to December."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.base.time import day_start

LONGEST_DAYS = 3 * 366  # records are kept for three years


@dataclass(frozen=True)
class Period:
    """Market days, both ends included."""

    first: date
    last: date

    @property
    def span(self) -> tuple[datetime, datetime]:
        """From the instant at which it begins up to that at which it is over."""
        return day_start(self.first), day_start(self.last + timedelta(days=1))


def half_year_before(today: date) -> Period:
    """The last one that is over."""
    first_half = today.month <= 6
    year = today.year - 1 if first_half else today.year
    return Period(date(year, 7, 1), date(year, 12, 31)) if first_half else Period(date(year, 1, 1), date(year, 6, 30))


def period_of(first: str, last: str, today: date) -> Period:
    """Of two days as YYYY-MM-DD; both empty: the last half-year that is over. Raises ValidationError."""
    if not first and not last:
        return half_year_before(today)
    try:
        found = Period(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise ValidationError(_("Write both days as YYYY-MM-DD, such as 2026-01-01 and 2026-06-30.")) from None
    if not found.first <= found.last or (found.last - found.first).days > LONGEST_DAYS or found.first.year < 2000:
        raise ValidationError(_("The first day must not be after the last, and at most three years before it."))
    return found
