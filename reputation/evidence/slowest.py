"""The orders of a store that waited longest, found by the database: of which the rules then say what counts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from reputation.base.time import now
from reputation.evidence import candidates
from reputation.evidence.candidates import NOT_BUYERS, Wanted, listed, orders_aside, rows_of
from reputation.evidence.selectors import closed_through
from scoring.outcomes.clocks import CAP_MINUTES, DISPATCH_HOURS, REFUND_HOURS, Hours
from scoring.outcomes.rules import STORES_REASONS

DAYS = 120  # in which the slowest are looked for: what is older weighs less than half

_SLOWEST = """
SELECT 'o:' || o.order_id, o.placed_at, o.minutes FROM (
    SELECT w.*, {minutes} AS minutes FROM (
        SELECT o.order_id, o.store_id, o.anchor_id, o.region, o.placed_at, o.ship_by, o.deliver_by, {columns}
        FROM evidence_order o {joined}
        WHERE o.store_id = %(subject)s AND NOT o.retracted AND o.placed_at > %(since)s
          AND starts_with(o.order_id, %(search)s)
        OFFSET 0
    ) w
) o
WHERE o.minutes > 0 AND (o.minutes < %(before)s OR (o.minutes = %(before)s AND o.order_id < %(key)s)) AND {aside}
ORDER BY o.minutes DESC, o.order_id DESC LIMIT %(limit)s
"""  # OFFSET 0: what is in there is worked out once per row, times of the day above all


def _wall(instant: str) -> str:
    """Seconds of the wall clock since the Unix epoch."""
    return f"date_part('epoch', {instant} AT TIME ZONE %(zone)s)"


def _minutes(begun: str, ended: str, hours: Hours) -> str:
    """As scoring.outcomes.clocks.open_minutes counts them between two wall-clock times; NULL where either is. Half a
    microsecond makes up for what floating point loses; exact numbers take four times as long."""
    seconds = f"{_open(ended, hours)} - {_open(begun, hours)} + 0.0000005"
    return f"least(greatest(floor(({seconds}) / 60), 0), {CAP_MINUTES})::int"


def _open(wall: str, hours: Hours) -> str:
    """Seconds of open hours from the Unix epoch to a wall-clock time."""
    a_day, days = 60 * (hours.closes - hours.opens), f"floor({wall} / 86400)"
    return f"({days} * {a_day} + least(greatest({wall} - 86400 * {days} - {60 * hours.opens}, 0), {a_day}))"


# When each wait ended, or was given up (scoring.outcomes.orders, .returns). Silence is a delay once its day is closed.
_DISPATCHED = """CASE WHEN s.shipped_at IS NOT NULL THEN s.shipped_at WHEN s.delivered_at IS NOT NULL THEN NULL
WHEN o.cancelled_by = 'merchant' AND o.cancelled_at IS NOT NULL THEN greatest(o.cancelled_at, o.ship_by)
WHEN (o.ship_by AT TIME ZONE %(zone)s)::date <= %(sent)s AND (o.cancelled_at <= o.ship_by) IS NOT TRUE THEN o.ship_by
END"""
_DUE = "(r.opened_at + interval '72 h')"
_REFUNDED = f"""CASE WHEN r.refunded_at IS NOT NULL THEN r.refunded_at
WHEN r.closed_at IS NULL AND ({_DUE} AT TIME ZONE %(zone)s)::date <= %(returned)s THEN {_DUE}
WHEN r.closed_at > {_DUE} OR r.closed_at IS NOT NULL AND r.first_reason IN ({listed(STORES_REASONS)}) THEN {_DUE}
END"""
_SLOW = {
    "dispatch_time": {
        "columns": f"{_wall('o.placed_at')} AS begun, {_wall(f'({_DISPATCHED})')} AS ended",
        "joined": "LEFT JOIN evidence_shipment s ON s.order_id = o.order_id AND NOT s.retracted",
        "minutes": _minutes("w.begun", "w.ended", DISPATCH_HOURS),
    },
    "refund_time": {
        "columns": "waited.minutes AS waited",
        "joined": f"""JOIN LATERAL (
            SELECT sum({_minutes("r.begun", "r.ended", REFUND_HOURS)})::int AS minutes FROM (
                SELECT {_wall("r.opened_at")} AS begun, {_wall(f"({_REFUNDED})")} AS ended FROM evidence_return r
                WHERE r.order_id = o.order_id AND NOT r.retracted AND {NOT_BUYERS} OFFSET 0
            ) r
        ) waited ON waited.minutes > 0""",  # noqa: S608 (our own names)
        "minutes": "w.waited",
    },
}


def slowest(wanted: Wanted, before: int, unit: str) -> Iterator[tuple[int, str, datetime]]:
    """Minutes, unit and time of the orders of the last DAYS, the slowest first, from a place on. `wanted.metric`: one
    of the two in minutes; the rules say what of it counts."""
    query = _SLOWEST.format(**_SLOW[wanted.metric], aside=orders_aside(wanted))
    closed = closed_through()
    given: dict[str, Any] = {
        "subject": wanted.subject_id, "search": wanted.search, "now": now(), "since": now() - timedelta(days=DAYS),
        "zone": settings.MARKET_TIME_ZONE, "sent": closed.get("shipments"), "returned": closed.get("returns"),
    }  # fmt: skip
    stretch = candidates.STRETCH
    while True:
        rows = rows_of(query, given | {"before": before, "key": unit[2:], "limit": stretch})
        yield from ((minutes, name, moment) for name, moment, minutes in rows)
        if len(rows) < stretch:
            return
        unit, _at, before = rows[-1]
        stretch = min(stretch * 4, candidates.LONGEST)
