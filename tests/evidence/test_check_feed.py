import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from reputation.base.time import day_start, market_day, now
from reputation.evidence.feed import KindReport, feed_report
from reputation.evidence.kinds import KINDS
from reputation.evidence.services import batch_ingest, day_close
from tests.evidence.conftest import encoded, order

pytestmark = pytest.mark.django_db


def report(kind: str) -> KindReport:
    return next(found for found in feed_report() if found.kind == kind)


def ingest(kind: str, *rows: dict[str, Any]) -> None:
    batch_ingest(kind=kind, rows=encoded(rows), source="test")


def placed(days_ago: int) -> str:
    return (day_start(market_day(now())) - timedelta(days=days_ago) + timedelta(hours=3)).isoformat()


def test_it_speaks_of_every_kind() -> None:
    assert [found.kind for found in feed_report()] == list(KINDS)


def test_a_missing_kind_names_what_it_costs() -> None:
    assert "late dispatch" in report("shipments").costs
    assert "false promotion" in report("live_sessions").costs
    assert report("daily_counts").costs == ""
    ingest("shipments", {"order_id": "O"})
    assert report("shipments").costs == ""


def test_daily_counts_alone_cost_the_drill_down() -> None:
    ingest("daily_counts", {"subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "orders"})
    assert "drill-down" in report("orders").costs
    assert "buyers are unknown" in report("orders").costs


def test_a_kind_is_late_until_yesterday_is_closed() -> None:
    yesterday = market_day(now()) - timedelta(days=1)
    assert not report("orders").late  # never used
    ingest("orders", order(1))
    assert report("orders").late
    day_close("orders", yesterday - timedelta(days=1))
    assert report("orders").late
    day_close("orders", yesterday)
    assert not report("orders").late


def test_days_without_rows_are_gaps_but_not_of_a_rare_kind() -> None:
    days = [n for n in range(1, 11) if n not in (4, 7)]
    ingest("orders", *(order(n, placed_at=placed(n)) for n in days))
    today = market_day(now())
    found = report("orders")
    assert found.gaps == [today - timedelta(days=7), today - timedelta(days=4)]
    assert (found.rows, found.first_day, found.last_day) == (8, today - timedelta(days=10), today - timedelta(days=1))
    ingest("returns", {"return_id": "R", "opened_at": placed(10)}, {"return_id": "Q", "opened_at": placed(2)})
    assert report("returns").gaps == []


def test_rows_without_a_field_that_belongs_to_them_are_counted() -> None:
    ingest("orders", order(1), {"order_id": "O2", "store_id": "S1"}, {"order_id": "O3", "retracted": True})
    assert report("orders").incomplete == {"buyer_ref": 1, "amount": 1, "currency": 1, "placed_at": 1}


def test_rejected_rows_are_counted_until_they_are_resent() -> None:
    ingest("orders", order(1, currency="?"), order(2, currency="?"))
    assert report("orders").rejected_open == 2


def test_the_command_tells_and_writes_it(tmp_path: Path) -> None:
    ingest("orders", order(1), order(2, currency="?"), {"order_id": "O3"})
    out, path = io.StringIO(), tmp_path / "feed.json"
    call_command("check_feed", json=path, stdout=out)
    for said in ("LATE", "REJECTED: 1 rows", "INCOMPLETE", "1 without store_id", "MISSING: No late dispatch"):
        assert said in out.getvalue()
    told = {found["kind"]: found for found in json.loads(path.read_text())["kinds"]}
    assert set(told) == set(KINDS)
    assert (told["orders"]["rows"], told["orders"]["late"]) == (2, True)
