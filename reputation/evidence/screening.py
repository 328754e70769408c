"""Patterns that make evidence doubtful. What is found is held, not deleted, until a person decides.

It looks only at orders and answers that are new since the last night, and from there back over the days in which a
pattern may have been building up: a ring that sends two orders a night is found in the night in which it is ten. Of a
subject whose owner was told since then it looks at the orders of a year.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from reputation.base.time import market_day, now
from reputation.evidence.holds import Finding, hold_create

WINDOW = timedelta(days=7)
# A family shares a device or a card: two or three buyers, a handful of orders. Five buyers and ten orders within a week
# at ONE store is past any family, and few enough that a small ring is found.
SHARED_BUYERS = 5
SHARED_ORDERS = 10
# Below 50 orders a burst moves no star much; a sale or a good live brings three to five times the usual day.
BURST_ORDERS = 50
BURST_TIMES = 8.0
BURST_TRAILING_DAYS = 28
BURST_NEW_BUYERS = 0.5  # "most" of them have never ordered here: regulars who come at once are a sale
BURST_CONCENTRATION = 0.5  # fewer than half as many devices (or payment accounts) as orders
MARKET_SAMPLE_STORES = 500  # enough for the market's own ups and downs; counting all stores would cost a scan a night
OWNER_LOOKED_BACK = timedelta(days=365)  # older orders hardly weigh in a rating any more
ANSWERS_FROM_ONE_DEVICE = 5  # one device belongs to one person, who has one opinion of a subject in a week


def screening_run(*, fresh_orders: str) -> int:
    """Screen the new evidence; returns how many units were newly held.

    `fresh_orders` is a query for the ids of orders never counted before; answers and complaints are found by their
    marks. Running it again over the same evidence changes nothing.
    """
    with transaction.atomic():
        findings = _findings(fresh_orders)
    return sum(hold_create(finding=finding) for finding in findings)


def _findings(fresh_orders: str) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(_FRESH.format(query=fresh_orders), {"zone": settings.MARKET_TIME_ZONE})
        cursor.execute("ANALYZE fresh_order")
    found = [
        *_shared("shared_device", "device_ref"),
        *_shared("shared_payment", "payment_ref"),
        *_owners(),
        *_bursts(),
        *_answer_bursts(),
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE fresh_order")
    return found


def _rows(query: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


_FRESH = """
CREATE TEMP TABLE fresh_order ON COMMIT DROP AS
SELECT o.order_id, o.store_id, o.anchor_id, o.buyer_ref, o.device_ref, o.payment_ref, o.placed_at,
       (o.placed_at AT TIME ZONE %(zone)s)::date AS day
FROM evidence_order o JOIN ({query}) f USING (order_id)
WHERE o.store_id IS NOT NULL AND o.placed_at IS NOT NULL AND NOT o.retracted
"""


# Shared devices and payment accounts

_PAIRS = """
WITH span AS (SELECT min(placed_at) - %(window)s AS low, max(placed_at) + %(window)s AS high FROM fresh_order),
     pair AS (SELECT DISTINCT store_id, {ref} AS ref FROM fresh_order WHERE {ref} IS NOT NULL)
SELECT o.store_id, o.{ref}, array_agg(o.order_id ORDER BY o.placed_at, o.order_id),
       array_agg(coalesce(o.buyer_ref, '') ORDER BY o.placed_at, o.order_id),
       array_agg(o.placed_at ORDER BY o.placed_at, o.order_id)
