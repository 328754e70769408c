"""What speaks against one subject, newest first and a page at a time: what it may dispute, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

from reputation.base.time import market_day, now
from reputation.evidence.selectors import closed_through
from scoring.metrics import EXCLUSION_REASONS

if TYPE_CHECKING:
    from scoring.outcomes import EvidenceFrames

PAGE = 50
_SPARE = 14  # candidates beyond a page: nearly all of them are incidents
_STRETCH, _LONGEST = 500, 8000  # rows walked in one go, at first and at most
_LAST = chr(0x10FFFF)  # after every key
FAMILIES = {"store": "och", "anchor": "ocv"}

# Of each family the newest, walked by an index a stretch at a time, and whether they may speak against the subject: a
# superset, of which the rules then say what does. EXISTS is left out: the planner may answer it by reading a whole table.
_ORDERS = """
SELECT 'o:' || o.order_id, o.placed_at, coalesce(
    (SELECT true FROM evidence_return r WHERE r.order_id = o.order_id AND NOT r.retracted AND {returned} LIMIT 1),
    (SELECT true FROM evidence_complaint c WHERE c.order_id = o.order_id AND NOT c.retracted
     AND coalesce(c.outcome, '') NOT IN ('rejected', 'withdrawn') LIMIT 1),
    (SELECT true FROM evidence_response a WHERE a.order_id = o.order_id AND NOT a.retracted
     AND least({answers}) <= 2 LIMIT 1),
    {parcel}
) FROM (
    SELECT * FROM evidence_order WHERE {kind}_id = %(subject)s AND NOT retracted AND placed_at <= %(at)s
    AND (placed_at < %(at)s OR order_id < %(key)s) AND starts_with(order_id, %(search)s)
    ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s
) o ORDER BY o.placed_at DESC, o.order_id DESC
"""
# Promises that still run are nobody's incident.
_PARCEL = """
    o.cancelled_by = 'merchant' OR (least(o.ship_by, o.deliver_by) < %(now)s AND (
        SELECT true FROM evidence_shipment s WHERE s.order_id = o.order_id AND NOT s.retracted
        AND (o.ship_by IS NULL OR coalesce(s.shipped_at <= o.ship_by, s.delivered_at IS NOT NULL))
        AND (o.deliver_by IS NULL OR s.delivered_at <= o.deliver_by) LIMIT 1
    ) IS NULL)
"""
_PARTS = {
    "store": {
        "returned": "coalesce(r.first_reason, '') NOT IN ('size', 'no_reason')",
        "answers": "a.overall, a.as_described, a.service, a.logistics",
        "parcel": _PARCEL,
    },
    # It answers for no parcel, refund or service.
    "anchor": {
        "returned": "r.first_reason IN ('quality', 'counterfeit', 'not_as_described')",
        "answers": "a.overall, a.as_described",
        "parcel": "false",
    },
}
_COMPLAINTS = """
SELECT 'c:' || c.complaint_id, c.opened_at, coalesce(c.outcome, '') NOT IN ('rejected', 'withdrawn')
FROM evidence_complaint c
WHERE c.order_id IS NULL AND NOT c.retracted AND ({named}) AND c.opened_at <= %(at)s
  AND (c.opened_at < %(at)s OR c.complaint_id < %(key)s) AND starts_with(c.complaint_id, %(search)s)
