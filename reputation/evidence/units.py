"""Which units of evidence a row touches, so that the night counts them again. Columns in, units out."""

from collections.abc import Mapping
from typing import Any

from django.db import connection

Columns = Mapping[str, list[Any]]

# All orders whose time from being placed to its promise meets the exclusion's. Without a bound it is open on that side.
_EXCLUDED_ORDERS = """
SELECT 'o:' || order_id FROM evidence_order
WHERE placed_at <= coalesce(%(ends_at)s::timestamptz, 'infinity')
  AND coalesce(deliver_by, ship_by, placed_at + interval '7 days') >= coalesce(%(starts_at)s::timestamptz, '-infinity')
  AND (region = %(region)s
       OR %(subject_kind)s::text = 'store' AND store_id = %(subject_id)s
       OR %(subject_kind)s::text = 'anchor' AND anchor_id = %(subject_id)s)
"""
_EXCLUSION = ("order_id", "subject_kind", "subject_id", "region", "starts_at", "ends_at")


def none(columns: Columns) -> list[str]:
    return []


def of_order(columns: Columns) -> list[str]:
    return [f"o:{order}" for order in columns["order_id"] if order]


def of_complaint(columns: Columns) -> list[str]:
    pairs = zip(columns["order_id"], columns["complaint_id"], strict=True)
    return [f"o:{order}" if order else f"c:{complaint}" for order, complaint in pairs]


def of_voice(columns: Columns) -> list[str]:
    voices = zip(columns["live_id"], columns["respondent_ref"], strict=True)
    return of_order(columns) + [f"v:{live}|{respondent}" for live, respondent in voices if live and respondent]


def of_conversation(columns: Columns) -> list[str]:
    return [f"h:{conversation}" for conversation in columns["conversation_id"]]


def of_day(columns: Columns) -> list[str]:
    return [f"d:{day}" for day in columns["day"]]


def of_exclusion(columns: Columns) -> list[str]:
    found = of_order(columns)
    for values in zip(*(columns[name] for name in _EXCLUSION), strict=True):
        bounds = dict(zip(_EXCLUSION, values, strict=True))
        if not bounds["order_id"] and (bounds["region"] or bounds["subject_id"]):
            found += _excluded_orders(bounds)
    return found


def _excluded_orders(bounds: Mapping[str, Any]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_EXCLUDED_ORDERS, bounds)
        return [row[0] for row in cursor.fetchall()]
