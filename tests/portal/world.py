"""Rows as evidence, screening and nights leave them, for the pages that show them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User

from reputation.evidence.models import Batch, HeldUnit, Hold, Order, RejectedRow
from reputation.nightly.models import Run
from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from reputation.ratings.selectors import shown_forget
from reputation.subjects.models import Anchor, Store
from reputation.subjects.services import membership_grant

NIGHT = date(2026, 11, 20)
MOMENT = datetime(2026, 11, 20, 4, tzinfo=UTC)
EVIDENCE = {
    "observed_at": MOMENT, "first_observed_at": MOMENT, "sent": 1, "versions": 1, "retracted": False, "batch_id": 1,
}  # fmt: skip
FIGURES = {"states": {"store": {"rated": 1}}, "levels": {"store": 0.031}}


def member(name: str, subject_id: str = "s1", kind: str = "store", role: str = "owner") -> User:
    user = User.objects.create_user(name)
    membership_grant(user=user, kind=kind, subject_id=subject_id, role=role)
    return user


def store(store_id: str = "s1", name: str | None = "Mia Fashion") -> Store:
    return Store.objects.create(store_id=store_id, name=name, category="fashion", **EVIDENCE)


def anchor(anchor_id: str = "a1", name: str | None = "Lin live") -> Anchor:
    return Anchor.objects.create(anchor_id=anchor_id, name=name, **EVIDENCE)


def order(order_id: str, store_id: str = "s1", **fields: Any) -> Order:
    values = {"buyer_ref": f"buyer-of-{order_id}", "amount": "12.50", "currency": "CNY", "placed_at": MOMENT, **fields}
    return Order.objects.create(order_id=order_id, store_id=store_id, **values, **EVIDENCE)


def publish(night: date = NIGHT) -> Publication:
    """A night whose ratings stand, and the pointer on it."""
    model, _ = StarModelRecord.objects.get_or_create(
        name=f"{night}.1", defaults={"night": night, "artefacts": {}, "figures": {}}
    )
    scale, _ = Scale.objects.get_or_create(version=1, defaults={"breakpoints": [], "fitted_on": night})
    publication = Publication.objects.create(
        night=night, published_at=MOMENT, model=model, scale=scale, closed_through={"orders": night.isoformat()},
        manifest={}, figures=FIGURES,
    )  # fmt: skip
    Pointer.objects.update_or_create(id=1, defaults={"publication": publication})
    shown_forget()
    return publication


def rating(subject_id: str = "s1", kind: str = "store", night: date = NIGHT, **fields: Any) -> Rating:
    values: dict[str, Any] = {
        "name": f"{subject_id} as rated", "category": "fashion", "state": "rated", "basis": "orders", "stars": "4.3",
        "half_stars": "4.5", "expected": 3.1, "low": 2.2, "high": 4.4, "all_causes": 6.2, "orders_counted": 1234,
        "confirmed_defects": 38, "percentile": 71.0,
        "aspects": {"product": {"stars": 4.6, "percentile": 80.0}, "logistics": {"stars": 3.9, "percentile": 40.0}},
        "excluded": {"orders": 7, "reasons": {"carrier_event": 7}},
    } | fields  # fmt: skip
    return Rating.objects.create(kind=kind, subject_id=subject_id, night=night, **values)


def without_stars(state: str, **fields: Any) -> dict[str, Any]:
    empty = dict.fromkeys(("stars", "half_stars", "expected", "low", "high", "all_causes", "percentile"))
    return {"state": state, **empty, "aspects": {}, "excluded": {}, **fields}


def hold(fingerprint: str = "f1", units: tuple[str, ...] = (), **fields: Any) -> Hold:
    values: dict[str, Any] = {
        "pattern": "shared_device", "subject_kind": "store", "subject_id": "s1", "day": NIGHT,
        "details": {"device_ref": "device-9", "orders": 3}, "held_at": MOMENT, "due_on": NIGHT + timedelta(days=7),
    } | fields  # fmt: skip
    made = Hold.objects.create(fingerprint=fingerprint, **values)
    HeldUnit.objects.bulk_create(HeldUnit(hold=made, unit=unit) for unit in units)
    return made


def rejected_row(**fields: Any) -> RejectedRow:
    counts = {"accepted": 9, "unchanged": 0, "rejected": 1}
    batch = Batch.objects.create(kind="orders", source="key of the shop", received_at=MOMENT, **counts)
    values: dict[str, Any] = {
        "kind": "orders", "row": 4, "field": "amount", "error": "amount: a number was expected",
        "raw": '{"order_id": "o-9", "amount": "much"}',
    } | fields  # fmt: skip
    return RejectedRow.objects.create(batch=batch, **values)


def run(night: date = NIGHT, status: str = "published", **fields: Any) -> Run:
    values: dict[str, Any] = {
        "stage": "report", "attempts": {"screen": 1, "train": 2}, "timings": {"train": 50.0, "screen": 2.5},
        "closed_through": {"orders": night.isoformat()}, "started_at": MOMENT,
    } | fields  # fmt: skip
    return Run.objects.create(night=night, status=status, **values)