ORDER BY c.opened_at DESC, c.complaint_id DESC LIMIT %(limit)s
"""
_NAMED = {
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
SELECT 'h:' || h.conversation_id, h.started_at,
    coalesce(h.rating <= 2, false) OR NOT coalesce(h.resolved, true) OR h.first_reply_at IS NULL
    OR h.first_reply_at > h.started_at + interval '3 min'
FROM evidence_conversation h
WHERE h.store_id = %(subject)s AND NOT h.retracted AND h.started_at <= %(at)s
  AND (h.started_at < %(at)s OR h.conversation_id < %(key)s) AND starts_with(h.conversation_id, %(search)s)
ORDER BY h.started_at DESC, h.conversation_id DESC LIMIT %(limit)s
"""
# Of a full stretch the last row comes along, candidate or not: the next one begins there.
_WALK = """
SELECT unit, at, candidate, n FROM (SELECT *, row_number() OVER () AS n FROM ({family}) AS one (unit, at, candidate)) walked
WHERE candidate OR n = %(limit)s ORDER BY n
"""
# Whose a unit is, whether or not anything is wrong with it.
_OWN = {
    "o": "SELECT 'o:' || order_id, placed_at FROM evidence_order"
    " WHERE order_id = ANY(%(keys)s) AND {kind}_id = %(subject)s AND NOT retracted AND placed_at IS NOT NULL",
    "c": "SELECT 'c:' || c.complaint_id, c.opened_at FROM evidence_complaint c"
    " WHERE c.complaint_id = ANY(%(keys)s) AND c.order_id IS NULL AND NOT c.retracted AND ({named})",
    "v": "SELECT 'v:' || a.live_id || '|' || a.respondent_ref, min(a.answered_at) FROM evidence_response a"
    " JOIN subjects_livesession l USING (live_id) WHERE l.anchor_id = %(subject)s AND NOT l.retracted"
    " AND NOT a.retracted AND a.live_id = ANY(%(lives)s) AND a.live_id || '|' || a.respondent_ref = ANY(%(keys)s)"
    " GROUP BY a.live_id, a.respondent_ref",
    "h": "SELECT 'h:' || conversation_id, started_at FROM evidence_conversation"
    " WHERE conversation_id = ANY(%(keys)s) AND store_id = %(subject)s AND NOT retracted AND started_at IS NOT NULL",
}


@dataclass(frozen=True)
class Incident:
    """A unit of evidence and what of it is this subject's own doing.

    `what`: symptoms that count (keys of scoring.outcomes.rules.RULES; of chats and voices the metric); `aside`: those
    that do not any more; `reason`: the exclusion that set them aside; `held`: the whole unit is set aside by a person
    or until one has looked; `day`: when the first of them was known; `since`: the first day on which the unit counted
    in anything.
    """

    unit: str
    at: datetime
    day: date
    since: date
    what: tuple[str, ...]
    aside: tuple[str, ...]
    reason: str
    held: bool
    grave: bool

    @property
    def family(self) -> str:
        return self.unit[0]

    @property
    def key(self) -> str:
        """The order's, complaint's or conversation's id; of a voice the live room's, for viewers stay unnamed."""
        key = self.unit[2:]
        return key.partition("|")[0] if self.family == "v" else key

    @property
    def counts(self) -> bool:
        return bool(self.what)


@dataclass(frozen=True)
class Page:
    """`after` continues the list; empty on the last page."""

    incidents: list[Incident] = field(default_factory=list)
    after: str = ""


def subject_incidents(
    kind: str, subject_id: str, *, families: str = "", search: str = "", after: str = "", size: int = PAGE
) -> Page:
    """Incidents of the subject, the latest first. `families`: letters of units, all that it can have if empty;
    `search`: how the id of the order, complaint, live room or conversation begins; `after`: where the page before
    ended. An `after` that is none begins anew."""
    letters = [letter for letter in FAMILIES[kind] if not families or letter in families]
    walks = [_walk(kind, subject_id, letter, search, *_place(after)) for letter in letters]
    candidates, found = merge(*walks, reverse=True), list[Incident]()
    while len(found) <= size and (some := {unit: at for at, unit in islice(candidates, size + _SPARE)}):
        told = incidents_told(kind, subject_id, some)
        found += [told[unit] for unit in some if unit in told]
    return Page(found[:size], _mark(found[size - 1]) if len(found) > size else "")


def _walk(
    kind: str, subject_id: str, letter: str, search: str, at: datetime, unit: str
) -> Iterator[tuple[datetime, str]]:
    """Candidates of a family, the latest first, from a place on. The stretches grow: where little goes wrong the way to
    the next candidate is long."""
    query, stretch = _query(kind, letter), _STRETCH
    wanted: dict[str, Any] = {"subject": subject_id, "search": search, "now": now()}
    while True:
        # At one instant the letters stand in the order of units, which begin with them.
        key = unit[2:] if unit[:1] == letter else (_LAST if unit > letter else "")
        rows = _rows(query, wanted | {"at": at, "key": key, "limit": stretch})
        yield from ((moment, name) for name, moment, candidate, _n in rows if candidate)
        if not rows or rows[-1][3] < stretch:
            return
        unit, at = rows[-1][:2]
        stretch = min(stretch * 4, _LONGEST)


