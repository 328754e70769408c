"""Half a night is never shown, a published one never changes, and the pointer moves only forward."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from reputation.ratings import services
from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from reputation.ratings.scales import scale_ensure
from reputation.ratings.services import (
    PublicationError,
    model_record,
    models_prune,
    publication_create,
    ratings_write,
)

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 3, 31)


class LostError(Exception):
    pass


def fine() -> None:
    pass


def rows(count: int = 3, stars: float | None = 4.2) -> pd.DataFrame:
    one = {"kind": "store", "name": "Wáng's \t\\N \"shop\"\n", "category": "toys", "state": "rated", "basis": "orders", "withheld_for": "",
           "stars": stars, "half_stars": 4.0, "expected": 3.5, "all_causes": None, "orders_counted": 90,
           "confirmed_defects": 2, "percentile": None, "aspects": '{"product": null}',
           "excluded": '{"orders": 0}'}  # fmt: skip
    return pd.DataFrame([one | {"subject_id": f"S{n}"} for n in range(count)]).astype(
        {"all_causes": object, "percentile": object}
    )


def publish(night: date = NIGHT, count: int = 3, expected: int | None = None) -> Publication:
    ratings_write(night=night, rows=rows(count), guard=fine)
    return publication_create(
        night=night,
        model=model_record(name=f"{night}.1", night=night, artefacts={}, figures={}),
        scale=Scale.objects.get_or_create(version=1, defaults={"breakpoints": {}, "fitted_on": night})[0],
        closed_through={"orders": str(night), "returns": None},
        manifest={"counters": {}},
        figures={},
        expected_rows=count if expected is None else expected,
        guard=fine,
    )


def test_what_was_written_is_what_is_read_whatever_the_name() -> None:
    publish()
    rating = Rating.objects.get(subject_id="S1")
    assert rating.name == 'Wáng\'s \t\\N "shop"\n'
    assert (rating.stars, rating.percentile, rating.revision, rating.night) == (Decimal("4.2"), None, 0, NIGHT)
    assert rating.aspects == {"product": None}


def test_rows_of_a_killed_attempt_are_replaced() -> None:
    ratings_write(night=NIGHT, rows=rows(5, stars=1.0), guard=fine)
    publish(count=3)
    assert {(r.subject_id, r.stars) for r in Rating.objects.all()} == {(f"S{n}", Decimal("4.2")) for n in range(3)}


def test_a_published_night_is_never_written_again() -> None:
    publish()
    with pytest.raises(PublicationError, match="published"):
        ratings_write(night=NIGHT, rows=rows(1, stars=1.0), guard=fine)
    assert Rating.objects.filter(stars="4.2").count() == 3


def test_half_a_night_is_not_published() -> None:
    with pytest.raises(PublicationError, match="3 ratings are in place"):
        publish(expected=4)
    assert not Publication.objects.exists()
    assert not Pointer.objects.filter(publication__isnull=False).exists()


def test_who_lost_the_lease_between_two_chunks_writes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK_ROWS", 2)
    calls = []

    def guard() -> None:
        calls.append(1)
        if len(calls) == 3:  # the cleaning, the first chunk, then
            raise LostError

    with pytest.raises(LostError):
        ratings_write(night=NIGHT, rows=rows(6), guard=guard)
    assert Rating.objects.count() == 2


def test_who_lost_the_lease_does_not_publish() -> None:
    def guard() -> None:
        raise LostError

    ratings_write(night=NIGHT, rows=rows(), guard=fine)
    with pytest.raises(LostError):
        publication_create(
            night=NIGHT, model=StarModelRecord(), scale=Scale(), closed_through={}, manifest={}, figures={},
            expected_rows=3, guard=guard,
        )  # fmt: skip
    assert not Publication.objects.exists()


def test_the_pointer_moves_forward_and_never_back_but_every_publication_ends_the_etags() -> None:
    for day, shown in ((0, 0), (1, 1), (-3, 1), (2, 2)):
        publish(NIGHT + timedelta(days=day))
        assert Pointer.objects.get().publication_id == NIGHT + timedelta(days=shown)
    assert Pointer.objects.get().counter == 4


def scores(log_odds: float) -> pd.DataFrame:
    aspects = {f"log_odds_{a}": log_odds for a in ("product", "logistics", "service", "after_sales", "honesty")}
    one = {"kind": "store", "orders_counted": 100, "buyers": 5, "log_odds": log_odds, "defect_share": 0.05} | aspects
    return pd.DataFrame([one | {"subject_id": str(n), "log_odds": log_odds + n / 50} for n in range(60)])


def test_the_scale_is_fitted_until_a_night_is_published_with_it_and_then_frozen() -> None:
    first = scale_ensure(night=NIGHT, scores=scores(-3)).breakpoints
    second = scale_ensure(night=NIGHT, scores=scores(-2))
    assert second.breakpoints != first
    assert Scale.objects.count() == 1
    publish()
    assert scale_ensure(night=NIGHT + timedelta(days=1), scores=scores(-1)).breakpoints == second.breakpoints


def test_the_texts_of_attempts_that_came_to_nothing_go() -> None:
    publish()
    for name in ("dead", "tonight"):
        model_record(name=name, night=NIGHT, artefacts={"store": "{}"}, figures={"orders": 1})
    assert models_prune(keep=["tonight"]) == 1
    assert models_prune(keep=["tonight"]) == 0
    kept = {record.name: record for record in StarModelRecord.objects.all()}
    assert (kept["dead"].artefacts, kept["dead"].figures) == ({}, {"orders": 1})
    assert kept["tonight"].artefacts == {"store": "{}"}
