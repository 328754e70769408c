"""A small published market for the tests of what readers see."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from reputation.ratings.selectors import shown_forget
from reputation.subjects.models import Anchor, Store
from reputation.subjects.services import subject_names_index

NIGHT = date(2026, 11, 20)
_OBSERVED = datetime(2026, 11, 1, tzinfo=UTC)
_EVIDENCE = {
    "observed_at": _OBSERVED,
    "first_observed_at": _OBSERVED,
    "sent": 1,
    "versions": 1,
    "retracted": False,
    "batch_id": 1,
}


def publish(night: date = NIGHT, counter: int = 1) -> Publication:
    """Make `night` the one that is shown."""
    scale, _made = Scale.objects.get_or_create(version=1, defaults={"breakpoints": [], "fitted_on": night})
    model, _made = StarModelRecord.objects.get_or_create(
        name=f"{night}.7", defaults={"night": night, "artefacts": {}, "figures": {}}
    )
    publication, _made = Publication.objects.get_or_create(
        night=night,
        defaults={
            "published_at": datetime(2026, 11, 21, 2, tzinfo=UTC),
            "model": model,
            "scale": scale,
            "closed_through": {"orders": night.isoformat(), "responses": None},
            "manifest": {},
            "figures": {"states": {"rated": 3}},
        },
    )
    Pointer.objects.update_or_create(id=1, defaults={"publication": publication, "counter": counter})
    shown_forget()
    return publication


def rating(subject_id: str, **changes: Any) -> Rating:
    """A rated store with ordinary values; `changes` say what is special about this one."""
    values: dict[str, Any] = {
        "kind": "store",
        "night": NIGHT,
        "revision": 0,
        "name": f"Store {subject_id}",
        "category": "beauty",
        "state": "rated",
        "basis": "orders",
        "stars": Decimal("4.7"),
        "half_stars": Decimal("4.5"),
        "expected": 3.1415926,
        "low": 2.2,
        "high": 4.6,
        "all_causes": 6.02,
        "orders_counted": 1234,
        "confirmed_defects": 31,
        "percentile": 82.04,
        "aspects": {
            "product": {"stars": 4.6, "percentile": 70.0},
            "logistics": {"stars": 4.8, "percentile": 91.5},
            "service": {"stars": 4.2, "percentile": 40.0},
            "after_sales": {"stars": 4.9, "percentile": 95.0},
            "honesty": None,
        },
        "excluded": {"orders": 12, "reasons": {"force_majeure": 10, "carrier_event": 2}},
    }
    return Rating.objects.create(subject_id=subject_id, **(values | changes))


def few_orders(subject_id: str, **changes: Any) -> Rating:
    return rating(subject_id, **(_WITHOUT_STARS | {"state": "few_orders", "orders_counted": 18} | changes))


def new(subject_id: str, **changes: Any) -> Rating:
    return rating(
        subject_id, **(_WITHOUT_STARS | {"state": "new", "orders_counted": 0, "confirmed_defects": 0} | changes)
    )


def withheld(subject_id: str, **changes: Any) -> Rating:
    return rating(subject_id, **(_WITHOUT_STARS | {"state": "withheld"} | changes))


_WITHOUT_STARS: dict[str, Any] = {
    "stars": None,
    "half_stars": None,
    "expected": None,
    "low": None,
    "high": None,
    "all_causes": None,
    "percentile": None,
    "confirmed_defects": 2,
    "aspects": {},
    "excluded": {"orders": 0, "reasons": {}},
}


def store(store_id: str, name: str, **changes: Any) -> Store:
    made = Store.objects.create(store_id=store_id, name=name, **(_EVIDENCE | changes))
    subject_names_index(kind="store", subject_ids=[store_id])
    return made


def anchor(anchor_id: str, name: str, **changes: Any) -> Anchor:
    made = Anchor.objects.create(anchor_id=anchor_id, name=name, **(_EVIDENCE | changes))
    subject_names_index(kind="anchor", subject_ids=[anchor_id])
    return made


def past(subject_id: str, stars: Iterable[float | None], **changes: Any) -> None:
    """Earlier published nights of a subject, the last of `stars` the night before NIGHT."""
    values = list(stars)
    for i, value in enumerate(values):
        night = NIGHT - timedelta(days=len(values) - i)
        if not Publication.objects.filter(night=night).exists():
            publish(night)
        known = {} if value is not None else _WITHOUT_STARS | {"state": "withheld"}
        rating(subject_id, **({"night": night, "stars": value, "half_stars": value} | known | changes))
