"""How far a change reaches that is about many units: an exclusion of a store, anchor or region, and a live session."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

# All orders whose time from being placed to its promise meets the exclusion's. Without a bound it is open on that side.
_MET = """
SELECT 'o:' || order_id FROM evidence_order
WHERE placed_at <= coalesce(%(ends_at)s::timestamptz, 'infinity')
  AND coalesce(deliver_by, ship_by, placed_at + interval '7 days') >= coalesce(%(starts_at)s::timestamptz, '-infinity')
  AND ({targets})
"""
# What each version told, in order of arrival; of a single version the row tells all.
_TOLD = """
SELECT coalesce(jsonb_agg(v.patch ORDER BY v.batch_id, v.id) FILTER (WHERE v.id IS NOT NULL),
                jsonb_build_array(to_jsonb(e)))::text
FROM evidence_exclusion e LEFT JOIN evidence_version v ON v.kind = 'exclusions' AND v.key = e.exclusion_id
WHERE e.exclusion_id = ANY(%s) GROUP BY e.exclusion_id
"""
# A voice of a live, and what was complained about it: by order where the order is known.
_OF_LIVE = """
SELECT 'v:' || live_id || '|' || respondent_ref FROM evidence_response
WHERE live_id = ANY(%(lives)s) AND respondent_ref IS NOT NULL
UNION SELECT 'v:' || live_id || '|' || respondent_ref FROM evidence_invitation
WHERE live_id = ANY(%(lives)s) AND respondent_ref IS NOT NULL
UNION SELECT CASE WHEN order_id IS NULL THEN 'c:' || complaint_id ELSE 'o:' || order_id END FROM evidence_complaint
WHERE live_id = ANY(%(lives)s)
"""
Patch = Mapping[str, Any]


def exclusion_units(exclusion_ids: Iterable[str]) -> set[str]:
    """Units of all orders that these exclusions meet or ever met, so that they can be counted again.

    An order that left an exclusion's bounds counts again as well as one that came into them, which is why former
    states matter. Reads with the caller's snapshot: an order that it does not see has a mark of its own.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TOLD, [list(exclusion_ids)])
        told = [json.loads(row[0]) for row in cursor.fetchall()]
    return {unit for patches in told for unit in _orders_met(patches)}


def live_units(live_ids: Iterable[str]) -> set[str]:
    """Units of all voices of these live sessions and of the complaints about them."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_LIVE, {"lives": list(live_ids)})
        return {row[0] for row in cursor.fetchall()}


def _orders_met(patches: Sequence[Patch]) -> list[str]:
    """Units of the orders that the exclusion meets in any state that its patches gave it, and perhaps of a few more."""
    kinds, subjects = _told(patches, "subject_kind"), list(_told(patches, "subject_id") - {None})
    targets = {
        "region": list(_told(patches, "region") - {None}),
        "store_id": subjects if "store" in kinds else [],
        "anchor_id": subjects if "anchor" in kinds else [],
    }
    given = {name: values for name, values in targets.items() if values}
    if not given:
        return []
    span = {name: _widest(chosen, _told(patches, name)) for name, chosen in (("starts_at", min), ("ends_at", max))}
    with connection.cursor() as cursor:
        cursor.execute(_MET.format(targets=" OR ".join(f"{name} = ANY(%({name})s)" for name in given)), given | span)
        return [row[0] for row in cursor.fetchall()]


def _told(patches: Sequence[Patch], name: str) -> set[Any]:
    """All values that the field ever had; null is one where the first patch did not carry it."""
    values = {patch[name] for patch in patches if name in patch}
    return values if name in patches[0] else values | {None}


def _widest(chosen: Any, values: set[Any]) -> str | None:
    """The earliest start or latest end; None, which is open, where it ever was open."""
    return None if None in values else chosen(values)
