"""How many reads a second the web server answers, as shares of what a bare view of the same server manages.

    python -m bench.reads [--stores 100000] [--seconds 2] [--rounds 5] [--json FILE]

Fills a scratch database with one published night, starts granian on a free port of the loopback interface with two
workers, and drives every kind of request in turn, several rounds, so that a busy neighbour slows all of them alike.
"""

import argparse
import contextlib
import http.client
import json
import math
import multiprocessing
import os
import random
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

import psycopg

from bench.market import fill

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "livestar_bench_reads"
CLIENTS = 2
CONNECTIONS = 4  # of each client
NIGHT = "2026-11-20"
ETAG = f'"{NIGHT}.1.en"'


def main() -> None:
    options = _options()
    with _scratch_database() as url, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATABASE_URL": url, "LIVESTAR_VAR": folder, "DEBUG": "False"}
        (Path(folder) / "static").mkdir()
        fill(url, environment, options.stores, NIGHT)
        with _server(environment) as (port, group):
            figures = _measure(port, group, url, options)
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each kind of request in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser.parse_args()


@contextlib.contextmanager
def _scratch_database() -> Iterator[str]:
    """A database of its own on the project's server, gone afterwards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    from django.conf import settings

    from reputation.config import database

    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)
        server = f"postgresql://postgres@{quote(str(settings.EMBEDDED_POSTGRES), safe='')}"
    else:
        server = settings.DATABASE_URL.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        try:
            yield f"{server}/{DATABASE}"
        finally:
            connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


@contextlib.contextmanager
def _server(environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--log-level", "warning", "--interface", "wsgi"]
    command += ["--blocking-threads", "1", "--workers", "2"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-ws", "reputation.config.wsgi:application"]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        _wait_for(port)
        yield port, server.pid
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


def _wait_for(port: int) -> None:
    """Until it answers: the socket takes connections long before a worker is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET", "/robots.txt")
            return connection.getresponse().close()
        time.sleep(0.1)
    raise SystemExit("the server did not come up within a minute")


def requests_of(stores: int, seed: int) -> dict[str, tuple[int, list[bytes]]]:
    """Per kind of request: the status that is right, and requests to go round. Bare is the view that does nothing.

    Each seed draws other ids, else the second round would find all its answers kept by the first.
    """
    chance = random.Random(seed)
    uniform = [chance.randrange(stores) for _ in range(20_000)]
    popular = [min(int(math.exp(chance.random() * math.log(stores))), stores) - 1 for _ in range(20_000)]
    pages = [f"/api/v1/stores?page={page}&category=beauty" for page in range(1, 40)]
    search = [f"/api/v1/stores?search={quote(text)}" for text in ("月光", "lane", "青禾", "wear h", "mi")]
    return {
        "bare": (200, [_request("/robots.txt")]),
        "detail, popular ids": (200, [_request(f"/api/v1/stores/S{i:06d}") for i in popular]),
        "detail, uniform ids": (200, [_request(f"/api/v1/stores/S{i:06d}") for i in uniform]),
        "not modified": (304, [_request(f"/api/v1/stores/S{i:06d}", ETAG) for i in uniform]),
        "list": (200, [_request(path) for path in pages]),
        "search": (200, [_request(path) for path in search]),
    }


def _request(path: str, etag: str | None = None) -> bytes:
    condition = f"If-None-Match: {etag}\r\n" if etag else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Language: en\r\n{condition}\r\n".encode()


def _measure(port: int, group: int, url: str, options: argparse.Namespace) -> dict[str, dict[str, float]]:
    rates: dict[str, list[float]] = defaultdict(list)
    costs: dict[str, list[float]] = defaultdict(list)
    for seed in range(options.rounds):
        for kind, (status, requests) in requests_of(options.stores, seed).items():
            before = _cpu_seconds(group, url)
            answers = _drive(port, status, requests, options.seconds)
            rates[kind].append(answers / options.seconds)
            costs[kind].append((_cpu_seconds(group, url) - before) / answers * 1e6)
    return {kind: _figures(rates[kind], rates["bare"], costs[kind]) for kind in rates}


def _figures(rates: list[float], bare: list[float], costs: list[float]) -> dict[str, float]:
    return {
        "per_second": statistics.median(rates),
        "of_bare": statistics.median(rate / least for rate, least in zip(rates, bare, strict=True)),
        "cpu_microseconds": statistics.median(costs),
    }


def _cpu_seconds(group: int, url: str) -> float:
    """CPU time so far of the web server's processes and of the database's, which no busy neighbour can stretch."""
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [DATABASE])
        backends = {pid for (pid,) in found}
    ticks = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group or int(folder.name) in backends:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _drive(port: int, status: int, requests: Sequence[bytes], seconds: float) -> int:
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        parts = [(port, status, requests[client::CLIENTS] or requests, seconds) for client in range(CLIENTS)]
        return sum(pool.starmap(_client, parts))


def _client(port: int, status: int, requests: Sequence[bytes], seconds: float) -> int:
    """Answers got in `seconds` over CONNECTIONS kept-alive connections, one request under way on each."""
    selector, done, turn = selectors.DefaultSelector(), 0, 0
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        selector.register(connection, selectors.EVENT_READ, bytearray())
        connection.sendall(requests[turn % len(requests)])
        turn += 1
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for key, _events in selector.select(1):
            key.data.extend(key.fileobj.recv(1 << 18))
            if _whole(key.data, status):
                key.data.clear()
                key.fileobj.sendall(requests[turn % len(requests)])
                turn, done = turn + 1, done + 1
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return done


def _whole(answer: bytearray, status: int) -> bool:
    head = answer.find(b"\r\n\r\n")
    if head < 0:
        return False
    if int(answer[9:12]) != status:
        raise SystemExit(f"expected {status}, got: {bytes(answer[:200])!r}")
    at = answer.lower().find(b"content-length:", 0, head)
    length = int(answer[at + 15 : answer.find(b"\r\n", at)]) if at >= 0 else 0
    return len(answer) >= head + 4 + (0 if status == 304 else length)


def _print(figures: dict[str, dict[str, float]]) -> None:
    bare = figures["bare"]["cpu_microseconds"]
    sys.stdout.write(f"{'request':24}{'per second':>12}{'of bare':>10}{'CPU us':>10}{'bare CPU / its':>16}\n")
    for kind, row in figures.items():
        cost = row["cpu_microseconds"]
        sys.stdout.write(f"{kind:24}{row['per_second']:12,.0f}{row['of_bare']:10.2f}{cost:10.0f}{bare / cost:16.2f}\n")


if __name__ == "__main__":
    main()
