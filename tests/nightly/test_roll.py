"""The roll counts each piece of evidence once, whatever the order and the portions in which it came."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from reputation.evidence.models import DirtyUnit
from reputation.nightly.models import DayFile, Tally
from reputation.nightly.progress import Silent
from reputation.nightly.roll import roll
from reputation.nightly.runs import days_folder
from scoring.daily import SKETCH, read_day
from tests.nightly.market import KINDS, LAST, Rows, close, ingest, market

pytestmark = pytest.mark.django_db(transaction=True)


def do_roll() -> None:
    roll(folder=days_folder(), progress=Silent())


def day_tables() -> dict[tuple[str, date], pd.DataFrame]:
    return {
        (file.family, file.day): read_day(days_folder() / f"{file.digest}.parquet") for file in DayFile.objects.all()
    }


def comparable(tables: dict[tuple[str, date], pd.DataFrame]) -> dict[tuple[str, date], list[Any]]:
    """Tables without the sketches, which only grow, and without those that came to nothing."""
    key = ["kind", "subject_id", "via"]
    out = {}
    for which, table in tables.items():
        bare = table.drop(columns=[c for c in SKETCH if c in table]).set_index(key)
        bare = bare.loc[:, sorted(bare.columns)]
        if len(bare):
            out[which] = [list(bare.columns), bare.reset_index().to_numpy().tolist()]
    return out


def from_nothing() -> dict[tuple[str, date], list[Any]]:
    """An independent recount: forget every tally and file, mark everything, roll once."""
    units = list(Tally.objects.values_list("unit", flat=True))
    Tally.objects.all().delete()
    DayFile.objects.exclude(family="reported").delete()
    DirtyUnit.objects.bulk_create(DirtyUnit(unit=unit) for unit in units)
    do_roll()
    return comparable(day_tables())


def test_portions_with_rolls_between_equal_one_roll() -> None:
    rows = market(orders=300)
    rng = random.Random(5)
    portions: list[Rows] = [{kind: [] for kind in KINDS} for _ in range(4)]
    for kind in KINDS:
        for row in rows[kind]:
            rng.choice(portions)[kind].append(row)
    for number, portion in enumerate(portions):
        ingest(portion, rng.sample(KINDS, len(KINDS)))
        close(LAST - timedelta(days=30 * (3 - number)))
        do_roll()
    stepwise = comparable(day_tables())
    assert stepwise == from_nothing()
    assert len(stepwise) > 100


def test_orders_of_the_market_are_counted_once_each() -> None:
    rows = market(orders=200)
    ingest(rows)
    do_roll()
    tables = day_tables()
    counted = sum(t.loc[t["kind"] == "store", "orders"].sum() for (f, _), t in tables.items() if f == "counters" and "orders" in t)
    cancelled = sum(1 for row in rows["orders"] if row.get("cancelled_by") == "buyer")
    assert counted == 200 - cancelled
