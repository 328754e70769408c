"""What the staff's pages read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, QuerySet, Sum

from reputation.base.models import Heartbeat
from reputation.base.time import market_day, now
from reputation.evidence import selectors as evidence
from reputation.evidence.models import Batch, DirtyUnit, Hold, RejectedRow
from reputation.nightly.models import Run
from reputation.ratings import selectors as ratings
from reputation.ratings.clearance import waiting
from reputation.ratings.models import Publication
from reputation.subjects.models import SubjectKind

RECENT = timedelta(hours=24)


def runs() -> QuerySet[Run]:
    """Nights, newest first."""
    return Run.objects.order_by("-night")


def run(night: date) -> Run | None:
    return runs().filter(night=night).first()


def newest_publication() -> date | None:
    return Publication.objects.order_by("-night").values_list("night", flat=True).first()


def newest_drift() -> Run | None:
    """The last night that was held against the night before it, published or stopped."""
    return runs().filter(results__has_key="drift").first()


@dataclass(frozen=True)
class Counts:
    holds_open: int
    holds_overdue: int
    jumps: int  # subjects withheld for a jump that nobody has looked at
    rejected_open: int
    accepted: int  # rows of the last 24 hours
    rejected: int
    waiting_units: int  # to be counted by the next night
    states: Mapping[str, Mapping[str, int]]  # kind -> state -> subjects of the shown night


def counts() -> Counts:
    held = Hold.objects.filter(status=Hold.Status.HELD)
    received = Batch.objects.filter(received_at__gte=now() - RECENT)
    sums = received.aggregate(accepted=Sum("accepted", default=0), rejected=Sum("rejected", default=0))
    return Counts(
        holds_open=held.count(),
        holds_overdue=held.filter(due_on__lt=market_day(now())).count(),
        jumps=sum(one.cleared is None for one in waiting()),
        rejected_open=RejectedRow.objects.filter(resent_at=None).count(),
        accepted=sums["accepted"],
        rejected=sums["rejected"],
        waiting_units=DirtyUnit.objects.values("unit").distinct().count(),
        states=_states(),
    )


def _states() -> dict[str, dict[str, int]]:
    if (night := ratings.shown().night) is None:
        return {}
    return {
        kind.value: dict(ratings.ratings(night, kind).values_list("state").annotate(Count("id")))
        for kind in SubjectKind
    }


def heartbeats() -> Sequence[Heartbeat]:
    return list(Heartbeat.objects.order_by("cluster"))


def holds(*, pattern: str, status: str, subject: str) -> QuerySet[Hold]:
    """The most urgent first; of the decided ones, the latest."""
    rows = Hold.objects.select_related("decided_by").annotate(unit_count=Count("units"))
    if pattern:
        rows = rows.filter(pattern=pattern)
    if subject:
        rows = rows.filter(subject_id=subject.strip())
    if status != "all":
        rows = rows.filter(status=status)
    return rows.order_by("due_on", "id") if status == Hold.Status.HELD else rows.order_by("-due_on", "-id")


@dataclass(frozen=True)
class FeedKind:
    """What came in of one kind of evidence."""

    kind: str
    closed: date | None  # the last day that the platform closed
    last: datetime | None
    accepted: int  # rows of the last 24 hours
    rejected: int
    open_rows: int  # rejected and not mended


def feed_kinds() -> list[FeedKind]:
    last = dict(Batch.objects.values_list("kind").annotate(Max("received_at")))
    recent = Batch.objects.filter(received_at__gte=now() - RECENT).values("kind")
    sums = {row["kind"]: row for row in recent.annotate(taken=Sum("accepted"), refused=Sum("rejected"))}
    waiting = dict(RejectedRow.objects.filter(resent_at=None).values_list("kind").annotate(Count("id")))
    return [
        FeedKind(
            kind, closed, last.get(kind), sums.get(kind, {}).get("taken", 0), sums.get(kind, {}).get("refused", 0),
            waiting.get(kind, 0),
        )
        for kind, closed in evidence.closed_through().items()
    ]  # fmt: skip
