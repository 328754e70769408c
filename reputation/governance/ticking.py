"""What governance does by the clock, every minute; safe at any time and twice at once."""

from __future__ import annotations

from datetime import datetime

from reputation.base.time import market_day, now
from reputation.governance.actions.services import actions_expire
from reputation.governance.alarms import unacknowledged_alarm
from reputation.governance.models import PolicyState, PolicyVersion
from reputation.governance.services import policies_settle


def governance_round(*, moment: datetime | None = None) -> dict[str, int]:
    """End the actions whose time is over, call the announced policy live on its day, and say what the platform has not
    acknowledged. Returns how many of each. Claims of staff run out by themselves."""
    at = moment or now()
    return {
        "expired": actions_expire(moment=at),
        "live": _policy_due(at),
        "alarmed": unacknowledged_alarm(moment=at),
    }


def _policy_due(moment: datetime) -> int:
    """Looked for before settling, which makes all who write to the ledger wait."""
    today = market_day(moment)
    due = PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED, live_from__lte=today).exists()
    if due:
        policies_settle(today=today)
    return int(due)
