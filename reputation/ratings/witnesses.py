"""Who bears out a sudden change: the buyers whose orders went wrong since a night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
from django.db import connection

from reputation.base.time import day_start

LOOK_BACK_DAYS = 90  # an order that goes wrong was placed within this time
# An order with several incidents is one here; what nobody reported (a parcel that is late) shows in its shipment.
_AFFECTED = """
SELECT o.{column}, count(*), count(DISTINCT o.buyer_ref) FROM evidence_order o
WHERE o.{column} = ANY(%(subjects)s) AND NOT o.retracted AND o.placed_at >= %(placed)s AND o.placed_at < %(until)s
  AND NOT EXISTS (SELECT FROM evidence_heldunit u JOIN evidence_hold h ON h.id = u.hold_id
                  WHERE u.unit = 'o:' || o.order_id AND h.status = 'held') AND (
    EXISTS (SELECT FROM evidence_return r WHERE r.order_id = o.order_id AND NOT r.retracted
            AND r.first_observed_at >= %(since)s AND r.first_observed_at < %(until)s)
    OR EXISTS (SELECT FROM evidence_complaint c WHERE c.order_id = o.order_id AND NOT c.retracted
               AND c.first_observed_at >= %(since)s AND c.first_observed_at < %(until)s)
    OR EXISTS (SELECT FROM evidence_response a WHERE a.order_id = o.order_id AND NOT a.retracted
               AND a.first_observed_at >= %(since)s AND a.first_observed_at < %(until)s
               AND least(a.overall, a.as_described, a.service, a.logistics) <= 2)
    OR (o.ship_by >= %(since)s AND o.ship_by < %(until)s AND o.cancelled_at IS NULL AND NOT EXISTS (
        SELECT FROM evidence_shipment s
        WHERE s.order_id = o.order_id AND NOT s.retracted AND s.shipped_at <= o.ship_by))
) GROUP BY 1
"""


def affected(kind: str, subjects: Sequence[str], before: date, night: date) -> pd.DataFrame:
    """index subject id; incidents: orders that something was reported of in the days after `before` up to `night`, those
    under an open hold left out; buyers: how many distinct ones."""
    since, until = (day_start(day + timedelta(days=1)) for day in (before, night))
    placed = since - timedelta(days=LOOK_BACK_DAYS)
    values = {"subjects": list(subjects), "since": since, "until": until, "placed": placed}
    with connection.cursor() as cursor:
        cursor.execute(_AFFECTED.format(column=f"{kind}_id"), values)
        found = cursor.fetchall()
    return pd.DataFrame(found, columns=["subject", "incidents", "buyers"]).set_index("subject")
