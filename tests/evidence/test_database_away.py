"""The database goes away in the middle of a batch: nothing half is kept, nothing good is lost, a repeat finishes it."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client

from reputation.base.commands import run
from reputation.base.keys import api_key_create
from reputation.evidence import files
from reputation.evidence.models import Batch, DirtyUnit, Order
from tests.evidence.conftest import encoded, lines, order

pytestmark = pytest.mark.django_db(transaction=True)
_RIVAL = """
INSERT INTO evidence_order (order_id, observed_at, first_observed_at, sent, versions, retracted, batch_id)
VALUES (%s, now(), now(), 0, 1, false, 0)
"""
_WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def taken(order_id: str) -> Iterator[BaseDatabaseWrapper]:
    """Another writer has this order in hand and never finishes, so whoever sends it too waits in mid-batch."""
    rival = connection.copy()
    rival.set_autocommit(False)
    with rival.cursor() as cursor:
        cursor.execute(_RIVAL, [order_id])
    try:
        yield rival
    finally:
        rival.rollback()
        rival.close()


def cut_off_while_waiting(work: Callable[[], Any]) -> Any:
    """Run the work in a thread and end its server process as soon as that waits; returns or raises what the work does."""

    def closing() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        done = pool.submit(closing)
        cursor.execute("SELECT pg_terminate_backend(%s)", [_waiting(cursor, done)])
        return done.result(60)


def _waiting(cursor: Any, done: Future[Any]) -> int:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not done.done():
        cursor.execute(_WAITING)
        if found := cursor.fetchone():
            return int(found[0])
        time.sleep(0.02)
    raise AssertionError("it did not wait for the other writer")


def load(path: Path, report: Path) -> dict[str, Any]:
    run(["manage.py", "load", "orders", str(path), "--json", str(report)])
    (told,) = json.loads(report.read_text())["files"]
    return dict(told)


def test_a_load_keeps_whole_parts_and_a_repeat_finishes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PART_ROWS", 100)
    path, report = tmp_path / "orders.ndjson", tmp_path / "report.json"
    path.write_bytes(lines(order(n) for n in range(250)))
    with taken("O150"), pytest.raises(SystemExit, match="run the same again"):
        cut_off_while_waiting(lambda: load(path, report))
    whole = {f"O{n}" for n in range(100)}
    assert set(Order.objects.values_list("order_id", flat=True)) == whole
    assert set(DirtyUnit.objects.values_list("unit", flat=True)) == {f"o:{key}" for key in whole}
    assert Batch.objects.count() == 1
    assert not report.exists()
    told = load(path, report)
    assert (told["accepted"], told["unchanged"], told["rejected"]) == (150, 100, 0)
    assert set(DirtyUnit.objects.values_list("unit", flat=True)) == {f"o:O{n}" for n in range(250)}
    assert Order.objects.filter(versions=1).count() == Order.objects.count() == 250


def test_the_api_says_send_it_again_and_again_takes_it_whole(client: Client) -> None:
    _row, key = api_key_create(name="shop", scopes=["evidence:write"])

    def send() -> Any:
        body = encoded(order(n) for n in range(50))
        headers = {"authorization": f"Bearer {key}"}
        return client.post("/api/v1/evidence/orders", body, content_type="application/json", headers=headers)

    with taken("O20"):
        answer = cut_off_while_waiting(send)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert not Order.objects.exists()
    assert not DirtyUnit.objects.exists()
    assert send().json()["accepted"] == 50
