"""The desk in numbers, as it is now: what waits and for how long, who has done how much, and what appeals undid."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Min, Q, QuerySet
from django.db.models.functions import Now

from reputation.base.time import day_start, market_day, now
from reputation.governance.appeals.selectors import appeal_figures
from reputation.governance.models import Action, WorkItem

WEEK = 7  # market days, today's included
SUSPECT_SHARE, SUSPECT_FROM = 0.2, 5  # from so many decided appeals on, a share of won ones that asks for a look


class Median(Aggregate):
    """Of durations, by the database: tens of thousands of items may be open."""

    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Waiting:
    """Open items of a kind. `oldest`: when the one that has waited longest was opened; `hours`: their median age."""

    kind: str
    open: int
    overdue: int
    claimed: int
    oldest: datetime | None
    hours: float | None


@dataclass(frozen=True)
class Worker:
    """A person's closed items. `minutes`: median from claiming to closing, of those that were claimed."""

    name: str
    today: int
    week: int
    minutes: float | None


@dataclass(frozen=True)
class Undone:
    """What appeals made of a rule's sanctions; `rule` empty: decided by hand."""

    rule: str
    sanctions: int
    decided: int
    won: int

    @property
    def share(self) -> float:
        return self.won / self.decided if self.decided else 0.0

    @property
    def suspect(self) -> bool:
        return self.decided >= SUSPECT_FROM and self.share >= SUSPECT_SHARE


@dataclass(frozen=True)
class Workload:
    at: datetime
    waiting: list[Waiting]
    all: Waiting
    workers: list[Worker]
    closed_today: int
    closed_week: int
    hours: float | None  # median from opening to closing, of the last week
    undone: list[Undone]


def workload() -> Workload:
    at = now()
    workers = _workers(at)
    return Workload(
        at=at, waiting=_waiting(at), all=_all(at), workers=workers, closed_today=sum(one.today for one in workers),
        closed_week=sum(one.week for one in workers), hours=_hours_open(at), undone=undone(),
    )  # fmt: skip


def _open() -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(state=WorkItem.State.OPEN).order_by()


def _counts(at: datetime) -> dict[str, Any]:
    return {
        "open": Count("pk"),
        "overdue": Count("pk", filter=Q(due_at__lt=at)),
        "claimed": Count("pk", filter=Q(claimed_until__gt=at)),
        "oldest": Min("opened_at"),
        "age": Median(Now() - F("opened_at")),
    }


def _waiting(at: datetime) -> list[Waiting]:
    """Every kind, also where nothing of it waits."""
    found = {row["kind"]: row for row in _open().values("kind").annotate(**_counts(at))}
    return [_of(kind, found.get(kind, {})) for kind in WorkItem.Kind.values]


def _all(at: datetime) -> Waiting:
    return _of("", _open().aggregate(**_counts(at)))


def _of(kind: str, row: dict[str, Any]) -> Waiting:
    age: timedelta | None = row.get("age")
    hours = age / timedelta(hours=1) if age else None
    return Waiting(
        kind, row.get("open", 0), row.get("overdue", 0), row.get("claimed", 0), row.get("oldest"), hours
    )  # fmt: skip


def _closed(at: datetime) -> QuerySet[WorkItem]:
    """By persons in the last seven market days, today's included."""
    since = day_start(market_day(at) - timedelta(days=WEEK - 1))
    done = WorkItem.objects.filter(state=WorkItem.State.DONE, closed_at__gte=since, closed_by__isnull=False)
    return done.order_by()


def _workers(at: datetime) -> list[Worker]:
    """Who has closed most this week first."""
    today = day_start(market_day(at))
    spans: dict[str, list[float]] = defaultdict(list)
    ends: dict[str, list[datetime]] = defaultdict(list)
    for name, claimed, closed in _closed(at).values_list("closed_by__username", "claimed_at", "closed_at"):
        ends[name].append(closed)
        if claimed is not None and claimed <= closed:
            spans[name].append((closed - claimed) / timedelta(minutes=1))
    made = [
        Worker(name, sum(end >= today for end in done), len(done), median(spans[name]) if spans[name] else None)
        for name, done in ends.items()
    ]
    return sorted(made, key=lambda one: (-one.week, one.name))


def _hours_open(at: datetime) -> float | None:
    spans = [(end - start) / timedelta(hours=1) for start, end in _closed(at).values_list("opened_at", "closed_at")]
    return median(spans) if spans else None


def undone() -> list[Undone]:
    """Rules whose sanctions were appealed against, those that were overturned most often first."""
    begun = Action.objects.filter(starts_at__isnull=False).order_by().values_list("rule")
    sanctions = dict(begun.annotate(Count("pk")))
    tried = [row for row in appeal_figures() if row.decided]
    found = [Undone(row.rule, sanctions.get(row.rule, 0), row.decided, row.won) for row in tried]
    return sorted(found, key=lambda one: (-one.share, -one.won, one.rule))
