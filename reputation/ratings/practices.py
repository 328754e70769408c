"""What lately happened to buyers: how long things took and what they answered, worked out of the evidence by SQL.

Plain figures for people, beside the rating and no part of it. Figures by name, each with the number `n` that it is of:

    dispatch, delivery   minutes from order to dispatch, to delivery; `promised`: the median promise
    refund               minutes from opening a return to its refund, returns for size or a change of mind left out
    reply                minutes from a question asked between 8:00 and 23:00 to the first reply
    returns              returns for the store's fault; `refused`: of these, closed without a refund
    viewers              invited viewers of live rooms who answered; `false_promotion`, `hype`: how many said yes
    answers              first overall answers of a year, 1 to 5: `mean`; by buyers, and by invited viewers of live rooms

Times have `half` (the median), `most` (what 9 in 10 stay within), `waiting` (how many wait still, taken as long as they
have waited), `since` and `through` (market days). Each counts what began in 90 days that ended some days before the last
closed day, so that nearly all of it has come to its end and no slow one is missing. What was set aside is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Subquery

from reputation.base.time import day_start
from reputation.evidence.holds import FOR_ONE_PARTY
from reputation.ratings import selectors
from reputation.ratings.models import Practice
from scoring.outcomes.rules import BUYERS_REASONS, LOGISTICS_ONLY, STORES_REASONS

WINDOW_DAYS = 90
LEAST = 5  # orders, returns, questions or people: fewer are not told
KEPT_NIGHTS = 2
ASKED_HOURS = (8, 23)
LONGEST = "30min"  # of one query: figures that take longer are not worth a night's time
SORTED_IN = "128MB"  # the medians of a large market are sorted in memory then, not on disk

# Who is set aside, for which party; `parcel`: for what the carrier or the weather can cause, and nothing else.
_ASIDE = f"""
CREATE TEMP TABLE practice_aside ON COMMIT DROP AS
SELECT unit, role, bool_and(parcel) AS parcel FROM (
    SELECT u.unit, role, false AS parcel FROM evidence_heldunit u JOIN evidence_hold h ON h.id = u.hold_id
    CROSS JOIN (VALUES ('store'), ('anchor')) AS roles (role)
    WHERE h.status IN ('held', 'confirmed') AND (h.pattern <> '{FOR_ONE_PARTY}' OR h.subject_kind = role)
    UNION ALL
    SELECT 'o:' || o.order_id, role, coalesce(e.reason = ANY(%(parcel_alone)s), false) FROM evidence_exclusion e
    JOIN evidence_order o ON e.order_id IS NULL AND o.placed_at BETWEEN %(year)s AND %(end)s
        AND o.placed_at <= coalesce(e.ends_at, 'infinity')
        AND coalesce(o.deliver_by, o.ship_by, o.placed_at + interval '7 days') >= coalesce(e.starts_at, '-infinity')
        AND (e.region IS NULL OR e.region = o.region) AND (e.subject_id IS NULL OR e.subject_id =
            CASE e.subject_kind WHEN 'anchor' THEN o.anchor_id ELSE o.store_id END)
    CROSS JOIN (VALUES ('store'), ('anchor')) AS roles (role)
    WHERE e.lifted_at IS NULL AND NOT e.retracted AND (e.region IS NOT NULL OR e.subject_id IS NOT NULL)
      AND coalesce(e.ends_at, 'infinity') >= %(year)s
      AND coalesce(e.subject_kind, role) = role
    UNION ALL
    SELECT 'o:' || o.order_id, role, coalesce(e.reason = ANY(%(parcel_alone)s), false) FROM evidence_exclusion e
    JOIN evidence_order o ON o.order_id = e.order_id CROSS JOIN (VALUES ('store'), ('anchor')) AS roles (role)
    WHERE e.lifted_at IS NULL AND NOT e.retracted AND (e.subject_id IS NULL OR e.subject_kind IS NULL
        OR (e.subject_kind = role AND e.subject_id = CASE role WHEN 'anchor' THEN o.anchor_id ELSE o.store_id END))
) found GROUP BY unit, role
"""  # noqa: S608 (our own names)
_PARTS = "CREATE TEMP TABLE practice_part (kind text, subject_id text, name text, figures jsonb) ON COMMIT DROP"
_COUNTED = "NOT EXISTS (SELECT FROM practice_aside x WHERE x.unit = {unit} AND x.role = '{role}'{more})"
_ORDER = _COUNTED.format(unit="'o:' || o.order_id", role="store", more="{more}")
# What has not come by the end of the last closed day waits: it is taken for as long as it has waited, at the least.
_TIMES = """
INSERT INTO practice_part
SELECT 'store', store_id, '{name}', jsonb_build_object(
    'n', n, 'half', parts[1], 'most', parts[2], 'waiting', waiting, 'promised', promised,
    'since', %(since)s::text, 'through', %(through)s::text)
