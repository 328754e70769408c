"""Units that may speak against a subject, found by index and newest first: a superset, of which the rules then say what
does. One measure can be asked for alone, and what was set aside or is somebody else's doing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from reputation.base.time import now
from scoring.outcomes.rules import BUYERS_REASONS, LOGISTICS_ONLY, LOW, RULES, STORES_REASONS

FAMILIES = {"store": "och", "anchor": "ocv"}
EVERYTHING = "problem"  # the metric in which everybody's doing counts
STRETCH, LONGEST = 500, 8000  # rows walked in one go, at first and at most
_LAST = chr(0x10FFFF)  # after every key

Place = tuple[datetime, str]


@dataclass(frozen=True)
class Wanted:
    """Units of one family of a subject. `search`: how the id begins; `metric`: of whose symptoms, "" for all that can
    be its own doing; `aside`: those alone that may be set aside or be somebody else's doing."""

    kind: str
    subject_id: str
    letter: str
    search: str = ""
    metric: str = ""
    aside: bool = False


# --- orders --------------------------------------------------------------------------------------------------------

# Of each family the newest, walked by an index a stretch at a time, and whether they may speak against the subject.
# EXISTS is left out: the planner may answer it by reading a whole table.
_ORDERS = """
SELECT 'o:' || o.order_id, o.placed_at, coalesce({signs}, false) AND coalesce({aside}, false) FROM (
    SELECT * FROM evidence_order WHERE {kind}_id = %(subject)s AND NOT retracted AND placed_at <= %(at)s
    AND (placed_at < %(at)s OR order_id < %(key)s) AND starts_with(order_id, %(search)s)
    ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s
) o ORDER BY o.placed_at DESC, o.order_id DESC
"""
_RETURN = "(SELECT true FROM evidence_return r WHERE r.order_id = o.order_id AND NOT r.retracted AND {} LIMIT 1)"
_COMPLAINT = (
    "(SELECT true FROM evidence_complaint c WHERE c.order_id = o.order_id AND NOT c.retracted"
    " AND coalesce(c.outcome, '') NOT IN ('rejected', 'withdrawn') AND {} LIMIT 1)"
)
_ANSWER = (
    "(SELECT true FROM evidence_response a WHERE a.order_id = o.order_id AND NOT a.retracted"
    " AND least({}) <= %(low)s LIMIT 1)"
)
_NO_PARCEL = (
    "(SELECT true FROM evidence_shipment s WHERE s.order_id = o.order_id AND NOT s.retracted AND {} LIMIT 1) IS NULL"
)
_SENT = "coalesce(s.shipped_at <= o.ship_by, s.delivered_at IS NOT NULL)"
# Promises that still run are nobody's incident.
_LATE_DISPATCH = f"(o.ship_by < %(now)s AND {_NO_PARCEL.format(_SENT)})"
_LATE_DELIVERY = f"(o.deliver_by < %(now)s AND {_NO_PARCEL.format('s.delivered_at <= o.deliver_by')})"
_PARCEL = (
    f"(o.cancelled_by = 'merchant' OR (least(o.ship_by, o.deliver_by) < %(now)s"
    f" AND {_NO_PARCEL.format(f'(o.ship_by IS NULL OR {_SENT}) AND (o.deliver_by IS NULL OR s.delivered_at <= o.deliver_by)')}))"
)
_ALL_ANSWERS = "a.overall, a.as_described, a.service, a.logistics"