FROM evidence_order o JOIN pair ON pair.store_id = o.store_id AND pair.ref = o.{ref}, span
WHERE o.placed_at BETWEEN span.low AND span.high AND NOT o.retracted
GROUP BY 1, 2 HAVING count(*) >= %(orders)s AND count(DISTINCT o.buyer_ref) >= %(buyers)s
ORDER BY 1, 2
"""


def _shared(pattern: str, ref: str) -> Iterable[Finding]:
    limits = {"window": WINDOW, "orders": SHARED_ORDERS, "buyers": SHARED_BUYERS}
    for store, value, orders, buyers, times in _rows(_PAIRS.format(ref=ref), limits):
        held = _dense(times, _ManyBuyers(buyers))
        if held:
            units = tuple(f"o:{orders[i]}" for i in held)
            details = {ref: value, "orders": len(held), "buyers": len({buyers[i] for i in held})}
            yield Finding(pattern, (store, value), market_day(times[held[-1]]), units, "store", store, details)


class _ManyBuyers:
    """Whether a window holds orders of many buyers. Windows only move on, so each order is looked at twice at most."""

    def __init__(self, buyers: Sequence[str]) -> None:
        self._buyers, self._here, self._seen = buyers, range(0), Counter[str]()

    def __call__(self, here: range) -> bool:
        self._seen.update(self._buyers[self._here.stop : here.stop])
        for gone in self._buyers[self._here.start : here.start]:
            self._seen[gone] -= 1
            if not self._seen[gone]:
                del self._seen[gone]
        self._here = here
        return len(here) >= SHARED_ORDERS and len(self._seen) - ("" in self._seen) >= SHARED_BUYERS


def _dense(times: Sequence[datetime], enough: Callable[[range], bool]) -> list[int]:
    """Positions that lie in some window of a week that holds enough; times ascend."""
    held: list[int] = []
    first = 0
    for last in range(len(times)):
        while times[last] - times[first] > WINDOW:
            first += 1
        if enough(range(first, last + 1)):
            held.extend(range(max(first, held[-1] + 1 if held else 0), last + 1))
    return held


# The owner's own orders

_OWN = """
SELECT {id}, (o.placed_at AT TIME ZONE %(zone)s)::date, array_agg(o.order_id ORDER BY o.order_id)
FROM {orders} o JOIN subjects_{kind} s USING ({id})
WHERE s.owner_ref IN (o.buyer_ref, o.device_ref, o.payment_ref) {more}
GROUP BY 1, 2 ORDER BY 1, 2
"""
# Orders that were screened before their owner was told. The marks go with the roll, so each owner is looked up once.
_LATE_OWNER = """
 AND {id} = ANY(%(subjects)s) AND NOT o.retracted AND o.placed_at >= %(since)s
 AND o.order_id NOT IN (SELECT order_id FROM fresh_order)
"""
_TOLD_OWNERS = "SELECT DISTINCT substr(unit, 3) FROM evidence_dirtyunit WHERE starts_with(unit, %(prefix)s)"


def _owners() -> Iterable[Finding]:
    for kind, prefix in (("store", "s:"), ("anchor", "a:")):
        parts = {"kind": kind, "id": f"{kind}_id"}
        zone = {"zone": settings.MARKET_TIME_ZONE}
        found = _rows(_OWN.format(orders="fresh_order", more="", **parts), zone)
        if subjects := [row[0] for row in _rows(_TOLD_OWNERS, {"prefix": prefix})]:
            late = _OWN.format(orders="evidence_order", more=_LATE_OWNER.format(**parts), **parts)
            found += _rows(late, {**zone, "subjects": subjects, "since": now() - OWNER_LOOKED_BACK})
        for subject, day, orders in found:
            units = tuple(f"o:{order}" for order in orders)
            yield Finding("owner", (kind, subject, str(day)), day, units, kind, subject, {"orders": len(orders)})


# Bursts

_BUSY_DAYS = """
WITH span AS (SELECT DISTINCT store_id, day FROM fresh_order)
SELECT span.store_id, span.day, count(*) FROM span JOIN evidence_order o ON o.store_id = span.store_id
 AND o.placed_at >= span.day::timestamp AT TIME ZONE %(zone)s
 AND o.placed_at < (span.day + 1)::timestamp AT TIME ZONE %(zone)s AND NOT o.retracted
GROUP BY 1, 2 HAVING count(*) > %(least)s ORDER BY 1, 2
"""
_TRAILING = """
SELECT count(*) FROM evidence_order WHERE store_id = ANY(%(stores)s) AND NOT retracted
 AND placed_at >= (%(day)s::date - %(days)s)::timestamp AT TIME ZONE %(zone)s
 AND placed_at < (%(day)s::date + %(after)s)::timestamp AT TIME ZONE %(zone)s
"""
_DAY_ORDERS = """
SELECT o.order_id, o.device_ref, o.payment_ref, NOT EXISTS (
    SELECT 1 FROM evidence_order earlier WHERE earlier.store_id = o.store_id AND earlier.buyer_ref = o.buyer_ref
    AND earlier.placed_at < %(day)s::date::timestamp AT TIME ZONE %(zone)s AND NOT earlier.retracted)
FROM evidence_order o WHERE o.store_id = %(store)s AND NOT o.retracted
 AND o.placed_at >= %(day)s::date::timestamp AT TIME ZONE %(zone)s
 AND o.placed_at < (%(day)s::date + 1)::timestamp AT TIME ZONE %(zone)s ORDER BY o.order_id
