"""The demonstration market: made once, then found in place."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import Count

from reputation.base.time import market_day, now
from reputation.evidence.models import Batch, ClosedDay, Order
from reputation.governance.models import PolicyVersion
from reputation.governance.services import LONG_NOTICE_DAYS, policy_activate
from reputation.ratings.models import Publication
from reputation.subjects.models import Anchor
from reputation.subjects.services import membership_grant
from scoring import market

SEED = 7
NIGHTS = 14
STAFF = {"staff": None, "moderator": "moderator", "senior": "senior"}  # name -> role; staff may do everything
LIVE_NIGHTS = 4  # the market's last nights are judged by a policy; it runs as a shadow on those before


@dataclass(frozen=True)
class Plan:
    """What the market was made of. Kept in a file, for a later start must not move its days."""

    stores: int
    days: int
    last_day: str

    @property
    def closed(self) -> date:
        return date.fromisoformat(self.last_day)


def folder() -> Path:
    return Path(settings.LIVESTAR_VAR) / "demo"


def plan(*, stores: int, days: int) -> Plan:
    file = folder() / "plan.json"
    if file.exists():
        return Plan(**json.loads(file.read_text()))
    if Batch.objects.exists():
        raise CommandError("this database holds evidence of another market; give the demo a database of its own")
    made = Plan(stores, days, (market_day(now()) - timedelta(days=1)).isoformat())
    _spec(made)  # a size that cannot be is refused before anything is written
    folder().mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(made)))
    return made


def evidence_load(plan: Plan) -> None:
    """Simulate and load. A run that was cut short is simply repeated: loading twice changes nothing."""
    if _is_loaded(plan):
        return
    market.write(market.simulate(_spec(plan)), folder())
    for file in sorted((folder() / "evidence").glob("*.parquet")):
        call_command("load", file.stem, str(file), history=True, complete_through=plan.closed)


def _spec(plan: Plan) -> market.MarketSpec:
    return market.MarketSpec(
        stores=plan.stores, anchors=max(1, plan.stores * 15 // 100), days=plan.days, seed=SEED, last_day=plan.closed,
        time_zone=settings.MARKET_TIME_ZONE,
    )  # fmt: skip


def _is_loaded(plan: Plan) -> bool:
    kinds = {file.stem for file in (folder() / "evidence").glob("*.parquet")}
    closed = set(ClosedDay.objects.filter(day=plan.closed).values_list("kind", flat=True))
    return bool(kinds) and kinds <= closed


def policy_announce(plan: Plan) -> None:
    """The shipped policy, announced early enough to count on the last nights."""
    if not PolicyVersion.objects.exists():
        text = (settings.ROOT / "policies" / "default.yaml").read_text()
        announced = plan.closed - timedelta(days=LIVE_NIGHTS - 1 + LONG_NOTICE_DAYS)
        policy_activate(content=text, today=announced, note="demonstration")


def nights_run(plan: Plan, nights: int = NIGHTS) -> None:
    """The nights of the market's last days that do not stand yet."""
    first = plan.closed - timedelta(days=max(1, min(nights, plan.days)) - 1)
    standing = set(Publication.objects.filter(night__range=(first, plan.closed)).values_list("night", flat=True))
    if len(standing) < (plan.closed - first).days + 1:
        call_command("nightly", as_of=plan.closed, catch_up_from=first)


def logins() -> dict[str, str]:
    """Name -> password of a consumer, a merchant (with a store and an anchor) and the staff."""
    file = folder() / "logins.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    for name in ("consumer", "merchant", *STAFF):
        known.setdefault(name, secrets.token_urlsafe(9))
        user, made = User.objects.get_or_create(
            username=name, defaults={"is_staff": name in STAFF, "is_superuser": name == "staff"}
        )
        user.groups.set(Group.objects.filter(name=STAFF.get(name)))
        if made or not user.check_password(known[name]):
            user.set_password(known[name])
            user.save(update_fields=["password"])
    file.write_text(json.dumps(known))
    file.chmod(0o600)
    _merchant_subjects(User.objects.get(username="merchant"))
    return known


def _merchant_subjects(merchant: User) -> None:
    for store_id in _busiest_store():
        membership_grant(user=merchant, kind="store", subject_id=store_id, role="owner")
    for anchor in Anchor.objects.order_by("anchor_id")[:1]:
        membership_grant(user=merchant, kind="anchor", subject_id=anchor.anchor_id, role="owner")


def _busiest_store() -> Iterable[str]:
    stores = Order.objects.values("store_id").annotate(orders=Count("order_id")).order_by("-orders", "store_id")
    return [row["store_id"] for row in stores[:1]]