def listed(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


NOT_BUYERS = f"coalesce(r.first_reason, '') NOT IN ({listed(BUYERS_REASONS)})"
# All that can be the subject's own doing; an anchor answers for no parcel, refund or service.
_OWN = {
    "store": (_RETURN.format(NOT_BUYERS), _COMPLAINT.format("true"), _ANSWER.format(_ALL_ANSWERS), _PARCEL),
    "anchor": (
        _RETURN.format("r.first_reason IN ('quality', 'counterfeit', 'not_as_described')"),
        _COMPLAINT.format("true"),
        _ANSWER.format("a.overall, a.as_described"),
    ),
}
_ANYBODYS = (
    _RETURN.format("true"), _COMPLAINT.format("true"), _ANSWER.format(_ALL_ANSWERS),
    f"(o.cancelled_by = 'platform' OR {_PARCEL})",
)  # fmt: skip
_SIGNS = {
    "late_dispatch": _LATE_DISPATCH,
    "late_delivery": _LATE_DELIVERY,
    "merchant_cancel": "o.cancelled_by = 'merchant'",
    "slow_refund": _RETURN.format(
        f"{NOT_BUYERS} AND coalesce(r.refunded_at, r.closed_at, 'infinity') > r.opened_at + interval '72 h'"
    ),
    "refused_return": _RETURN.format(
        f"r.refunded_at IS NULL AND r.closed_at IS NOT NULL AND r.first_reason IN ({listed(STORES_REASONS)})"
    ),
    "negative_answer": _ANSWER.format("a.overall"),
    "described_low": _ANSWER.format("a.as_described"),
    "service_low": _ANSWER.format("a.service"),
    "logistics_low": _ANSWER.format("a.logistics"),
}
# Metrics of which a late parcel may be the carrier's, and the one in which an anchor's promise is not the store's.
_NOT_ITS_OWN = dict.fromkeys(
    ("late_delivery", "negative_answer", "logistics_low", "complaint_logistics"), _LATE_DELIVERY
)
_NOT_ITS_OWN["complaint_honesty"] = "true"
_HELD = "(SELECT true FROM evidence_heldunit u WHERE u.unit = {} LIMIT 1)"
_EXCLUDED = (
    "(SELECT true FROM evidence_exclusion x WHERE x.order_id = o.order_id AND NOT x.retracted AND {} LIMIT 1)",
    """(SELECT true FROM evidence_exclusion x WHERE x.order_id IS NULL AND NOT x.retracted AND x.lifted_at IS NULL
    AND (x.subject_id IN (o.store_id, o.anchor_id) OR (x.subject_id IS NULL AND x.region = o.region))
    AND (x.ends_at IS NULL OR o.placed_at <= x.ends_at)
    AND (x.starts_at IS NULL OR x.starts_at <= coalesce(o.deliver_by, o.ship_by, o.placed_at + interval '7 days'))
    AND {} LIMIT 1)""",
)


def _signs(kind: str, metric: str) -> str:
    """Whether an order may be a case of the metric."""
    if metric in _SIGNS:
        return _SIGNS[metric]
    reasons, categories = (_codes(metric, family) for family in ("return", "complaint"))
    if reasons:
        return _RETURN.format(f"r.first_reason IN ({listed(reasons)})")
    if categories:
        return _COMPLAINT.format(_category(metric))
    return f"coalesce({', '.join(_ANYBODYS if metric == EVERYTHING else _OWN[kind])})"


def _codes(metric: str, family: str) -> list[str]:
    """Reasons of returns, or categories of complaints, that count in a metric."""
    start = f"{family}_"
    return [key.removeprefix(start) for key, rule in RULES.items() if rule.metric == metric and key.startswith(start)]


def _category(metric: str) -> str:
    """Whether a complaint's category counts in the metric; one that nobody knows is "other"."""
    if not (mine := _codes(metric, "complaint")):
        return "true"
    if "other" not in mine:
        return f"c.category IN ({listed(mine)})"
    known = [key.removeprefix("complaint_") for key in RULES if key.startswith("complaint_")]
    return f"coalesce(c.category, '') NOT IN ({listed([one for one in known if one not in mine])})"


def _aside(unit: str, more: tuple[str, ...] = ()) -> str:
    return f"coalesce({', '.join((_HELD.format(unit), *more))})"


# --- complaints without an order, viewers, chats -------------------------------------------------------------------

_COMPLAINTS = """
SELECT 'c:' || c.complaint_id, c.opened_at,
    coalesce(c.outcome, '') NOT IN ('rejected', 'withdrawn') AND {signs} AND coalesce({aside}, false)
FROM evidence_complaint c
WHERE c.order_id IS NULL AND NOT c.retracted AND ({named}) AND c.opened_at <= %(at)s
  AND (c.opened_at < %(at)s OR c.complaint_id < %(key)s) AND starts_with(c.complaint_id, %(search)s)
ORDER BY c.opened_at DESC, c.complaint_id DESC LIMIT %(limit)s
"""
NAMED = {
    "store": "c.store_id = %(subject)s",
    "anchor": "c.anchor_id = %(subject)s OR c.live_id IN ("
    "SELECT live_id FROM subjects_livesession WHERE anchor_id = %(subject)s AND NOT retracted)",
}
_VOICES = """
SELECT 'v:' || key, at, true FROM (
    SELECT a.live_id || '|' || a.respondent_ref AS key, min(a.answered_at) AS at FROM subjects_livesession l
    JOIN evidence_response a ON a.live_id = l.live_id
    WHERE l.anchor_id = %(subject)s AND NOT l.retracted AND NOT a.retracted AND a.respondent_ref IS NOT NULL
      AND (a.false_promotion OR a.hype) AND starts_with(a.live_id, %(search)s) GROUP BY a.live_id, a.respondent_ref
) voices
WHERE at <= %(at)s AND (at < %(at)s OR key < %(key)s) ORDER BY at DESC, key DESC LIMIT %(limit)s
"""
_CHATS = """
SELECT 'h:' || h.conversation_id, h.started_at, coalesce({signs}, false) AND coalesce({aside}, false)
FROM evidence_conversation h
WHERE h.store_id = %(subject)s AND NOT h.retracted AND h.started_at <= %(at)s
  AND (h.started_at < %(at)s OR h.conversation_id < %(key)s) AND starts_with(h.conversation_id, %(search)s)
ORDER BY h.started_at DESC, h.conversation_id DESC LIMIT %(limit)s
"""
_CHAT_SIGNS = {
    "chat_low": "coalesce(h.rating <= %(low)s, false)",
    "chat_unresolved": "NOT coalesce(h.resolved, true)",
    "slow_reply": "(h.first_reply_at IS NULL OR h.first_reply_at > h.started_at + interval '3 min')",
}


def _query(wanted: Wanted) -> str:
    kind, metric = wanted.kind, wanted.metric
    if wanted.letter == "v":
        return _VOICES
    if wanted.letter == "h":
        signs = _CHAT_SIGNS.get(metric) or " OR ".join(_CHAT_SIGNS.values())
        aside = _aside("'h:' || h.conversation_id") if wanted.aside else "true"
        return _CHATS.format(signs=f"({signs})", aside=aside)
    if wanted.letter == "c":
        aside = _aside("'c:' || c.complaint_id") if wanted.aside else "true"
        return _COMPLAINTS.format(named=NAMED[kind], signs=_category(metric), aside=aside)
    return _ORDERS.format(kind=kind, signs=_signs(kind, metric), aside=orders_aside(wanted))


def orders_aside(wanted: Wanted) -> str:
    """Whether an order `o` may be set aside or somebody else's doing, where that is asked for."""
    if not wanted.aside:
        return "true"
    reasons = "true" if _of_logistics(wanted.metric) else f"x.reason NOT IN ({listed(LOGISTICS_ONLY)})"
    excluded = tuple(one.format(reasons) for one in _EXCLUDED)
    others = _NOT_ITS_OWN.get(wanted.metric)
    return _aside("'o:' || o.order_id", (*excluded, others) if others else excluded)


def _of_logistics(metric: str) -> bool:
    """Whether a storm or a strike can clear something of it: parcels, and scores and times that hang on them."""
    aspects = {rule.aspect for rule in RULES.values() if rule.metric == metric}
    return not aspects or "logistics" in aspects or metric in _NOT_ITS_OWN


# --- walking -------------------------------------------------------------------------------------------------------

# Of a full stretch the last row comes along, candidate or not: the next one begins there.
_WALK = """
SELECT unit, at, candidate, n FROM (SELECT *, row_number() OVER () AS n FROM ({family}) AS one (unit, at, candidate)) walked
WHERE candidate OR n = %(limit)s ORDER BY n
"""


def walk(wanted: Wanted, at: datetime, unit: str) -> Iterator[Place]:
    """Candidates of a family, the latest first, from a place on. The stretches grow: where little goes wrong the way to
    the next candidate is long."""
    query, stretch = _WALK.format(family=_query(wanted)), STRETCH
    given: dict[str, Any] = {"subject": wanted.subject_id, "search": wanted.search, "now": now(), "low": LOW}
    while True:
        # At one instant the letters stand in the order of units, which begin with them.
        key = unit[2:] if unit[:1] == wanted.letter else (_LAST if unit > wanted.letter else "")
        rows = rows_of(query, given | {"at": at, "key": key, "limit": stretch})
        yield from ((moment, name) for name, moment, candidate, _n in rows if candidate)
        if not rows or rows[-1][3] < stretch:
            return
        unit, at = rows[-1][:2]
        stretch = min(stretch * 4, LONGEST)


def rows_of(query: str, given: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return cursor.fetchall()


def mark(at: datetime, unit: str) -> str:
    """A place of the walk, as an address may hold it."""
    return f"{at.astimezone(UTC).isoformat()} {unit}"


def place(after: str) -> Place:
    """Where to go on: before this instant, or at it before this unit. What is no mark is the beginning."""
    begin = now() + timedelta(days=1), _LAST
    try:
        at, _space, unit = after.partition(" ")
        moment = datetime.fromisoformat(at)
    except ValueError:
        return begin
    return (moment, unit) if moment.tzinfo and "\0" not in unit else begin
