"""People, subjects and flags for sanctions, and a clock that can be set."""

from __future__ import annotations

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
_TOLD = {"observed_at": datetime(2026, 1, 1, tzinfo=UTC), "first_observed_at": datetime(2026, 1, 1, tzinfo=UTC),
         "sent": 0, "versions": 1, "retracted": False, "batch_id": 0}  # fmt: skip
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
    return Store.objects.create(store_id=key, **({"name": f"Shop {key}", "category": "shoes"} | told), **_TOLD)


def anchor(key: str = "a1", **told: Any) -> Anchor:
    return Anchor.objects.create(anchor_id=key, **({"name": f"Anchor {key}"} | told), **_TOLD)


def head(key: str = "s1", kind: str = "store", orders: int = 90_000) -> None:
    Reach.objects.update_or_create(kind=kind, subject_id=key, defaults={"tier": Tier.HEAD, "orders": orders})


def flag(key: str = "s1", rule_id: str = "late", **facts: Any) -> Flag:
    """An open flag as a night makes it, on somebody's desk. Its rule is one of the policy in force."""
    version = PolicyVersion.objects.filter(state="live").first() or live(rule_id)
    values: dict[str, Any] = {
        "policy": version, "rule": rule_id, "kind": "store", "subject_id": key, "name": f"Shop {key}",
        "category": "shoes", "severity": "medium", "first_night": date(2026, 6, 28), "last_night": date(2026, 6, 30),
        "readings": [READING], "evidence": 35.0, "tier": Tier.TAIL, "orders": 400, "sanction": "notice", "days": 7,
        "automatic": True, "opened_at": START,
    }  # fmt: skip
    made = Flag.objects.create(**values | facts)
    item_open(
        WorkItem.Kind.FLAG, made, severity=made.severity, reach=made.orders, due_at=START + timedelta(days=3),
        subject_kind=made.kind, subject_id=made.subject_id, name=made.name, category=made.category, tier=made.tier,
        rule=made.rule,
    )  # fmt: skip
    return made


def live(*rules: str) -> PolicyVersion:
    text = policy(*(rule(name) for name in rules or ("late",)))
    return PolicyVersion.objects.create(
        version=1, name="tried", text=text, digest="0", state="live", live_from=date(2026, 6, 1)
    )


def wanted(sanction: str = "listing_ban", **more: Any) -> Wanted:
    return Wanted(**({"sanction": sanction, "reason": REASON, "days": 7} | more))


def written(action: Action) -> list[str]:
    """What the audit log says was done to an action, in order."""
    entries = AuditEntry.objects.filter(object_kind="action", object_id=str(action.pk)).order_by("sequence")
    return [entry.action.removeprefix("action.") for entry in entries]