def _query(kind: str, letter: str) -> str:
    families = {"o": _ORDERS, "c": _COMPLAINTS, "v": _VOICES, "h": _CHATS}
    return _WALK.format(family=families[letter].format(kind=kind, named=_NAMED[kind], **_PARTS[kind]))


def _rows(query: str, wanted: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, wanted)
        return cursor.fetchall()


def _mark(last: Incident) -> str:
    return f"{last.at.astimezone(UTC).isoformat()} {last.unit}"


def _place(after: str) -> tuple[datetime, str]:
    """Where to go on: before this instant, or at it before this unit."""
    begin = now() + timedelta(days=1), _LAST
    try:
        at, _space, unit = after.partition(" ")
        moment = datetime.fromisoformat(at)
    except ValueError:
        return begin
    return (moment, unit) if moment.tzinfo and "\0" not in unit else begin


def units_known(kind: str, subject_id: str, units: Iterable[str]) -> dict[str, Incident]:
    """Of these units those that are this subject's incidents, set aside or not; any other might as well not exist."""
    return incidents_told(kind, subject_id, units_of(kind, subject_id, units))


def units_of(kind: str, subject_id: str, units: Iterable[str]) -> dict[str, datetime]:
    """Of these units those that are about this subject, whether or not anything is wrong, and when each happened."""
    found: dict[str, datetime] = {}
    for letter, group in groupby(sorted(unit for unit in set(units) if "\0" not in unit), key=lambda unit: unit[:2]):
        keys = [unit[2:] for unit in group]
        if letter[:1] in FAMILIES[kind] and letter[1:] == ":":
            query = _OWN[letter[0]].format(kind=kind, named=_NAMED[kind])
            lives = [key.partition("|")[0] for key in keys]
            found |= dict(_rows(query, {"subject": subject_id, "keys": keys, "lives": lives}))
    return found


def incidents_told(kind: str, subject_id: str, times: dict[str, datetime]) -> dict[str, Incident]:
    """What the rules say of these units, as far as it speaks against the subject."""
    if not times:
        return {}
    from reputation.evidence.frames import unit_frames
    from scoring.outcomes import Horizon
    from scoring.outcomes.incidents import incidents_of

    frames = unit_frames(times)
    rows = incidents_of(frames, Horizon(closed_through(), settings.MARKET_TIME_ZONE))
    own = rows[(rows["role"] == kind) & (rows["subject_id"] == subject_id)]
    seen, found = _first_seen(frames), dict[str, list[dict[str, Any]]]()
    for row in own.to_dict("records"):
        found.setdefault(str(row["unit"]), []).append(row)
    return {unit: _incident(unit, times[unit], market_day(seen[unit]), told) for unit, told in found.items()}


def _first_seen(frames: EvidenceFrames) -> dict[str, datetime]:
    """When each unit was first heard of."""
    voices = frames.responses["live_id"].astype("str") + "|" + frames.responses["respondent_ref"].astype("str")
    keyed = (
        ("o:", frames.orders, frames.orders["order_id"]),
        ("c:", frames.complaints, frames.complaints["complaint_id"]),
        ("v:", frames.responses, voices),
        ("h:", frames.conversations, frames.conversations["conversation_id"]),
    )
    out: dict[str, datetime] = {}
    for prefix, frame, keys in keyed:
        first = frame["first_observed_at"].groupby(keys).min()
        out |= {f"{prefix}{key}": moment.to_pydatetime() for key, moment in first.items()}
    return out


def _incident(unit: str, at: datetime, since: date, rows: list[dict[str, Any]]) -> Incident:
    reasons = [int(row["excluded"]) for row in rows if row["excluded"] >= 0]
    counts = [row["what"] for row in rows if row["excluded"] < 0 and not row["held"]]
    return Incident(
        unit=unit,
        at=at,
        day=min(row["day"] for row in rows).date(),
        since=since,
        what=tuple(counts),
        aside=tuple(row["what"] for row in rows if row["what"] not in counts),
        reason=EXCLUSION_REASONS[min(reasons)] if reasons else "",
        held=any(row["held"] for row in rows),
        grave=any(row["grave"] for row in rows),
    )
