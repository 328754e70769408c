"""The stage that measures what buyers met: it writes its figures, and no night ever fails for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from reputation.nightly import practising
from reputation.nightly.lease import HeldLease, LeaseLostError
from reputation.nightly.models import Run
from reputation.nightly.practising import practices
from reputation.nightly.progress import Silent
from reputation.nightly.runs import MAX_STARTS, Night
from reputation.nightly.stages import AFTER_PUBLISHING, STAGES
from reputation.ratings.models import Practice
from tests.nightly.market import LAST, ingest, instant

pytestmark = pytest.mark.django_db


@pytest.fixture
def night() -> Iterator[Night]:
    orders = [
        {"order_id": f"o{n}", "store_id": "S1", "buyer_ref": f"b{n}", "amount": "9", "currency": "CNY",
         "placed_at": instant(LAST.replace(day=1))}
        for n in range(5)
    ]  # fmt: skip
    parcels = [{"order_id": f"o{n}", "shipped_at": instant(LAST.replace(day=1), 9)} for n in range(5)]
    ingest({"orders": orders, "shipments": parcels})
    with HeldLease() as lease:
        run = Run.objects.create(night=LAST, status=Run.Status.PUBLISHED, closed_through={"shipments": str(LAST)})
        yield Night(run, lease, Silent())


def test_it_comes_after_publishing_and_is_made_up_for_where_a_night_was_cut_short() -> None:
    assert list(STAGES)[-3:] == list(AFTER_PUBLISHING) == ["govern", "practices", "report"]


def test_it_writes_the_figures_of_the_night_and_says_of_how_many(night: Night) -> None:
    practices(night)
    assert night.run.results == {"practices": 1}
    assert Practice.objects.get().figures["dispatch"]["half"] == 300


def test_a_database_that_refuses_leaves_the_night_and_the_figures_of_before(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    practices(night)
    monkeypatch.setattr("reputation.ratings.practices._WRITE", "SELECT 1 / 0, %(night)s")
    practices(night)
    assert "division by zero" in night.run.results["practices_failed"]
    assert Practice.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_what_kills_it_again_and_again_is_not_tried_for_ever(night: Night) -> None:
    night.run.attempts["practices"] = MAX_STARTS
    practices(night)
    assert "never ended" in night.run.results["practices_failed"]
    assert not Practice.objects.exists()


def test_a_run_that_lost_its_lease_stops(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(**_arguments: object) -> int:
        raise LeaseLostError("another")

    monkeypatch.setattr(practising, "practices_write", lost)
    with pytest.raises(LeaseLostError):
        practices(night)
