"""What a roll looks at: no unit in vain, and none too few, whoever else is at work."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from reputation.evidence.models import DirtyUnit
from reputation.evidence.selectors import closed_through
from reputation.nightly.models import Tally
from reputation.nightly.roll import units
from tests.nightly.market import close, ingest, market
from tests.nightly.test_roll import comparable, complaint, day_tables, do_roll, from_nothing, order, total

pytestmark = pytest.mark.django_db(transaction=True)


def units_of_next_roll() -> list[str]:
    """What a roll would count now, without doing so."""
    with transaction.atomic():
        units.units_take(closed=closed_through(), marks_through=None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT unit FROM todo ORDER BY unit")
            found = [row[0] for row in cursor.fetchall()]
        transaction.set_rollback(True)
    return found


def test_open_promises_of_a_kind_that_is_never_closed_are_not_counted_every_night() -> None:
    ingest({"orders": [order(ship_by="2026-03-21T04:00:00Z")], "complaints": [complaint(order_id="O1")]})
    back = {"return_id": "T1", "order_id": "O1", "opened_at": "2026-03-24T04:00:00Z", "reason": "quality"}
    ingest({"returns": [back]})
    close(date(2026, 3, 25), ["complaints", "conversations", "orders"])
    do_roll()
    assert units_of_next_roll() == []
    close(date(2026, 3, 26), ["returns"])  # the refund has until the 27th
    assert units_of_next_roll() == []
    close(date(2026, 3, 27), ["returns"])
    assert units_of_next_roll() == ["o:O1"]
    do_roll()
    assert (total("slow_refund_n"), total("late_dispatch_n")) == (1, 0)
    assert units_of_next_roll() == []


def test_lateness_told_late_moves_to_its_day_once_that_is_closed() -> None:
    ingest({"orders": [order(ship_by="2026-03-21T04:00:00Z")]})
    ingest({"shipments": [{"order_id": "O1", "shipped_at": "2026-03-24T04:00:00Z"}]})
    do_roll()
    assert days_of("late_dispatch_n") == [date(2026, 3, 24)]
    close(date(2026, 3, 22))
    do_roll()
    assert days_of("late_dispatch_n") == [date(2026, 3, 21)]
    assert comparable(day_tables()) == from_nothing()


def days_of(counter: str) -> list[date]:
    return [
        day
        for (family, day), table in sorted(day_tables().items())
        if family == "counters" and counter in table and table[counter].any()
    ]


def other_roller() -> psycopg.Connection[Any]:
    settings = connection.get_connection_params()
    kept = ("dbname", "user", "host", "port", "password")
    return psycopg.connect(**{name: settings[name] for name in kept if settings.get(name)})


def waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')")
        return bool(cursor.fetchone()[0])


def test_a_roll_that_waited_for_another_counts_what_that_left() -> None:
    ingest({"orders": [order(), order(order_id="O2")]})
    do_roll()
    ingest({"orders": [order(order_id="O3")]})
    with other_roller() as other, ThreadPoolExecutor(1) as thread:
        other.execute("UPDATE nightly_rollstate SET rolled_at = now()")  # as the other's roll does
        waiting = thread.submit(roll_and_hang_up)
        deadline = time.monotonic() + 30
        while not waiting_for_a_lock() and time.monotonic() < deadline:
            time.sleep(0.05)
        ingest({"orders": [order(order_id="O4")]})
        other.commit()
        waiting.result(timeout=60)
    assert total("orders") == 4
    assert not DirtyUnit.objects.exists()


def roll_and_hang_up() -> None:
    try:
        do_roll()
    finally:
        connection.close()


def test_a_mark_of_an_exclusion_calls_all_orders_that_it_reaches() -> None:
    """Its own transaction may not have seen an order that was coming in at that moment."""
    late = {"anchor_id": "A1", "ship_by": "2026-03-21T04:00:00Z"}
    ingest({"orders": [order(**late), order(order_id="O2", store_id="S2", **late)]})
    close(date(2026, 3, 25))
    storm = {"exclusion_id": "X1", "reason": "platform_fault", "subject_kind": "store", "subject_id": "S1",
             "from": "2026-03-19T00:00:00Z", "to": "2026-03-22T00:00:00Z"}  # fmt: skip
    ingest({"exclusions": [storm]})
    DirtyUnit.objects.filter(unit__startswith="o:").delete()
    DirtyUnit.objects.create(unit="o:O2")
    assert units_of_next_roll() == ["o:O1", "o:O2"]
    do_roll()
    assert (total("late_dispatch_n", subject="S1"), total("late_dispatch_n", subject="S2")) == (0, 1)
    assert total("excluded_platform_fault") == 1


def test_a_mark_of_a_live_session_calls_its_voices() -> None:
    rows = market(orders=80, days=5)
    ingest(rows)
    do_roll()
    voices = {unit for unit in Tally.objects.values_list("unit", flat=True) if unit.startswith("v:L0|")}
    DirtyUnit.objects.create(unit="l:L0")
    assert voices <= set(units_of_next_roll())
    assert {unit[:5] for unit in units_of_next_roll()} == {"v:L0|"}


def test_marks_for_the_screening_alone_count_nothing() -> None:
    DirtyUnit.objects.bulk_create([DirtyUnit(unit="s:S1"), DirtyUnit(unit="a:A1"), DirtyUnit(unit="d:2026-03-20")])
    assert units_of_next_roll() == []
    do_roll()
    assert not DirtyUnit.objects.exists()
