"""How far each subject reaches, as of the latest governed night."""

from __future__ import annotations

from django.db import connection

from reputation.governance.models import Tier
from reputation.governance.nights.reading import NightRead
from scoring.policy.night import KINDS


def reach_write(read: NightRead) -> dict[str, int]:
    """Replace all rows, in the caller's transaction; whoever sold nothing has none. Returns subjects by tier."""
    night = read.night
    counts = dict.fromkeys(Tier.values, 0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM governance_reach")
        with cursor.copy("COPY governance_reach (kind, subject_id, tier, orders) FROM STDIN") as copy:
            for row in ((night.orders > 0) & (night.kinds < len(KINDS))).nonzero()[0]:
                who = KINDS[night.kinds[row]], night.ids[row]
                tier = read.far.get(who, Tier.TAIL)
                copy.write_row((*who, tier, round(float(night.orders[row]))))
                counts[tier] += 1
    return counts