FROM (
    SELECT store_id, count(*) AS n, count(*) FILTER (WHERE done IS NULL) AS waiting,
        percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (
            ORDER BY ceil(extract(epoch FROM greatest(coalesce(done, %(end)s) - began, '0')) / 60)::bigint) AS parts,
        percentile_disc(0.5) WITHIN GROUP (
            ORDER BY round(extract(epoch FROM promise - began) / 60)::bigint) AS promised
    FROM ({rows}) AS rows (store_id, began, done, promise)
    WHERE %(calls)s OR done IS NOT NULL GROUP BY store_id HAVING count(*) >= %(least)s AND count(done) > 0
) counted
"""
_PARCELS = f"""
SELECT o.store_id, o.placed_at, CASE WHEN s.{{done}} <= %(end)s THEN s.{{done}} END, o.{{promise}}
FROM evidence_order o LEFT JOIN evidence_shipment s ON s.order_id = o.order_id AND NOT s.retracted
WHERE o.placed_at >= %(low)s AND o.placed_at < %(high)s AND o.store_id IS NOT NULL AND NOT o.retracted AND o.amount > 0
  AND o.cancelled_at IS NULL AND {{told}} AND {_ORDER.format(more="")}
"""  # noqa: S608
_RETURNS = f"""
FROM evidence_return r JOIN evidence_order o ON o.order_id = r.order_id
WHERE r.opened_at >= %(low)s AND r.opened_at < %(high)s AND NOT r.retracted AND o.store_id IS NOT NULL
  AND NOT o.retracted AND o.amount > 0 AND {_ORDER.format(more=" AND NOT x.parcel")}
"""
_PAID = "CASE WHEN r.refunded_at <= %(end)s THEN r.refunded_at END"
_CLOSED = f"({_PAID} IS NULL AND r.closed_at <= %(end)s)"
_REFUNDS = f"""
SELECT o.store_id, r.opened_at, {_PAID}, NULL::timestamptz {_RETURNS}
  AND coalesce(r.first_reason, '') <> ALL(%(buyers_reasons)s) AND {_CLOSED} IS NOT TRUE
"""
_REPLIES = f"""
SELECT h.store_id, h.started_at, CASE WHEN h.first_reply_at <= %(end)s THEN h.first_reply_at END, NULL::timestamptz
FROM evidence_conversation h
WHERE h.started_at >= %(low)s AND h.started_at < %(high)s AND h.store_id IS NOT NULL AND NOT h.retracted
  AND extract(hour FROM h.started_at AT TIME ZONE %(zone)s) BETWEEN %(opens)s AND %(shuts)s - 1
  AND {_COUNTED.format(unit="'h:' || h.conversation_id", role="store", more="")}
