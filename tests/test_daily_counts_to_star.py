"""A platform that has only daily rates gets stars too, and they are said to come from aggregates."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from reputation.evidence.services import batch_ingest
from reputation.nightly.services import nights_run
from reputation.ratings.models import Rating

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs_here")]
LAST = date(2026, 3, 31)
ORDERS = 40  # a day


def counts(store: str, percent_late: int, percent_returned: int) -> list[dict[str, object]]:
    rows = []
    for n in range(120):
        day = {"subject_kind": "store", "subject_id": store, "day": str(LAST - timedelta(days=n))}
        rows += [
            {**day, "metric": "orders", "numerator": 0, "denominator": ORDERS},
            {**day, "metric": "late_dispatch", "numerator": ORDERS * percent_late // 100, "denominator": ORDERS},
            {**day, "metric": "quality_return", "numerator": ORDERS * percent_returned // 100, "denominator": ORDERS},
        ]
    return rows


def test_daily_rates_alone_become_stars(settings: Settings, tmp_path: Path) -> None:
    settings.LIVESTAR_VAR = tmp_path
    stores = [{"store_id": s, "name": s, "category": "toys"} for s in ("careful", "usual", "sloppy")]
    rows = [*counts("careful", 0, 0), *counts("usual", 5, 3), *counts("sloppy", 20, 15)]
    for kind, sent in (("stores", stores), ("daily_counts", rows)):
        assert not batch_ingest(kind=kind, rows=sent, source="test", history=True).rejected
    nights_run(nights=[LAST], by_operator=True)
    found = {rating.subject_id: rating for rating in Rating.objects.all()}
    assert {rating.basis for rating in found.values()} == {"aggregated"}
    assert {rating.state for rating in found.values()} == {"rated"}
    assert found["careful"].stars > found["usual"].stars > found["sloppy"].stars
    assert found["usual"].orders_counted == 120 * ORDERS
    shown = Client().get("/api/v1/stores/careful").json()
    assert (shown["basis"], shown["stars"]) == ("aggregated", float(found["careful"].stars))


def test_a_day_sent_again_counts_once_and_a_retracted_one_not_at_all(settings: Settings, tmp_path: Path) -> None:
    settings.LIVESTAR_VAR = tmp_path
    rows = [row for row in counts("S", 10, 5) if str(row["day"]) > "2026-03-29"]
    for sent in (rows, rows):
        assert not batch_ingest(kind="daily_counts", rows=sent, source="test").rejected
    nights_run(nights=[LAST], by_operator=True)
    assert Rating.objects.get(night=LAST).orders_counted == 2 * ORDERS
    gone = [{**row, "retracted": True} for row in rows if row["day"] == str(LAST)]
    assert not batch_ingest(kind="daily_counts", rows=gone, source="test").rejected
    nights_run(nights=[LAST + timedelta(days=1)], by_operator=True)
    assert Rating.objects.get(night=LAST + timedelta(days=1)).orders_counted == ORDERS
