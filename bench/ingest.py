"""How fast evidence comes in, against the limit that plain COPY sets: python bench/ingest.py [--rows N]

Starts a PostgreSQL of its own in a temporary folder and drops it. Rounds are interleaved and figures are medians,
because the machine may be busy with other things: the ratios count.
"""

import argparse
import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
BATCH_ROWS, CLIENTS = 5000, 2
START = datetime(2026, 1, 1, tzinfo=UTC)


def order(number: int) -> dict[str, Any]:
    """An order of 14 fields."""
    placed = START + timedelta(seconds=number % 20_000_000)
    return {
        "order_id": f"O{number:09d}",
        "store_id": f"S{number * 7919 % 3000:06d}",
        "anchor_id": f"A{number * 31 % 400:05d}",
        "live_id": f"L{number * 37 % 9000:07d}",
        "item_ref": f"I{number * 41 % 50_000:07d}",
        "buyer_ref": f"B{number * 43 % 200_000:08d}",
        "payment_ref": f"P{number * 47 % 200_000:08d}",
        "region": f"Region {number % 8}",
        "category": f"category {number % 12}",
        "amount": Decimal(number % 100_000) / 100,
        "currency": "CNY",
        "placed_at": placed,
        "ship_by": placed + timedelta(days=2),
        "deliver_by": placed + timedelta(days=6),
    }


def prepared(number: int, names: list[str]) -> tuple[Any, ...]:
    """The same order as the table's row has it, versions columns too."""
    now = datetime.now(UTC)
    kept = {"observed_at": now, "first_observed_at": now, "sent": 1, "versions": 1, "retracted": False, "batch_id": 1}
    row = {**order(number), **kept}
    return tuple(row.get(name) for name in names)


def copy_limit(numbers: range) -> float:
    """Rows a second of one COPY (text, psycopg) into the very table with its indexes."""
    from django.db import connection, transaction

    from reputation.evidence.models import Order

    names = [field.column for field in Order._meta.concrete_fields]
    rows = [prepared(number, names) for number in numbers]
    started = time.perf_counter()
    statement = f"COPY evidence_order ({', '.join(names)}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
    return len(rows) / (time.perf_counter() - started)


def post_all(port: int, key: str, bodies: list[bytes]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    for body in bodies:
        connection.request("POST", "/api/v1/evidence/orders", body, headers)
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise SystemExit(f"the API answered {answer.status}: {said[:500]!r}")


def over_http(numbers: range, port: int, key: str) -> float:
    import msgspec

    parts = [numbers[at : at + BATCH_ROWS] for at in range(0, len(numbers), BATCH_ROWS)]
    bodies = [msgspec.json.encode([order(number) for number in part]) for part in parts]
    with ProcessPoolExecutor(CLIENTS) as pool:
        list(pool.map(abs, range(CLIENTS)))  # the clients are up before the clock starts
        started = time.perf_counter()
        shares = [bodies[client::CLIENTS] for client in range(CLIENTS)]
        list(pool.map(post_all, [port] * CLIENTS, [key] * CLIENTS, shares))
        return len(numbers) / (time.perf_counter() - started)


def from_file(path: Path, count: int) -> float:
    from reputation.evidence.loading import file_load

    started = time.perf_counter()
    loaded = file_load(kind="orders", path=path)
    seconds = time.perf_counter() - started
    if loaded.accepted != count:
        raise SystemExit(f"load took {loaded.accepted} of {count} rows: {loaded.first_rejections}")
    return count / seconds


def write_file(path: Path, numbers: range) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.Table.from_pylist([order(number) for number in numbers]), path)


def emptied() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE evidence_order, evidence_dirtyunit")
        cursor.execute("CHECKPOINT")


@contextmanager
def database(folder: str) -> Iterator[None]:
    os.environ |= {"LIVESTAR_VAR": folder, "DJANGO_SETTINGS_MODULE": "reputation.config.settings", "DATABASE_URL": ""}
    import django
    from django.conf import settings
    from django.core.management import call_command

    from reputation.config import database as server

    django.setup()
    server.ensure_running(settings.EMBEDDED_POSTGRES)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        server.stop(settings.EMBEDDED_POSTGRES)


@contextmanager
def web() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--workers", "2"]
    command += [
        "--blocking-threads",
        "1",
        "--port",
        str(port),
        "--log-level",
        "warning",
        "reputation.config.wsgi:application",
    ]
    server = subprocess.Popen([*command, "--working-dir", str(ROOT)], cwd=ROOT, start_new_session=True)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=1).connect()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the web server does not answer")


def measure(rows: int, rounds: int, folder: Path) -> dict[str, list[float]]:
    from reputation.base.keys import api_key_create

    _key, secret = api_key_create(name="bench", scopes=["evidence:write"])
    write_file(folder / "orders.parquet", range(rows))
    figures: dict[str, list[float]] = {"COPY": [], "API": [], "load": []}
    with web() as port:
        for _round in range(rounds):
            emptied()
            figures["COPY"].append(copy_limit(range(rows)))
            emptied()
            figures["API"].append(over_http(range(rows), port, secret))
            emptied()
            figures["load"].append(from_file(folder / "orders.parquet", rows))
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(folder):
        figures = measure(options.rows, options.rounds, Path(folder))
    limit = statistics.median(figures["COPY"])
    for name, values in figures.items():
        middle = statistics.median(values)
        each = ", ".join(f"{value:,.0f}" for value in values)
        print(f"{name:5} {middle:9,.0f} rows/s  {middle / limit:.2f} of COPY  ({each})")


if __name__ == "__main__":
    main()
