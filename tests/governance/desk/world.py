"""Flags and what waits for a person about them, as nights and people leave them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.auth.models import User

from reputation.base.time import now
from reputation.governance.desk.items import item_open
from reputation.governance.models import Flag, PolicyState, PolicyVersion, WorkItem
from tests.people import staff_member
from tests.portal.world import store

__all__ = ["flag", "item", "moderator", "policy", "store"]

NIGHT = date(2026, 11, 20)
TEXT = """
policy: desk
about: {en: For the desk., zh-hans: 供工作台使用。}
rules:
  - id: late
    scope: store
    severity: high
    when: {all: [{metric: late_dispatch, window: 30, read: low, op: ">=", than: 0.30}]}
    action: warning
    automatic: false
    expires: 30
    reason: {en: Too many orders were dispatched late., zh-hans: 延迟发货过多。}
"""


def moderator(name: str = "mo") -> User:
    return staff_member(name, "moderator")


def policy() -> PolicyVersion:
    fields = {"name": "desk", "text": TEXT, "digest": "d" * 64, "state": PolicyState.LIVE, "live_from": NIGHT}
    return PolicyVersion.objects.get_or_create(version=1, defaults=fields)[0]


def flag(subject_id: str = "s1", rule: str = "late", **fields: Any) -> Flag:
    values: dict[str, Any] = {
        "kind": "store", "name": f"Store {subject_id}", "category": "fashion", "severity": "high", "tier": "tail",
        "orders": 300, "sanction": "warning", "days": 30, "first_night": NIGHT, "last_night": NIGHT, "readings": [],
        "opened_at": now(), "policy": policy(),
    } | fields  # fmt: skip
    return Flag.objects.create(subject_id=subject_id, rule=rule, **values)


def item(subject_id: str = "s1", *, hours: float = 240, rule: str = "late", **fields: Any) -> WorkItem:
    """A flag that waits, due in so many hours."""
    about = flag(subject_id, rule, **fields)
    return item_open(
        "flag", about, severity=about.severity, reach=about.orders, due_at=now() + timedelta(hours=hours),
        subject_kind=about.kind, subject_id=about.subject_id, name=about.name, category=about.category,
        tier=about.tier, rule=about.rule,
    )  # fmt: skip
