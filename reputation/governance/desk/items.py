"""Putting something before the staff, and taking it off their desk, in the transaction in which it came about."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser

from reputation.base.time import now
from reputation.governance.models import WorkItem

RISK = {"low": 0.1, "medium": 0.3, "high": 0.6, "critical": 1.0}  # by severity
_ABOUT = {
    WorkItem.Kind.FLAG: "flag",
    WorkItem.Kind.DECISION: "action",
    WorkItem.Kind.APPEAL: "appeal",
    WorkItem.Kind.OBJECTION: "objection",
}


def priority(risk: float, reach: int) -> float:
    """Risk x reach. The root of the orders, else one large seller's trifle stands before everybody's grave case."""
    return risk * math.sqrt(1 + max(reach, 0))


def item_of(kind: str, about: Any, *, severity: str, reach: int, due_at: datetime, **subject: str) -> WorkItem:
    """An item as it would stand in the queue, unsaved. `subject`: subject_kind, subject_id, name, category, tier, rule."""
    risk = RISK[severity]
    return WorkItem(
        kind=kind, severity=severity, risk=risk, reach=reach, priority=priority(risk, reach),
        opened_at=now(), due_at=due_at, **{_ABOUT[WorkItem.Kind(kind)]: about}, **subject,
    )  # fmt: skip


def item_open(kind: str, about: Any, **facts: Any) -> WorkItem:
    """Put it in the queue, once however often it is said; see item_of for the facts."""
    made = item_of(kind, about, **facts)
    key = {_ABOUT[WorkItem.Kind(kind)]: about}
    values = {f.name: getattr(made, f.name) for f in WorkItem._meta.concrete_fields if f.name not in ("id", *key)}
    return WorkItem.objects.get_or_create(**key, defaults=values)[0]


def item_close(kind: str, about: Any, *, outcome: str, by: AbstractBaseUser | None = None) -> bool:
    """Take it off the desk; False where it was not there any more."""
    open_items = WorkItem.objects.filter(state=WorkItem.State.OPEN, **{_ABOUT[WorkItem.Kind(kind)]: about})
    done = {"state": WorkItem.State.DONE, "outcome": outcome, "closed_at": now(), "closed_by": by}
    return bool(open_items.update(**done, claimed_until=None))


def item_reopen(kind: str, about: Any) -> bool:
    """Put it back before the staff as it was, due as before; False where it was never done."""
    done = WorkItem.objects.filter(state=WorkItem.State.DONE, **{_ABOUT[WorkItem.Kind(kind)]: about})
    fresh = dict.fromkeys(("closed_at", "closed_by", "claimed_by", "claimed_at", "claimed_until", "batch"))
    return bool(done.update(state=WorkItem.State.OPEN, outcome="", **fresh))
