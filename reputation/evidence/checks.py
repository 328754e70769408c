"""What types cannot say, checked column by column at the speed of the C loops behind min, max and join."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from reputation.base.time import market_day
from reputation.evidence.faults import Fault
from reputation.evidence.kinds import Columns, Kind
from scoring import metrics

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=10)  # clocks differ
PROMISED_AHEAD = timedelta(days=731)
AMOUNT_LIMIT = Decimal(10) ** 12 - 1
DECIMALS = 4
PROSE = ("name", "text", "after_sales_terms", "region")  # written for people: may break lines
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_FINEST = Decimal(1).scaleb(-DECIMALS)

_LATER = "send the time at which it happened, in UTC or with its offset"


def first_fault(kind: Kind, columns: Columns, now: datetime) -> Fault | None:
    """The first fault of these rows; which of several rows has it is found by asking for each alone."""
    return next(_faults(kind, columns, now), None)


def _faults(kind: Kind, columns: Columns, now: datetime) -> Iterable[Fault]:
    sent = kind.sent_names
    for name in kind.texts:
        yield from _text(sent[name], columns[name])
        if name not in PROSE:
            yield from _identifier(sent[name], columns[name])
    for name in kind.times:
        limit = PROMISED_AHEAD if name in kind.promises else AHEAD
        yield from _time(sent[name], columns[name], now, limit)
    for name in kind.dates:
        yield from _date(sent[name], columns[name], market_day(now))
    for name in kind.amounts:
        yield from _amount(sent[name], columns[name])
    if kind.name in _TOGETHER:
        yield from _TOGETHER[kind.name](columns)


def _text(name: str, column: list[Any]) -> Iterable[Fault]:
    joined = "".join([value for value in column if value.__class__ is str])
    if "\0" in joined:
        yield Fault(name, "has a NUL character; remove it")
    if not joined.isascii() and not _encodable(joined):
        yield Fault(name, "has half of a surrogate pair; send valid Unicode")


def _identifier(name: str, column: list[Any]) -> Iterable[Fault]:
    """Ids stand in addresses and keys: what cannot be seen there would look like another id, or break the address."""
    joined = "".join([value for value in column if value.__class__ is str])
    if _CONTROL.search(joined) or (name.endswith(("_id", "_ref")) and not joined.isprintable()):
        yield Fault(name, "has a control or invisible character; remove it")
    if name.endswith("_id") and any(value.__class__ is str and not value.strip() for value in column):
        yield Fault(name, "is blank; send the id")


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _time(name: str, column: list[Any], now: datetime, ahead: timedelta) -> Iterable[Fault]:
    values = [value for value in column if value.__class__ is datetime]
    if not values:
        return
    if (first := min(values)) < EARLIEST:
        yield Fault(name, f"{first.isoformat()} is before 2000-01-01; {_LATER}")
    if (last := max(values)) > now + ahead:
        most = "10 minutes" if ahead == AHEAD else "two years"
        yield Fault(name, f"{last.isoformat()} is more than {most} in the future; {_LATER}")


def _date(name: str, column: list[Any], today: date) -> Iterable[Fault]:
    values = [value for value in column if value.__class__ is date]
    if values and (first := min(values)) < EARLIEST.date():
        yield Fault(name, f"{first} is before 2000-01-01; send the right date")
    if values and (last := max(values)) > today:
        yield Fault(name, f"{last} is in the future (today is {today} in the market); send the right date")


def _amount(name: str, column: list[Any]) -> Iterable[Fault]:
    values = [value for value in column if value.__class__ is Decimal]
    if not all(map(Decimal.is_finite, values)):
        yield Fault(name, "NaN and Infinity are no amounts; send a decimal such as 19.90")
    elif values and min(values) < 0:
        yield Fault(name, "is negative; send the amount paid, 0 for a gift")
    elif values and max(values) > AMOUNT_LIMIT:
        yield Fault(name, "is more than 999,999,999,999; send the amount in the currency's main unit")
    elif any(value != value.quantize(_FINEST) for value in values):
        yield Fault(name, f"has more than {DECIMALS} decimals; round it (2 are kept)")


def _window(columns: Columns) -> Iterable[Fault]:
    for start, end in zip(columns["starts_at"], columns["ends_at"], strict=True):
        if isinstance(start, datetime) and isinstance(end, datetime) and end < start:
            yield Fault("to", "is before from; send the end of the time span")


def _share(columns: Columns) -> Iterable[Fault]:
    for metric, top, bottom in zip(columns["metric"], columns["numerator"], columns["denominator"], strict=True):
        share = metric != "orders" and metrics.BY_KEY[metric].unit == "share"
        if share and isinstance(top, int) and isinstance(bottom, int) and top > bottom:
            yield Fault("numerator", f"{top} is more than the denominator {bottom}; send a part and its whole")


_TOGETHER = {"exclusions": _window, "daily_counts": _share}
