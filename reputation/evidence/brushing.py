"""Who is withheld: subjects whose held orders are too many for a rating to mean anything until a person decides."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection

from reputation.base.time import day_start
from reputation.evidence.models import Hold

PATTERNS = ("shared_device", "shared_payment", "owner", "burst")
WINDOW_DAYS = 30
# One doubtful order in five can move a star by more than its whole interval; 30 is what a rating needs to exist at all.
HELD_SHARE = 0.20
HELD_ORDERS = 30

# Only the subjects that have such a hold are counted at all.
_HELD = """
SELECT h.subject_kind, h.subject_id, count(DISTINCT o.order_id) FROM evidence_hold h
JOIN evidence_heldunit u ON u.hold_id = h.id
JOIN evidence_order o ON starts_with(u.unit, 'o:') AND o.order_id = substr(u.unit, 3)
WHERE h.status = %(held)s AND h.pattern = ANY(%(patterns)s) AND h.subject_id <> ''
  AND o.placed_at >= %(low)s AND o.placed_at < %(high)s
GROUP BY 1, 2
"""
_ALL = """
SELECT {column}, count(*) FROM evidence_order WHERE {column} = ANY(%(subjects)s) AND NOT retracted
 AND placed_at >= %(low)s AND placed_at < %(high)s GROUP BY 1
"""


def brushing_subjects(*, night: date) -> set[tuple[str, str]]:
    """(kind, id) of subjects to withhold: their undecided holds cover too much of their last 30 days of orders."""
    last = night + timedelta(days=1)
    span = {"low": day_start(last - timedelta(days=WINDOW_DAYS)), "high": day_start(last)}
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"held": Hold.Status.HELD, "patterns": list(PATTERNS), **span})
        held = {(kind, subject): count for kind, subject, count in cursor.fetchall()}
        totals = {}
        for kind in {kind for kind, _ in held}:
            subjects = [subject for here, subject in held if here == kind]
            cursor.execute(_ALL.format(column=f"{kind}_id"), {"subjects": subjects, **span})
            totals |= {(kind, subject): count for subject, count in cursor.fetchall()}
    return {who for who, count in held.items() if count >= HELD_ORDERS or count >= HELD_SHARE * totals.get(who, count)}
