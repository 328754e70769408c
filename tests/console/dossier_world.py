"""A night that is shown, with day files, standings and two months of ratings behind it, for dossiers."""

from __future__ import annotations

import math
from decimal import Decimal

import pandas as pd

from reputation.governance.models import Reach
from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from reputation.ratings.selectors import shown_forget
from reputation.ratings.standings import _model, standings_write
from scoring.explain.files import Explained
from tests.governance import world as nights
from tests.governance.actions import world as subjects
from tests.scoring.explained import night as explained
from tests.scoring.toy_market import LAST_DAY

SUBJECT = "s00003"
NIGHTS = 60
_NO_STORES = pd.DataFrame({"anchor_id": [], "store_id": [], "orders": [], "defects": []})


def market() -> str:
    """Publish it; returns the id of the store that has a history."""
    for number in range(12):
        category = f"category {number % 4}"
        name = "Mia Fashion flagship store" if number == 3 else f"Shop {number}"
        subjects.store(f"s{number:05d}", name=name, category=category, owner_ref=f"owner-{number % 5}")
    days = nights.publish(NIGHTS)
    for back, day in enumerate(reversed(days)):
        _rating(day, back)
    Reach.objects.create(kind="store", subject_id=SUBJECT, tier="middle", orders=4200)
    _explain()
    Pointer.objects.update_or_create(id=1, defaults={"publication": Publication.objects.get(night=LAST_DAY)})
    shown_forget()
    _model.cache_clear()
    return SUBJECT


def _rating(night: object, back: int) -> None:
    star = round(4.1 + 0.4 * math.sin(back / 9), 1)
    expected = 3.4 - 0.8 * math.sin(back / 9)
    Rating.objects.create(
        kind="store", subject_id=SUBJECT, night=night, name="Mia Fashion flagship store", category="category 3",
        state="rated", basis="orders", stars=Decimal(str(star)), half_stars=Decimal("4.0"), expected=expected,
        low=expected - 0.7, high=expected + 0.9, all_causes=expected + 2.5, orders_counted=1234, confirmed_defects=41,
        percentile=62.0, aspects={"product": {"stars": 4.6, "percentile": 80.0}, "logistics": {"stars": 3.9, "percentile": 40.0}},
        excluded={"orders": 7, "reasons": {"carrier_event": 7}},
        ledger={"evidence": -0.12, "aged": 0.03, "peers": -0.01, "held_back": 0.0} if back == 0 else None,
        settled={"band": star},
    )  # fmt: skip


def _explain() -> None:
    """Standings of the toy night, by which tonight's metrics are compared."""
    made = explained("store")
    model = StarModelRecord.objects.create(
        name="explained", night=LAST_DAY, artefacts={"store": made.model.save()}, figures={}
    )
    scale = Scale.objects.create(version=2, breakpoints=made.scale, fitted_on=LAST_DAY)
    Publication.objects.filter(night=LAST_DAY).update(model=model, scale=scale)
    standings_write(night=LAST_DAY, explained=Explained(made.standings, made.peers, _NO_STORES))
