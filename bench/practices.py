"""How long a night takes to measure what buyers met, and how long a page takes to read it.

    python bench/practices.py [--stores 100000] [--orders 2000000] [--json FILE]

Fills a scratch database with orders of the last 400 days, three in four of them within the window, with shipments, returns,
questions, answers, exclusions and held orders, then works the figures out. Next to it stands what one plain count over
the same orders takes, so that the times can be compared between machines.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
NIGHT = date(2026, 11, 20)
_COMMON = "now(), now(), 1, 1, false, 1"
_COLUMNS = "observed_at, first_observed_at, sent, versions, retracted, batch_id"
# A few stores have most of the orders, as in life.
_FILL = f"""
CREATE TEMP TABLE made AS SELECT n, 's' || (power(random(), 3) * %(stores)s)::int AS store, 'a' || (n %% 997) AS anchor,
    %(end)s::timestamptz - random() * interval '1 day' * CASE WHEN n %% 4 = 0 THEN 400 ELSE 110 END AS placed
FROM generate_series(1, %(orders)s) AS n;
INSERT INTO evidence_order (order_id, store_id, anchor_id, buyer_ref, region, amount, currency, placed_at, ship_by,
    deliver_by, {_COLUMNS})
SELECT 'o' || n, store, CASE WHEN n %% 3 = 0 THEN anchor END, 'b' || (n %% 50000), 'r' || (n %% 30), 9, 'CNY', placed,
    placed + interval '2 days', placed + interval '7 days', {_COMMON} FROM made;
INSERT INTO evidence_shipment (order_id, shipped_at, delivered_at, {_COLUMNS})
SELECT 'o' || n, placed + random() * interval '2 days', placed + interval '2 days' + random() * interval '5 days', {_COMMON}
FROM made WHERE n %% 50 > 0;
INSERT INTO evidence_return (return_id, order_id, opened_at, reason, first_reason, refunded_at, closed_at, {_COLUMNS})
SELECT 'r' || n, 'o' || n, placed + interval '8 days', 'quality', CASE WHEN n %% 60 = 0 THEN 'size' ELSE 'quality' END,
    CASE WHEN n %% 7 > 0 THEN placed + interval '8 days' + random() * interval '4 days' END,
    CASE WHEN n %% 14 = 0 THEN placed + interval '10 days' END, {_COMMON} FROM made WHERE n %% 20 = 0;
INSERT INTO evidence_conversation (conversation_id, store_id, started_at, first_reply_at, {_COLUMNS})
SELECT 'h' || n, store, placed, placed + random() * interval '9 min', {_COMMON} FROM made WHERE n %% 5 = 0;
INSERT INTO evidence_response (response_id, respondent_ref, order_id, answered_at, overall, {_COLUMNS})
SELECT 'q' || n, 'b' || n, 'o' || n, placed + interval '9 days', 1 + n %% 5, {_COMMON} FROM made WHERE n %% 6 = 0;
INSERT INTO evidence_exclusion (exclusion_id, reason, region, starts_at, ends_at, {_COLUMNS})
SELECT 'x' || n, 'carrier_event', 'r' || n, %(end)s::timestamptz - n * interval '6 days', %(end)s::timestamptz
    - n * interval '6 days' + interval '2 days', {_COMMON} FROM generate_series(1, 12) AS n;
INSERT INTO evidence_exclusion (exclusion_id, reason, order_id, {_COLUMNS})
SELECT 'y' || n, 'platform_fault', 'o' || n, {_COMMON} FROM made WHERE n %% 500 = 0;
INSERT INTO evidence_hold (pattern, fingerprint, subject_kind, subject_id, day, details, status, held_at, due_on, reason)
VALUES ('burst', 'f', 'store', 's1', now()::date, '{{}}', 'held', now(), now()::date, '');
INSERT INTO evidence_heldunit (hold_id, unit) SELECT (SELECT min(id) FROM evidence_hold), 'o' || ':o' || n FROM made
WHERE n %% 400 = 0;
"""
_PLAIN = "SELECT store_id, count(*), avg(amount) FROM evidence_order WHERE placed_at >= %s GROUP BY 1"


def main() -> None:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    os.environ["TEST_DB_SUFFIX"] = "bench_practices"
    with _scratch_database():
        _fill(options.stores, options.orders)
        figures = _measure(options.stores)
    for name, value in figures.items():
        print(f"{name:32} {value:12,.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=100_000)
    parser.add_argument("--orders", type=int, default=2_000_000)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


@contextlib.contextmanager
def _scratch_database() -> Iterator[None]:
    """A database of its own on the project's server, gone afterwards."""
    import django
    from django.conf import settings

    from reputation.config import database

    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)
    django.setup()
    from django.db import connection

    before = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _fill(stores: int, orders: int) -> None:
    from django.db import connection

    from reputation.base.time import day_start

    end = day_start(NIGHT + timedelta(days=1))
    with connection.cursor() as cursor:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"stores": stores, "orders": orders, "end": end})
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within a minute


def _measure(stores: int) -> dict[str, float]:
    from django.db import connection

    from reputation.base.time import day_start
    from reputation.ratings.practices import practice_of, practices_write

    closed = dict.fromkeys(("shipments", "returns", "conversations", "responses"), str(NIGHT))
    with connection.cursor() as cursor:
        plain = _seconds(lambda: cursor.execute(_PLAIN, [day_start(NIGHT - timedelta(days=110))]))
    told: list[int] = []
    each: dict[str, float] = defaultdict(float)
    with connection.execute_wrapper(_timed(each)):
        written = _seconds(lambda: told.append(practices_write(night=NIGHT, closed=closed)))
    reads = [_seconds(lambda at=at: practice_of(NIGHT, "store", f"s{at * 7}")) for at in range(500)]  # type: ignore[misc]
    return {
        "one plain count, s": plain,
        "practices, s": written,
        "as many plain counts": written / plain,
        **{f"  {name}, s": took for name, took in each.items() if took > 0.01},
        "subjects told of": told[0],
        "reading one, ms (median)": 1000 * statistics.median(reads),
        "reading one, ms (95 %)": 1000 * sorted(reads)[int(0.95 * len(reads))],
    }


def _timed(each: dict[str, float]) -> Callable[..., object]:
    """Adds up how long the statements took, by the table or figure that they make."""

    def timed(execute: Callable[..., object], sql: str, *rest: object) -> object:
        made = re.search(r"TABLE (\w+) ON|'(\w+)', jsonb_build|INTO (ratings_\w+)", sql)
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            each[next(filter(None, made.groups())) if made else "other"] += time.perf_counter() - began

    return timed


def _seconds(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
