"""How long a store of 50,000 orders waits for the orders behind its measures, through the whole of Django.

    python bench/metrics.py [--orders 50000] [--others 200000] [--requests 10] [--json FILE]

Fills a scratch database with a year of one store's orders among those of others, then asks for its pages in turn through
Django's test client (middleware, session, membership, queries, rules, template), so a busy neighbour slows all of them
alike. p50 and p95 are milliseconds on the clock; "web" and "database" the processor time of both processes per request.
Exits with 1 if any page takes more than 300 ms of both together.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
LIMIT = 300.0  # ms of processor time
STORE = "stores/s0"
PAGES = {
    "all measures": f"/portal/metrics/{STORE}",
    "late dispatch": f"/portal/metric/late_dispatch/{STORE}",
    "refused, 1 in 1000": f"/portal/metric/refused_return/{STORE}",
    "problem of any cause": f"/portal/metric/problem/{STORE}",
    "cleared alone": f"/portal/metric/late_delivery/{STORE}?shown=cleared",
    "part of a number": f"/portal/metric/defect/{STORE}?search=o-12",
    "slowest dispatch": f"/portal/metric/dispatch_time/{STORE}",
    "slowest refunds": f"/portal/metric/refund_time/{STORE}",
    "chats": f"/portal/metric/slow_reply/{STORE}",
}
TABLES = {"whole list as CSV": f"/portal/metric/defect.csv/{STORE}", "as XLSX": f"/portal/metric/defect.xlsx/{STORE}"}
# A year of orders, the first of them of s0, and what became of them: some 8 % late, 6 % returned, 1 % complained about.
_FILL = """
SELECT setseed(0.5);
INSERT INTO evidence_order (order_id, store_id, buyer_ref, region, amount, placed_at, ship_by, deliver_by, observed_at,
    first_observed_at, sent, versions, retracted, batch_id)
SELECT 'o-' || n, CASE WHEN n <= %(own)s THEN 's0' ELSE 's' || (1 + n %% 200) END, 'b' || n %% 9000, 'R' || n %% 30, 25, at,
    at + interval '2 days', at + interval '6 days', at, at, 1, 1, false, 1
FROM (SELECT n, %(now)s::timestamptz - random() * interval '365 days' AS at FROM generate_series(1, %(all)s) n) placed;
INSERT INTO evidence_shipment (order_id, shipped_at, delivered_at, shipped_known_at, delivered_known_at, observed_at,
    first_observed_at, sent, versions, retracted, batch_id)
SELECT order_id, sent_at, sent_at + took, sent_at, sent_at + took, placed_at, placed_at, 1, 1, false, 1 FROM (
    SELECT *, placed_at + (CASE WHEN random() < 0.08 THEN 2.6 ELSE random() * 1.9 END) * interval '1 day' AS sent_at,
        (CASE WHEN random() < 0.04 THEN 7 ELSE 1 + 2 * random() END) * interval '1 day' AS took FROM evidence_order
) o WHERE sent_at + took < %(now)s;
INSERT INTO evidence_return (return_id, order_id, opened_at, reason, first_reason, refunded_at, closed_at, refunded_known_at,
    closed_known_at, observed_at, first_observed_at, sent, versions, retracted, batch_id)
SELECT 'r-' || order_id, order_id, at, why, why, CASE WHEN NOT refused THEN at + wait END, at + wait,
    CASE WHEN NOT refused THEN at + wait END, at + wait, at, at, 1, 1, false, 1 FROM (
    SELECT *, placed_at + interval '6 days' AS at, random() < 0.02 AS refused, random() * interval '80 hours' AS wait,
        (ARRAY['quality', 'damaged', 'not_as_described', 'size', 'no_reason'])[1 + floor(random() * 5)::int] AS why
    FROM evidence_order WHERE random() < 0.06
) o WHERE at + wait < %(now)s;
INSERT INTO evidence_complaint (complaint_id, order_id, store_id, opened_at, category, closed_at, outcome, outcome_known_at,
    first_response_at, first_response_known_at, observed_at, first_observed_at, sent, versions, retracted, batch_id)
SELECT 'c-' || order_id, order_id, store_id, at, 'service', at + interval '2 days', 'upheld', at + interval '2 days',
    at + interval '1 day', at + interval '1 day', at, at, 1, 1, false, 1
