"""Until when a subject may appeal: it differs by law."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings

from reputation.base.time import market_day
from reputation.governance.models import Action

# Douyin gives 14 days (and the merchant 7); the DSA, art. 20, at least six months.
WINDOW_DAYS = {"CN": 14, "EU": 183}


def appeal_window_ends(action: Action) -> date:
    """The last market day on which an appeal may be filed, counted from the day on which the sanction began.

    One that has ended since may be appealed as long: the record of it stands.
    """
    told = action.starts_at or action.created_at
    return market_day(told) + timedelta(days=WINDOW_DAYS[settings.JURISDICTION])