"""  # noqa: S608
_REFUSED = f"""
INSERT INTO practice_part
SELECT 'store', o.store_id, 'returns', jsonb_build_object('n', count(*), 'refused', count(*) FILTER (WHERE {_CLOSED}),
    'since', %(since)s::text, 'through', %(through)s::text)
{_RETURNS} AND r.first_reason = ANY(%(stores_reasons)s)
GROUP BY o.store_id HAVING count(*) >= %(least)s
"""
# A voice is one viewer of one live, who was invited, and its first answer to each question is what counts.
_VOICES = f"""
SELECT l.anchor_id, a.live_id, a.respondent_ref, a.answered_at, a.response_id,
       a.overall, a.false_promotion, a.hype, a.order_id
FROM evidence_response a JOIN subjects_livesession l ON l.live_id = a.live_id AND NOT l.retracted
WHERE a.answered_at >= %(low)s AND a.answered_at < %(high)s AND NOT a.retracted AND l.anchor_id IS NOT NULL
  AND EXISTS (SELECT FROM evidence_invitation i
              WHERE i.live_id = a.live_id AND i.respondent_ref = a.respondent_ref AND NOT i.retracted)
  AND {_COUNTED.format(unit="'v:' || a.live_id || '|' || a.respondent_ref", role="anchor", more="")}
"""  # noqa: S608
_FIRST = "(array_agg({column} ORDER BY answered_at, response_id) FILTER (WHERE {column} IS NOT NULL))[1]"
_VIEWERS = f"""
INSERT INTO practice_part
SELECT 'anchor', anchor_id, 'viewers', jsonb_build_object('n', count(*),
    'false_promotion', count(*) FILTER (WHERE promoted), 'hype', count(*) FILTER (WHERE hyped),
    'since', %(since)s::text, 'through', %(through)s::text)
FROM (
    SELECT anchor_id, {_FIRST.format(column="false_promotion")} AS promoted, {_FIRST.format(column="hype")} AS hyped
    FROM ({_VOICES}) AS voices GROUP BY anchor_id, live_id, respondent_ref
) AS each WHERE promoted IS NOT NULL OR hyped IS NOT NULL GROUP BY anchor_id HAVING count(*) >= %(least)s
"""  # noqa: S608
_BOUGHT = f"""
SELECT '{{role}}' AS kind, o.{{role}}_id AS subject_id, a.overall AS score, o.order_id AS unit, a.answered_at, a.response_id
FROM evidence_response a JOIN evidence_order o ON o.order_id = a.order_id
WHERE a.answered_at >= %(low)s AND a.answered_at < %(high)s AND a.overall IS NOT NULL AND NOT a.retracted
  AND o.{{role}}_id IS NOT NULL AND NOT o.retracted AND o.amount > 0
  AND {_COUNTED.format(unit="'o:' || o.order_id", role="{role}", more=" AND NOT x.parcel")}
