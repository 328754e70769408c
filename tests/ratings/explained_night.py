"""A published night with everything that explanations need, of a toy market scored by a real model."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from reputation.ratings.selectors import shown_forget
from reputation.ratings.standings import _model, standings_write
from scoring.explain.files import Explained
from scoring.stars import rate
from tests.scoring.explained import Night, night

NIGHT = date(2026, 11, 20)
NO_STORES = pd.DataFrame({"anchor_id": [], "store_id": [], "orders": [], "defects": []})


def publish(kind: str = "store", stores: pd.DataFrame = NO_STORES, levels: dict[str, Any] | None = None) -> Publication:
    """The night of `kind` becomes the one that is shown; standings of all its subjects are in place, ratings of none."""
    made = night(kind)
    model = StarModelRecord.objects.create(
        name=f"{NIGHT}.{kind}", night=NIGHT, artefacts={kind: made.model.save()}, figures={}
    )
    scale = Scale.objects.create(version=1, breakpoints=made.scale, fitted_on=NIGHT)
    published = Publication.objects.create(
        night=NIGHT, published_at=datetime(2026, 11, 21, 2, tzinfo=UTC), model=model, scale=scale,
        closed_through={}, manifest={}, figures={}, inputs={"levels": levels or {}},
    )  # fmt: skip
    Pointer.objects.update_or_create(id=1, defaults={"publication": published})
    standings_write(night=NIGHT, explained=Explained(made.standings, made.peers, stores))
    shown_forget()
    _model.cache_clear()
    return published


def publish_both(sold: pd.DataFrame = NO_STORES) -> Publication:
    """One night of stores and anchors together; `sold`: as StoreSplit.frame."""
    published = publish("anchor")
    stores, anchors = night("store"), night("anchor")
    tables = (pd.concat([stores.standings, anchors.standings]), pd.concat([stores.peers, anchors.peers]))
    standings_write(night=NIGHT, explained=Explained(*tables, sold))
    StarModelRecord.objects.update(artefacts={"store": stores.model.save(), "anchor": anchors.model.save()})
    _model.cache_clear()
    return published


def rating(at: int, kind: str = "store", **changes: Any) -> Rating:
    """The rating of a subject of the toy night, with the stars and shares that the model gives it."""
    made: Night = night(kind)
    row = rate(made.scores, made.scale).iloc[at]
    values: dict[str, Any] = {
        "name": f"Subject {row['subject_id']}", "category": row["category"], "state": "rated", "basis": "orders",
        "stars": row["stars"], "half_stars": row["half_stars"], "expected": 100 * row["defect_share"],
        "low": 100 * row["low_share"], "high": 100 * row["high_share"], "all_causes": 100 * row["all_causes_share"],
        "orders_counted": int(row["orders_counted"]), "confirmed_defects": int(row["confirmed_defects"]),
        "percentile": row["percentile"], "excluded": {"orders": 0, "reasons": {}},
        "aspects": {"product": {"stars": row["stars_product"], "percentile": row["percentile_product"]}},
    }  # fmt: skip
    return Rating.objects.create(kind=kind, subject_id=row["subject_id"], night=NIGHT, **(values | changes))