FROM (SELECT *, placed_at + interval '4 days' AS at FROM evidence_order WHERE random() < 0.01) o WHERE at < %(now)s;
INSERT INTO evidence_response (response_id, order_id, answered_at, overall, as_described, service, logistics, observed_at,
    first_observed_at, sent, versions, retracted, batch_id)
SELECT 'a-' || order_id, order_id, placed_at + interval '8 days', 1 + floor(5 * sqrt(random()))::int, 4, 5, 4,
    placed_at + interval '8 days', placed_at + interval '8 days', 1, 1, false, 1
FROM evidence_order WHERE random() < 0.15 AND placed_at < %(now)s::timestamptz - interval '9 days';
INSERT INTO evidence_conversation (conversation_id, store_id, started_at, first_reply_at, first_reply_known_at, resolved,
    rating, observed_at, first_observed_at, sent, versions, retracted, batch_id)
SELECT 'h-' || n, 's0', at, at + random() * interval '4 minutes', at + interval '4 minutes', true, 5, at, at, 1, 1, false, 1
FROM (SELECT n, %(now)s::timestamptz - random() * interval '365 days' AS at FROM generate_series(1, %(own)s / 3) n) chats;
INSERT INTO evidence_exclusion (exclusion_id, reason, region, starts_at, ends_at, observed_at, first_observed_at, sent,
    versions, retracted, batch_id)
SELECT 'x-' || n, 'carrier_event', 'R' || n %% 30, at, at + interval '3 days', at, at, 1, 1, false, 1
FROM (SELECT n, %(now)s::timestamptz - random() * interval '365 days' AS at FROM generate_series(1, 40) n) storms;
INSERT INTO evidence_closedday (kind, day, closed_at)
SELECT kind, %(now)s::date - 1, %(now)s FROM unnest(ARRAY['orders', 'shipments', 'returns', 'complaints', 'responses',
    'conversations']) kind;
"""


def main() -> int:
    from bench.desk import _scratch_database

    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    os.environ["TEST_DB_SUFFIX"] = "bench_metrics"
    with _scratch_database():
        user = _fill(options.orders, options.orders + options.others)
        figures = _measure(user, options.requests)
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return int(any(row["web"] + row["database"] > LIMIT for name, row in figures.items() if name in PAGES))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=50_000, help="of the store that asks")
    parser.add_argument("--others", type=int, default=200_000, help="orders of other stores")
    parser.add_argument("--requests", type=int, default=10, help="of each page")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


def _fill(own: int, orders: int) -> Any:
    """The orders, and somebody who acts for the store."""
    from django.contrib.auth.models import User
    from django.db import connection

    from reputation.base.time import now
    from reputation.subjects.services import membership_grant
    from tests.portal import world

    world.store("s0", "A store with many orders")
    with connection.cursor() as cursor:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, {"own": own, "all": orders, "now": now() - timedelta(hours=1)})
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within a minute
    user = User.objects.create_user("asks")
    membership_grant(user=user, kind="store", subject_id="s0", role="owner")
    return user


def _measure(user: Any, requests: int) -> dict[str, dict[str, float]]:
    from django.db import connection
    from django.test import Client

    from bench.desk import _figures, _request

    client = Client()
    client.force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # one process to take the time of
    for address in PAGES.values():
        client.get(address)  # the first of each reads templates and libraries
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _turn in range(requests):
        for name, address in PAGES.items():
            for part, value in _request(client, address).items():
                figures[name][part].append(value)
    return {name: _figures(parts) for name, parts in figures.items()} | {
        name: _table(client, address) for name, address in TABLES.items()
    }


def _table(client: Any, address: str) -> dict[str, float]:
    """A whole list, read to its end once."""
    start, own = time.perf_counter(), time.process_time()
    content = b"".join(client.get(address).streaming_content)
    took = 1000 * (time.perf_counter() - start)
    return {"p50": took, "p95": took, "web": 1000 * (time.process_time() - own), "database": 0.0, "bytes": len(content)}


def _print(figures: dict[str, dict[str, float]]) -> None:
    sys.stdout.write(f"{'page':24}{'p50 ms':>10}{'p95 ms':>10}{'web ms':>10}{'database ms':>13}\n")
    for name, row in figures.items():
        numbers = f"{row['p50']:10.0f}{row['p95']:10.0f}{row['web']:10.0f}{row['database']:13.0f}"
        sys.stdout.write(f"{name:24}{numbers}\n")


if __name__ == "__main__":
    sys.exit(main())
