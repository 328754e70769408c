"""What governance does by the clock, every minute; safe at any time and twice at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from reputation.base.time import market_day, now
from reputation.governance.actions.services import actions_expire
from reputation.governance.alarms import unacknowledged_alarm
from reputation.governance.models import PolicyState, PolicyVersion
from reputation.governance.services import policies_settle

logger = logging.getLogger(__name__)


class TickError(Exception):
    """Some part of a round failed; the log has why."""


def governance_round(*, moment: datetime | None = None) -> dict[str, int]:
    """End the actions whose time is over, call the announced policy live on its day, and say what the platform has not
    acknowledged. Returns how many of each. Claims of staff run out by themselves.

    A part that fails keeps no other from being done. Raises TickError after the last.
    """
    at = moment or now()
    done = {}
    for name, part in _PARTS.items():
        try:
            done[name] = part(at)
        except Exception:
            logger.exception("the round of %s, %s", at, name)
    if failed := _PARTS.keys() - done.keys():
        raise TickError(", ".join(sorted(failed)))
    return done


def _live(moment: datetime) -> int:
    """Looked for before settling, which makes all who write to the ledger wait."""
    today = market_day(moment)
    due = PolicyVersion.objects.filter(state=PolicyState.ANNOUNCED, live_from__lte=today).exists()
    if due:
        policies_settle(today=today)
    return int(due)


_PARTS: dict[str, Callable[[datetime], int]] = {
    "expired": lambda moment: actions_expire(moment=moment),
    "live": _live,
    "alarmed": lambda moment: unacknowledged_alarm(moment=moment),
}
