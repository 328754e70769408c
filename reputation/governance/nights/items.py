"""What a night puts before people: one item per undecided flag, due by how grave it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from reputation.base.time import market_day, now
from reputation.base.working_days import due_end, working_days_after
from reputation.governance.desk.items import RISK, item_of, priority
from reputation.governance.models import Flag, WorkItem

WORKING_DAYS = {"critical": 1, "high": 2, "medium": 3, "low": 5}  # by severity, to the end of that market day
AT_ONCE = 200  # due on the same day: of more, every further 200 have a working day longer
_CHUNK = 5000


def items_open(night: date) -> int:
    """Put undecided flags of the night that have no item yet in the queue; returns how many."""
    waiting = Flag.objects.filter(ended_on=None, last_night=night, state=Flag.State.OPEN, item=None)
    flags = sorted(waiting.defer("readings"), key=_first_first)
    made = [_item(flag, due) for flag, due in zip(flags, due_instants(flags, market_day(now())), strict=True)]
    WorkItem.objects.bulk_create(made, batch_size=_CHUNK)
    return len(made)


def _first_first(flag: Flag) -> tuple[int, float, int]:
    return allowed(flag), -priority(RISK[flag.severity], flag.orders), flag.pk


def allowed(flag: Flag) -> int:
    """Working days to decide it."""
    return WORKING_DAYS["critical" if flag.grave else flag.severity]


def due_instants(flags: Sequence[Flag], today: date) -> list[datetime]:
    """When each is to be decided, for flags that stand with the most urgent first."""
    ends: dict[int, datetime] = {}
    for at, flag in enumerate(flags):
        days = allowed(flag) + at // AT_ONCE
        ends.setdefault(days, due_end(working_days_after(today, days)))
    return [ends[allowed(flag) + at // AT_ONCE] for at, flag in enumerate(flags)]


def _item(flag: Flag, due_at: datetime) -> WorkItem:
    return item_of(
        WorkItem.Kind.FLAG, flag, severity=flag.severity, reach=flag.orders, due_at=due_at, subject_kind=flag.kind,
        subject_id=flag.subject_id, name=flag.name, category=flag.category, tier=flag.tier, rule=flag.rule,
    )  # fmt: skip
