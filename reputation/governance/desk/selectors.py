"""What the queue shows: what must be done by the end of the next working day first, then risk x reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from reputation.base.time import market_day, now
from reputation.base.working_days import due_end, working_days_after
from reputation.governance.models import Skip, WorkItem

BULK_MOST = 200  # each is a decision of its own, and all of them are one request


@dataclass(frozen=True)
class Filters:
    """As in the queue's address; empty: not narrowed. `whose`: mine, free, others, skipped; `due`: overdue, soon."""

    kind: str = ""
    tier: str = ""
    severity: str = ""
    rule: str = ""
    category: str = ""
    subject: str = ""  # an id, or a part of the name
    whose: str = ""
    due: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Filters:
        """Of whatever a request or a saved view holds; what it does not know is left aside."""
        return cls(**{field.name: str(values.get(field.name) or "").strip() for field in fields(cls)})

    def query(self) -> str:
        return urlencode({name: value for name, value in asdict(self).items() if value})


NO_FILTERS = Filters()


def soon() -> datetime:
    """The end of the next working day: what is due by then stands before everything else."""
    return due_end(working_days_after(market_day(now()), 1))


def open_items() -> QuerySet[WorkItem]:
    return WorkItem.objects.filter(state=WorkItem.State.OPEN)


def queue(user: User, wanted: Filters = NO_FILTERS) -> QuerySet[WorkItem]:
    """Open items in the order in which they should be worked on. Bigger sellers' graver cases stand before others."""
    rows = narrowed(user, wanted).annotate(later=Q(due_at__gt=soon()))
    return rows.select_related("claimed_by").order_by("later", "-priority", "due_at", "id")


def narrowed(user: User, wanted: Filters) -> QuerySet[WorkItem]:
    rows = _unskipped(open_items(), user, wanted.whose)
    for name in ("kind", "tier", "severity", "rule", "category"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.subject:
        rows = rows.filter(Q(subject_id=wanted.subject) | Q(name__icontains=wanted.subject))
    return _due(_whose(rows, user, wanted.whose), wanted.due)


def _unskipped(rows: QuerySet[WorkItem], user: User, whose: str) -> QuerySet[WorkItem]:
    """What somebody skipped is back when it is overdue: it may not be lost between them."""
    skipped = Exists(Skip.objects.filter(item=OuterRef("pk"), user=user))
    return rows.filter(skipped) if whose == "skipped" else rows.exclude(skipped, due_at__gt=now())


def _whose(rows: QuerySet[WorkItem], user: User, whose: str) -> QuerySet[WorkItem]:
    claimed = Q(claimed_until__gt=now())
    if whose == "mine":
        return rows.filter(claimed, claimed_by=user)
    if whose == "others":
        return rows.filter(claimed).exclude(claimed_by=user)
    return rows.filter(Q(claimed_until=None) | ~claimed) if whose == "free" else rows


def _due(rows: QuerySet[WorkItem], due: str) -> QuerySet[WorkItem]:
    if due == "overdue":
        return rows.filter(due_at__lt=now())
    return rows.filter(due_at__lte=soon()) if due == "soon" else rows


@dataclass(frozen=True)
class Tally:
    """All open items: `by_kind` and in all, how many of them press, claimed by this person and by others; and which
    rules and categories there are to narrow them by."""

    by_kind: Mapping[str, int]
    all: int
    overdue: int
    soon: int
    mine: int
    others: int
    rules: list[str]
    categories: list[str]


def tally(user: User) -> Tally:
    """Two passes whatever is asked of it: one over all that is open, one over what is claimed."""
    counts = {"all": Count("id"), "overdue": Count("id", filter=Q(due_at__lt=now())),
              "soon": Count("id", filter=Q(due_at__lte=soon()))}  # fmt: skip
    groups = list(open_items().values("kind", "rule", "category").annotate(**counts).order_by())
    by_kind = Counter({kind.value: 0 for kind in WorkItem.Kind})
    for group in groups:
        by_kind[group["kind"]] += group["all"]
    holders = Counter(
        open_items().filter(claimed_by__isnull=False, claimed_until__gt=now()).values_list("claimed_by", flat=True)
    )
    mine = holders.pop(user.pk, 0)
    return Tally(
        by_kind=dict(by_kind), mine=mine, others=holders.total(),
        rules=sorted({group["rule"] for group in groups} - {""}),
        categories=sorted({group["category"] for group in groups} - {""}),
        **{name: sum(group[name] for group in groups) for name in counts},
    )  # fmt: skip