"""  # noqa: S608
_ANSWERS = f"""
INSERT INTO practice_part
SELECT kind, subject_id, 'answers', jsonb_build_object('n', count(*), 'mean', round(avg(score), 2))
FROM (
    SELECT DISTINCT ON (kind, subject_id, unit) kind, subject_id, score FROM (
        {_BOUGHT.format(role="store")} UNION ALL {_BOUGHT.format(role="anchor")} UNION ALL
        SELECT 'anchor', anchor_id, overall, live_id || '|' || respondent_ref, answered_at, response_id
        FROM ({_VOICES}) AS voices WHERE overall IS NOT NULL AND order_id IS NULL
    ) AS told ORDER BY kind, subject_id, unit, answered_at, response_id
) AS firsts GROUP BY kind, subject_id HAVING count(*) >= %(least)s
"""  # noqa: S608
_WRITE = """
INSERT INTO ratings_practice (kind, subject_id, night, figures)
SELECT kind, subject_id, %(night)s, jsonb_object_agg(name, figures) FROM practice_part GROUP BY kind, subject_id
"""


@dataclass(frozen=True)
class _Asked:
    """`lag`: days within which nearly everything has come to its end; `closed`: the kind of evidence that says so."""

    query: str
    closed: str
    lag: int
    days: int = WINDOW_DAYS


def _parcels(done: str, promise: str, told: str) -> str:
    return _TIMES.format(
        name="dispatch" if done == "shipped_at" else "delivery",
        rows=_PARCELS.format(done=done, promise=promise, told=told),
    )


# A parcel that arrived without a dispatch scan left nobody knows when.
_QUERIES = (
    _Asked(_parcels("shipped_at", "ship_by", "(s.shipped_at IS NOT NULL OR s.delivered_at IS NULL)"), "shipments", 7),
    _Asked(_parcels("delivered_at", "deliver_by", "true"), "shipments", 21),
    _Asked(_TIMES.format(name="refund", rows=_REFUNDS), "returns", 14),
    _Asked(_TIMES.format(name="reply", rows=_REPLIES), "conversations", 2),
    _Asked(_REFUSED, "returns", 14),
    _Asked(_VIEWERS, "responses", 0),
    _Asked(_ANSWERS, "responses", 0, selectors.WINDOW_DAYS),
)


def practices_write(*, night: date, closed: Mapping[str, str | None], guard: Callable[[], None] = lambda: None) -> int:
    """Work out everybody's practices and put them in place of what an earlier attempt left; returns of how many.

    closed: kind of evidence -> its last closed day, null where none was: there nobody is called waiting.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{LONGEST}'; SET LOCAL work_mem = '{SORTED_IN}'")
        end = day_start(night + timedelta(days=1))
        year = end - timedelta(days=selectors.WINDOW_DAYS + WINDOW_DAYS)
        cursor.execute("DROP TABLE IF EXISTS practice_aside, practice_part")  # of an earlier time in this transaction
        cursor.execute(_ASIDE, {"parcel_alone": list(LOGISTICS_ONLY), "year": year, "end": end})
        cursor.execute("CREATE INDEX ON practice_aside (unit)")
        cursor.execute("ANALYZE practice_aside")
        cursor.execute(_PARTS)
        for asked in _QUERIES:
            cursor.execute(asked.query, _span(asked, night, closed))
        guard()
        Practice.objects.filter(night=night)._raw_delete("default")
        cursor.execute(_WRITE, {"night": night})
        return cursor.rowcount


def _span(asked: _Asked, night: date, closed: Mapping[str, str | None]) -> dict[str, Any]:
    told = closed.get(asked.closed)
    last = min(night, date.fromisoformat(told)) if told else night
    through = last - timedelta(days=asked.lag)
    since = through - timedelta(days=asked.days - 1)
    return {
        "since": since, "through": through, "low": day_start(since), "high": day_start(through + timedelta(days=1)),
        "end": day_start(last + timedelta(days=1)), "calls": bool(told), "least": LEAST,
        "buyers_reasons": list(BUYERS_REASONS), "stores_reasons": list(STORES_REASONS),
        "zone": settings.MARKET_TIME_ZONE, "opens": ASKED_HOURS[0], "shuts": ASKED_HOURS[1],
    }  # fmt: skip


def practices_prune() -> int:
    """Drop all but the latest two nights and the one that is shown; returns how many rows went."""
    nights = Practice.objects.order_by("-night").values_list("night", flat=True).distinct()[:KEPT_NIGHTS]
    kept = {*nights, selectors.shown().night} - {None}
    return int(Practice.objects.exclude(night__in=kept)._raw_delete("default"))


def practice_of(night: date, kind: str, subject_id: str) -> dict[str, Any]:
    """The figures of a subject as the newest night no later than this has them: a night is shown before its own are
    there. Who is not in it has none, whatever an older night said."""
    newest = Practice.objects.filter(night__lte=night).order_by("-night").values("night")[:1]
    rows = Practice.objects.filter(kind=kind, subject_id=subject_id, night=Subquery(newest))
    return rows.values_list("figures", flat=True).first() or {}
