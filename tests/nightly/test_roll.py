"""The roll counts each piece of evidence once, whatever the order and the portions in which it came."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from pytest_django import Settings

from reputation.evidence.models import DirtyUnit
from reputation.evidence.services import batch_ingest, day_close
from reputation.nightly.models import DayFile, LiveUnit, Tally
from reputation.nightly.progress import Silent
from reputation.nightly.roll import TimeZoneChangedError, roll, units
from reputation.nightly.runs import days_folder
from scoring.daily import MISSING, SKETCH, read_day
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
    known = list(Tally.objects.values_list("unit", flat=True))
    Tally.objects.all().delete()
    DayFile.objects.exclude(family="reported").delete()
    DirtyUnit.objects.bulk_create(DirtyUnit(unit=unit) for unit in known)
    do_roll()
    return comparable(day_tables())


def test_portions_with_rolls_between_equal_one_roll() -> None:
    rows = market(orders=160, days=10)
    rng = random.Random(5)
    portions: list[Rows] = [{kind: [] for kind in KINDS} for _ in range(4)]
    for kind in KINDS:
        for row in rows[kind]:
            rng.choice(portions)[kind].append(row)
    for number, portion in enumerate(portions):
        ingest(portion, rng.sample(KINDS, len(KINDS)))
        close(LAST - timedelta(days=3 * (3 - number)))
        do_roll()
    stepwise = comparable(day_tables())
    assert stepwise == from_nothing()
    assert len(stepwise) >= 20


def test_orders_of_the_market_are_counted_once_each() -> None:
    rows = market(orders=200, days=10)
    ingest(rows)
    do_roll()
    cancelled = sum(1 for row in rows["orders"] if row.get("cancelled_by") == "buyer")
    assert total("orders") == 200 - cancelled


def total(counter: str, kind: str = "store", subject: str | None = None) -> int:
    count = 0
    for (family, _), table in day_tables().items():
        if family == "counters" and counter in table:
            here = (table["kind"] == kind) & ((table["subject_id"] == subject) | (subject is None))
            count += int(table.loc[here, counter].sum())
    return count


def test_voices_are_counted_when_their_live_session_turns_up_later() -> None:
    rows = market(orders=80, days=5)
    ingest(rows, [kind for kind in KINDS if kind != "live_sessions"])
    do_roll()
    do_roll()
    assert total("hype_d", "anchor") == 0
    ingest(rows, ["live_sessions"])
    do_roll()
    answered = sum(1 for row in rows["responses"] if "live_id" in row)
    assert total("hype_d", "anchor") == answered > 0
    assert not LiveUnit.objects.exists()


def order(**fields: Any) -> dict[str, Any]:
    row = {"order_id": "O1", "store_id": "S1", "buyer_ref": "B1", "amount": "10", "currency": "CNY",
           "placed_at": "2026-03-20T04:00:00Z"}  # fmt: skip
    return row | fields


def complaint(**fields: Any) -> dict[str, Any]:
    row = {"complaint_id": "C1", "store_id": "S1", "category": "quality", "opened_at": "2026-03-22T04:00:00Z",
           "first_response_at": "2026-03-23T04:00:00Z", "closed_at": "2026-03-23T04:00:00Z",
           "outcome": "upheld"}  # fmt: skip
    return row | fields


def test_a_complaint_whose_order_is_told_later_is_counted_once() -> None:
    ingest({"orders": [order()], "complaints": [complaint()]})
    do_roll()
    assert total("complaint_product_n") == 1
    ingest({"complaints": [complaint(order_id="O1", observed_at="2026-03-24T04:00:00Z")]})
    do_roll()
    assert total("complaint_product_n") == 1
    assert set(Tally.objects.values_list("unit", flat=True)) == {"o:O1"}


def test_an_order_that_moves_to_another_anchor_takes_its_counts_along() -> None:
    ingest({"orders": [order(anchor_id="A1")]})
    do_roll()
    assert (total("orders", "anchor", "A1"), total("orders", "anchor", "A2")) == (1, 0)
    ingest({"orders": [order(anchor_id="A2", observed_at="2026-03-25T04:00:00Z")]})
    do_roll()
    assert (total("orders", "anchor", "A1"), total("orders", "anchor", "A2")) == (0, 1)
    assert total("orders") == 1


def test_a_retracted_order_leaves_nothing() -> None:
    ingest({"orders": [order()]})
    do_roll()
    ingest({"orders": [{"order_id": "O1", "retracted": True, "observed_at": "2026-03-25T04:00:00Z"}]})
    do_roll()
    assert total("orders") == 0
    assert not Tally.objects.exists()


def test_a_promise_is_called_broken_when_its_day_is_closed_and_not_before() -> None:
    ingest({"orders": [order(ship_by="2026-03-21T04:00:00Z")]})
    do_roll()
    assert total("late_dispatch_n") == 0
    close(date(2026, 3, 20))
    do_roll()
    assert total("late_dispatch_n") == 0
    close(date(2026, 3, 21))
    do_roll()
    assert total("late_dispatch_n") == 1
    do_roll()
    assert total("late_dispatch_n") == 1


def test_late_news_that_it_was_shipped_in_time_takes_the_call_back() -> None:
    ingest({"orders": [order(ship_by="2026-03-21T04:00:00Z")]})
    close(date(2026, 3, 25))
    do_roll()
    ingest({"shipments": [{"order_id": "O1", "shipped_at": "2026-03-21T02:00:00Z"}]})
    do_roll()
    assert (total("late_dispatch_n"), total("late_dispatch_d")) == (0, 1)


def test_a_mark_without_evidence_is_harmless() -> None:
    DirtyUnit.objects.bulk_create(DirtyUnit(unit=unit) for unit in ("o:nobody", "v:nolive|x", "c:none", "h:", "v:odd"))
    do_roll()
    assert not DirtyUnit.objects.exists()
    assert not DayFile.objects.exists()


def test_a_chunk_boundary_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(market(orders=120, days=5))
    monkeypatch.setattr(units, "CHUNK_UNITS", 7)
    do_roll()
    small = comparable(day_tables())
    monkeypatch.undo()
    assert small == from_nothing()


def test_the_first_roll_fixes_the_time_zone_of_the_market(settings: Settings) -> None:
    ingest(market(orders=5, days=2))
    do_roll()
    before = comparable(day_tables())
    settings.MARKET_TIME_ZONE = "America/Sao_Paulo"
    with pytest.raises(TimeZoneChangedError, match="counted in Asia/Shanghai; set it back"):
        do_roll()
    assert comparable(day_tables()) == before


def test_a_conversation_that_nobody_answered_is_called_once_its_own_day_is_closed() -> None:
    chat = {"conversation_id": "c1", "store_id": "s1", "started_at": "2026-03-10T10:00:00+08:00"}
    batch_ingest(kind="conversations", rows=[chat], source="test", history=True)
    do_roll()
    assert all("slow_reply_n" not in table for table in day_tables().values())
    day_close("conversations", date(2026, 3, 10))
    do_roll()
    assert day_tables()["counters", date(2026, 3, 10)]["slow_reply_n"].tolist() == [1]


def test_marks_made_after_the_screening_wait_for_the_next_roll() -> None:
    rows = market(orders=4, days=2)
    ingest(rows)
    screened = DirtyUnit.objects.order_by("-id").values_list("id", flat=True)[0]
    late = {**rows["orders"][0], "order_id": "late"}
    batch_ingest(kind="orders", rows=[late], source="test", history=True)
    roll(folder=days_folder(), progress=Silent(), marks_through=screened)
    assert not Tally.objects.filter(unit="o:late").exists()
    assert list(DirtyUnit.objects.values_list("unit", flat=True)) == ["o:late"]
    do_roll()
    assert Tally.objects.filter(unit="o:late").exists()


def test_buyers_told_after_the_orders_were_counted_are_counted_too() -> None:
    placed = "2026-03-10T10:00:00+08:00"
    orders = [
        {"order_id": f"q{n}", "store_id": "s1", "amount": "5", "currency": "CNY", "placed_at": placed} for n in range(6)
    ]
    batch_ingest(kind="orders", rows=orders, source="test", history=True)
    do_roll()
    refs = [{"order_id": f"q{n}", "buyer_ref": f"b{n}"} for n in range(6)]
    batch_ingest(kind="orders", rows=refs, source="test")
    do_roll()
    table = day_tables()["counters", date(2026, 3, 10)]
    assert (table.loc[0, SKETCH].to_numpy() < MISSING).all()
