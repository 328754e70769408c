"""Standings of a night: put in place by COPY, and read back so that a subject can be scored again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, models, transaction

from reputation.ratings import selectors
from reputation.ratings.models import AnchorStore, NightPeers, Publication, Rating, Standing
from reputation.ratings.selectors import RatingRow, Shown

if TYPE_CHECKING:
    import pandas as pd

    from scoring.explain.again import Rated
    from scoring.explain.files import Explained
    from scoring.model import StarModel

KEPT_NIGHTS = 2
_TABLES: tuple[type[models.Model], ...] = (Standing, NightPeers, AnchorStore)


def standings_write(*, night: date, explained: Explained, guard: Callable[[], None] = lambda: None) -> None:
    """Put a night's standings, peers and splits in place; what an earlier, killed attempt left goes first."""
    frames = {
        Standing: explained.standings.rename(columns={"standing": "packed"}),
        NightPeers: explained.peers,
        AnchorStore: explained.stores,
    }
    with transaction.atomic():
        guard()
        for model, frame in frames.items():
            model._default_manager.filter(night=night)._raw_delete("default")
            _copy(model, night, frame)


def _copy(model: type[models.Model], night: date, rows: pd.DataFrame) -> None:
    columns = ", ".join(["night", *rows.columns])
    lists = (rows[column].tolist() for column in rows.columns)
    table = model._meta.db_table
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for values in zip(*lists, strict=True):
            copy.write_row((night, *values))


def standings_prune() -> int:
    """Drop all but the latest two nights and the one that is shown; returns how many rows went."""
    nights = Standing.objects.order_by("-night").values_list("night", flat=True).distinct()[:KEPT_NIGHTS]
    kept = {*nights, selectors.shown().night} - {None}
    gone = 0
    for model in _TABLES:
        gone += model._default_manager.exclude(night__in=kept)._raw_delete("default")
    return gone


@dataclass(frozen=True)
class Explainable:
    """A rated subject that can be scored again, and what is usual around it."""

    rated: Rated
    medians: Mapping[str, float]
    quick: Mapping[str, float]  # minutes that the quicker quarter stays below
    peers: int  # rated subjects that the medians are of
    of_category: bool  # else of the whole kind, for the category is small


def explainable(shown: Shown, row: RatingRow) -> Explainable | None:
    """None where there is nothing to score with: no star, a night that was pruned or of an older version, or a rating
    that was corrected since, from evidence that the standing does not know."""
    if row.stars is None or shown.night != row.night or row.revision:
        return None
    key = {"night": row.night, "kind": row.kind}
    found = Standing.objects.filter(**key, subject_id=row.subject_id).values_list("category", "packed").first()
    if found is None:
        return None
    category, packed = found
    peers = NightPeers.objects.filter(**key, category=category).values_list("figures", flat=True).first()
    return peers and _explainable(shown, row, (category, bytes(packed)), peers)


def _explainable(
    shown: Shown, row: RatingRow, standing: tuple[str, bytes], peers: Mapping[str, Any]
) -> Explainable | None:
    from scoring.explain.again import Rated
    from scoring.explain.standing import unpack

    try:
        unpacked = unpack(row.kind, *standing, peers["totals"])
        model, scale = _model(shown.night, shown.counter, row.kind)
    except (ValueError, KeyError):  # bytes or a model of another version
        return None
    plain = Rated(model, unpacked, scale)
    rated = Rated(model, unpacked, scale, _held(row, float(plain.stars()[0])))
    return Explainable(rated, peers["medians"], peers["quick"], peers["subjects"], peers["of"] == "category")


def _held(row: RatingRow, exact: float) -> float:
    """Shown star, before it is cut to tenths, less the exact one: what the bands of stability hold back."""
    rows = Rating.objects.filter(kind=row.kind, subject_id=row.subject_id, night=row.night, revision=row.revision)
    settled = rows.values_list("settled", flat=True).first()
    return (settled or {}).get("band", exact) - exact


@lru_cache(maxsize=4)  # two kinds, two nights
def _model(night: date, counter: int, kind: str) -> tuple[StarModel, dict[str, Any]]:
    """The model and scale that the night was rated by, at the level of that night. `counter`: a repair may change them."""
    from scoring.explain.again import light

    published = Publication.objects.select_related("model", "scale").get(night=night)
    model = light(published.model.artefacts[kind])
    model.tonight_ = model.tonight_ | published.inputs.get("levels", {}).get(kind, {})
    return model, published.scale.breakpoints


class StoreShare(NamedTuple):
    """A store whose goods an anchor sold. `name` and `stars` None: the night does not rate it or shows no stars."""

    store_id: str
    name: str | None
    stars: float | None
    half_stars: float | None
    orders: int
    defects: int


def anchor_stores(night: date, anchor_id: str) -> list[StoreShare]:
    """An anchor's orders and problems by store, the largest first, each with the store's own star of that night."""
    shares = list(
        AnchorStore.objects.filter(night=night, anchor_id=anchor_id)
        .order_by("-orders", "store_id")
        .values_list("store_id", "orders", "defects")
    )
    rows = selectors.ratings(night, "store").filter(subject_id__in=[share[0] for share in shares])
    known = {row[0]: row[1:] for row in rows.values_list("subject_id", "name", "stars", "half_stars")}
    return [
        StoreShare(store_id, *known.get(store_id, (None, None, None)), orders, defects)
        for store_id, orders, defects in shares
    ]
