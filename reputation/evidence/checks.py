"""What types cannot say, checked column by column at the speed of the C loops behind min, max and join."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import le
from typing import Any

from django.utils.translation import gettext as _

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

# Per kind what cannot come before what. Only within a row: a shipment may arrive before its order. Promises are left
# out: one that is told as a mere date begins before the order that was placed on that day.
_AFTER = {
    "live_sessions": (("started_at", "ended_at"),),
    "orders": (("placed_at", "cancelled_at"),),
    "shipments": (("shipped_at", "delivered_at"),),
    "returns": (("opened_at", "approved_at"), ("opened_at", "refunded_at"), ("opened_at", "closed_at")),
    "complaints": (("opened_at", "first_response_at"), ("opened_at", "escalated_at"), ("opened_at", "closed_at")),
    "conversations": (("started_at", "first_reply_at"),),
}
_SUBJECTS = ("order_id", "store_id", "anchor_id", "live_id")


def first_fault(kind: Kind, columns: Columns, now: datetime) -> Fault | None:
    """The first fault of these rows; which of several rows has it is found by asking for each alone."""
    return next(_faults(kind, columns, now), None)


def _faults(kind: Kind, columns: Columns, now: datetime) -> Iterable[Fault]:
    sent = kind.sent_names
    for name in kind.texts:
        yield from _text(sent[name], columns[name], prose=name in PROSE)
    for name in kind.times:
        limit = PROMISED_AHEAD if name in kind.promises else AHEAD
        yield from _time(sent[name], columns[name], now, limit)
    for name in kind.dates:
        yield from _date(sent[name], columns[name], market_day(now))
    for name in kind.amounts:
        yield from _amount(sent[name], columns[name])
    for earlier, later in _AFTER.get(kind.name, ()):
        yield from _sequence(earlier, columns[earlier], later, columns[later])
    if kind.name in _TOGETHER:
        yield from _TOGETHER[kind.name](columns)


def _of(wanted: type, column: list[Any]) -> list[Any]:
    """The column's values of this class; mostly that is all of them, or none."""
    classes = set(map(type, column))
    if classes == {wanted}:
        return column
    return [value for value in column if value.__class__ is wanted] if wanted in classes else []


def _text(name: str, column: list[Any], *, prose: bool) -> Iterable[Fault]:
    values = _of(str, column)
    joined = "".join(values)
    if "\0" in joined:
        yield Fault(name, _("has a NUL character; remove it"))
    if not joined.isascii() and not _encodable(joined):
        yield Fault(name, _("has half of a surrogate pair; send valid Unicode"))
    if not prose:
        yield from _identifier(name, values, joined)


def _identifier(name: str, values: list[str], joined: str) -> Iterable[Fault]:
    """Ids stand in addresses and keys: what cannot be seen there would look like another id, or break the address."""
    if not joined.isprintable() and (name.endswith(("_id", "_ref")) or _CONTROL.search(joined)):
        yield Fault(name, _("has a control or invisible character; remove it"))
    if name.endswith("_id") and "" in map(str.strip, values):
        yield Fault(name, _("is blank; send the id"))


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _time(name: str, column: list[Any], now: datetime, ahead: timedelta) -> Iterable[Fault]:
    values = _of(datetime, column)
    if not values:
        return
    if (first := min(values)) < EARLIEST:
        message = _("%(time)s is before 2000-01-01; send the time at which it happened, in UTC or with its offset")
        yield Fault(name, message % {"time": first.isoformat()})
    if (last := max(values)) > now + ahead:
        message = (
            _(
                "%(time)s is more than 10 minutes in the future; "
                "send the time at which it happened, in UTC or with its offset"
            )
            if ahead == AHEAD
            else _("%(time)s is more than two years in the future; send the time that was promised")
        )
        yield Fault(name, message % {"time": last.isoformat()})


def _sequence(earlier: str, first: list[Any], later: str, then: list[Any]) -> Iterable[Fault]:
    """Both times of a row, where it tells both. Clocks differ by what is allowed for the future too."""
    ends = _of(datetime, then)
    if not ends or (ends is then and _of(datetime, first) is first and all(map(le, first, then))):
        return
    for start, end in zip(first, then, strict=True):
        if start.__class__ is datetime and end.__class__ is datetime and end < start - AHEAD:
            message = _("%(end)s is before %(earlier)s, %(start)s, and cannot be; send both times as they happened")
            yield Fault(later, message % {"end": end.isoformat(), "earlier": earlier, "start": start.isoformat()})


def _date(name: str, column: list[Any], today: date) -> Iterable[Fault]:
    values = _of(date, column)
    if values and (first := min(values)) < EARLIEST.date():
        yield Fault(name, _("%(day)s is before 2000-01-01; send the right date") % {"day": first})
    if values and (last := max(values)) > today:
        message = _("%(day)s is in the future (today is %(today)s in the market); send the right date")
        yield Fault(name, message % {"day": last, "today": today})


def _amount(name: str, column: list[Any]) -> Iterable[Fault]:
    values = _of(Decimal, column)
    if not all(map(Decimal.is_finite, values)):
        yield Fault(name, _("NaN and Infinity are no amounts; send a decimal such as 19.90"))
    elif values and min(values) < 0:
        yield Fault(name, _("is negative; send the amount paid, 0 for a gift"))
    elif values and max(values) > AMOUNT_LIMIT:
        yield Fault(name, _("is more than 999,999,999,999; send the amount in the currency's main unit"))
    elif any(value != value.quantize(_FINEST) for value in values):
        yield Fault(name, _("has more than 4 decimals; round it (2 are kept)"))


def _exclusion(columns: Columns) -> Iterable[Fault]:
    for start, end in zip(columns["starts_at"], columns["ends_at"], strict=True):
        if isinstance(start, datetime) and isinstance(end, datetime) and end < start:
            yield Fault("to", _("is before from; send the end of the time span"))
    targets = zip(*(columns[name] for name in ("order_id", "subject_kind", "subject_id", "region")), strict=True)
    for reason, (order, kind, subject, region) in zip(columns["reason"], targets, strict=True):
        if reason and not (order or region or (kind and subject)):
            message = _(
                "names a reason but not what it excludes; send order_id, or subject_kind and subject_id, or region"
            )
            yield Fault("order_id", message)


def _complained_of(columns: Columns) -> Iterable[Fault]:
    """A row with time and category is no patch but a whole complaint, and must be about something."""
    about = zip(*(columns[name] for name in _SUBJECTS), strict=True)
    for opened, category, subjects in zip(columns["opened_at"], columns["category"], about, strict=True):
        if opened and category and not any(subjects):
            message = _("is about nothing; send order_id, or store_id, anchor_id or live_id where there is no order")
            yield Fault("order_id", message)


def _share(columns: Columns) -> Iterable[Fault]:
    for metric, top, bottom in zip(columns["metric"], columns["numerator"], columns["denominator"], strict=True):
        share = metric != "orders" and metrics.BY_KEY[metric].unit == "share"
        if share and isinstance(top, int) and isinstance(bottom, int) and top > bottom:
            message = _("%(part)s is more than the denominator %(whole)s; send a part and its whole")
            yield Fault("numerator", message % {"part": top, "whole": bottom})


_TOGETHER = {"exclusions": _exclusion, "complaints": _complained_of, "daily_counts": _share}