"""


def _bursts() -> Iterable[Finding]:
    factors: dict[date, float] = {}
    for store, day, orders in _rows(_BUSY_DAYS, {"zone": settings.MARKET_TIME_ZONE, "least": BURST_ORDERS}):
        usual = _orders_between([store], day, BURST_TRAILING_DAYS, 0) / BURST_TRAILING_DAYS
        if orders <= BURST_TIMES * usual:
            continue
        if day not in factors:
            factors[day] = _market_factor(day)
        if orders > BURST_TIMES * usual * factors[day]:
            yield from _burst(store, day, usual * factors[day])


def _orders_between(stores: list[str], day: date, days: int, after: int) -> int:
    limits = {"stores": stores, "day": day, "days": days, "after": after, "zone": settings.MARKET_TIME_ZONE}
    return int(_rows(_TRAILING, limits)[0][0])


def _market_factor(day: date) -> float:
    """How the market's day compares with its four weeks before, from a sample of stores; never below 1."""
    query = "SELECT store_id FROM subjects_store ORDER BY hashtext(store_id) LIMIT %(limit)s"
    stores = [row[0] for row in _rows(query, {"limit": MARKET_SAMPLE_STORES})]
    usual = _orders_between(stores, day, BURST_TRAILING_DAYS, 0) / BURST_TRAILING_DAYS
    return max(1.0, _orders_between(stores, day, 0, 1) / usual) if usual else 1.0


def _burst(store: str, day: date, expected: float) -> Iterable[Finding]:
    """The burst's orders by new buyers on shared devices or payment accounts, where these are most of the day's."""
    orders = _rows(_DAY_ORDERS, {"store": store, "day": day, "zone": settings.MARKET_TIME_ZONE})
    new = sum(1 for *_order, is_new in orders if is_new)
    if new <= BURST_NEW_BUYERS * len(orders):
        return
    held: set[str] = set()
    for column in (1, 2):
        held |= _concentrated(orders, column)
    if held:
        details = {"orders": len(orders), "expected": round(expected, 1), "new_buyers": new}
        units = tuple(sorted(f"o:{order}" for order in held))
        yield Finding("burst", (store, str(day)), day, units, "store", store, details)


def _concentrated(orders: list[tuple[Any, ...]], column: int) -> set[str]:
    """Orders of new buyers whose device (or payment account) others of the day use too, where that is the rule."""
    by_ref: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for order in orders:
        if order[column] is not None:
            by_ref[order[column]].append(order)
    known = sum(map(len, by_ref.values()))
    if known <= BURST_ORDERS or len(by_ref) >= BURST_CONCENTRATION * known:
        return set()
    return {order[0] for group in by_ref.values() if len(group) > 1 for order in group if order[3]}


# Many answers or complaints from one device

_ANSWERS = """
WITH marked AS MATERIALIZED (SELECT DISTINCT unit FROM evidence_dirtyunit WHERE unit ~ '^[ocv]:'),
told AS (
    SELECT CASE WHEN order_id IS NOT NULL THEN 'o:' || order_id
                ELSE 'v:' || coalesce(live_id, '') || '|' || coalesce(respondent_ref, '') END AS unit,
           device_ref, answered_at AS told_at, order_id, live_id, store_id, anchor_id
    FROM evidence_response WHERE device_ref IS NOT NULL AND NOT retracted
    UNION ALL
    SELECT CASE WHEN order_id IS NOT NULL THEN 'o:' || order_id ELSE 'c:' || complaint_id END,
           device_ref, opened_at, order_id, live_id, store_id, anchor_id
    FROM evidence_complaint WHERE device_ref IS NOT NULL AND NOT retracted
),
device AS (SELECT device_ref, min(told_at) - %(window)s AS low, max(told_at) + %(window)s AS high
           FROM told JOIN marked USING (unit) GROUP BY 1),
about AS (
    SELECT told.*, coalesce(o.store_id, told.store_id) AS store, coalesce(told.anchor_id, l.anchor_id) AS anchor
    FROM told JOIN device USING (device_ref)
    LEFT JOIN evidence_order o ON o.order_id = told.order_id
    LEFT JOIN subjects_livesession l ON l.live_id = told.live_id
    WHERE told_at BETWEEN low AND high
)
SELECT device_ref, CASE WHEN store IS NULL THEN 'anchor' ELSE 'store' END AS kind, coalesce(store, anchor) AS subject,
       array_agg(unit ORDER BY told_at, unit), array_agg(told_at ORDER BY told_at, unit)
FROM about WHERE coalesce(store, anchor) IS NOT NULL
GROUP BY 1, 2, 3 HAVING count(*) >= %(answers)s ORDER BY 1, 2, 3
"""


def _answer_bursts() -> Iterable[Finding]:
    limits = {"window": WINDOW, "answers": ANSWERS_FROM_ONE_DEVICE}
    for device, kind, subject, units, times in _rows(_ANSWERS, limits):
        held = _dense(times, lambda here: len(here) >= ANSWERS_FROM_ONE_DEVICE)
        if held:
            chosen = tuple(sorted({units[i] for i in held}))
            details = {"device_ref": device, "answers": len(held)}
            day = market_day(times[held[-1]])
            yield Finding("answer_burst", (kind, subject, device), day, chosen, kind, subject, details)
