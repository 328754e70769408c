"""People, subjects and flags for sanctions, and a clock that can be set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission, User

from reputation.base.models import AuditEntry
from reputation.governance.actions.services import Wanted
from reputation.governance.desk.items import item_open
from reputation.governance.models import Action, Flag, PolicyVersion, Reach, Tier, WorkItem
from reputation.subjects.models import Anchor, Store
from tests.governance.world import policy, rule

REASON = {"en": "Orders leave too late.", "zh-hans": "发货过慢。"}
READING = {
    "metric": "late_dispatch", "window": 7, "read": "low", "op": ">=", "than": 0.3, "value": 0.342,
    "n": 35.0, "d": 80.0,
}  # fmt: skip
START = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


class Clock:
    """The time as all of governance sees it."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def pass_(self, **span: float) -> datetime:
        self.moment += timedelta(**span)
        return self.moment


def person(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def store(key: str = "s1", **told: Any) -> Store:
    return Store.objects.create(store_id=key, **({"name": f"Shop {key}", "category": "shoes"} | told), **_evidence(Store))


def anchor(key: str = "a1", **told: Any) -> Anchor:
    return Anchor.objects.create(anchor_id=key, **({"name": f"Anchor {key}"} | told), **_evidence(Anchor))


def head(key: str = "s1", kind: str = "store", orders: int = 90_000) -> None:
    Reach.objects.update_or_create(kind=kind, subject_id=key, defaults={"tier": Tier.HEAD, "orders": orders})
