"""Days on which something is wrong with the evidence or the model, through the real night."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

import pytest

from reputation.nightly.models import Run
from reputation.nightly.runs import NightFailedError
from reputation.nightly.services import nights_run
from reputation.ratings.models import Publication, Rating
from tests.nightly.market import LAST, Rows, close, ingest, instant, market

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def night(day: date, accept: bool = False) -> Run:
    [run] = nights_run(nights=[day], by_operator=True, accept_drift=accept)
    return run


def poison(rows: Rows, stores: list[str], day: date) -> Rows:
    """A batch that answers every order of some stores with ones, on one morning."""
    answered = {row.get("order_id") for row in rows["responses"]}
    worst = dict.fromkeys(("overall", "as_described", "service", "logistics"), 1)
    told = [
        {"response_id": f"Z{row['order_id']}", "respondent_ref": row["buyer_ref"], "order_id": row["order_id"],
         "answered_at": instant(day), **worst}
        for row in rows["orders"]
        if row["store_id"] in stores and row["order_id"] not in answered
    ]  # fmt: skip
    return {"responses": told}


def test_x() -> None:
    t = time.monotonic()
    rows = market(stores=12, orders=1500, days=40, last=LAST - DAY)
    ingest(rows)
    close(LAST - DAY)
    print("ingest", time.monotonic() - t)
    night(LAST - DAY)
    print("night", time.monotonic() - t)
    before = {r.subject_id: (r.stars, r.orders_counted) for r in Rating.objects.filter(night=LAST - DAY)}
    print(before)
    ingest(poison(rows, [f"S{n}" for n in range(12)], LAST))
    try:
        night(LAST)
    except NightFailedError as e:
        print(e)
    r = Run.objects.get(night=LAST)
    print(r.timings, r.results["drift"])
    night(LAST, accept=True)
    print({r.subject_id: (r.state, r.stars, r.orders_counted, r.settled and r.settled["exact"], r.ledger) for r in Rating.objects.filter(night=LAST)})
    print("all", time.monotonic() - t)
    assert 0
