"""How long the consumer site's pages take at 100,000 stores, through the whole of Django.

    python bench/pages.py [--stores 100000] [--requests 60] [--json FILE]

Fills a scratch database with one published night, then asks for the pages in turn through Django's test client
(middleware, view, queries, template), each time for another store or another text, so a busy neighbour slows all of them
alike. p50 and p95 are milliseconds on the clock; "web" and "database" the processor time of both processes per request,
which no neighbour can stretch; "of bare" how many times the processor time of a page that does nothing. Exits with 1 if
a page that has a limit takes more than 50 ms of both together. The first request of a night, which reads the night's
table into the process, is told apart.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
NIGHT = "2026-11-20"
LIMIT = 50.0  # ms of processor time
# Few letters, letters in very many names, names, sounds, slips, and what no name holds.
TYPED = (
    "a",
    "e",
    "月",
    "mi",
    "ar",
    "lane",
    "青禾",
    "青禾 lane 42",
    "yueguang",
    "ygxg",
    "越光小鋪",
    "S004242",
    "1",
    "42",
)
SLIPS = ("lotsu", "harbuor lnae", "yuegaung", "emebr wokrs 55", "月先小铺")
NONSENSE = (
    "zq" * 50,
    "x y z w v u t s r q",
    "qqqq wwww eeee rrrr tttt yyyy",
    "\U0001f4a5",
    "a\0b",
    "'\"\\%_|&!():*",
    "馬" * 100,
)


def main() -> int:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    os.environ["TEST_DB_SUFFIX"] = "bench_pages"
    with _scratch_database():
        _fill(options.stores)
        figures = _measure(options.stores, options.requests)
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return int(any(row["web"] + row["database"] > LIMIT for row in figures.values()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=60, help="of each page")
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
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # nothing was collected
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    django.setup()
    from django.db import connection

    before = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _fill(stores: int) -> None:
    from django.db import connection

    from bench.market import publish_night

    connection.ensure_connection()
    publish_night(connection.connection, stores, NIGHT)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within a minute


def pages(stores: int) -> dict[str, Iterator[str]]:
    """Name -> addresses without end."""
    from bench.market import CATEGORIES

    chance = random.Random(11)

    def store() -> str:
        return f"S{chance.randrange(stores):06d}"

    return {
        "bare": itertools.repeat("/robots.txt"),
        "front page": itertools.repeat("/"),
        "store": (f"/stores/{store()}" for _ in itertools.count()),
        "search": (f"/?q={quote(text)}" for text in itertools.cycle(TYPED)),
        "search, a slip": (f"/?q={quote(text)}" for text in itertools.cycle(SLIPS)),
        "search, nonsense": (f"/?q={quote(text)}" for text in itertools.cycle(NONSENSE)),
        "search, page 200": itertools.repeat("/?q=e&kind=store&page=200"),
        "suggest": (f"/suggest?q={quote(text)}" for text in itertools.cycle(TYPED)),
        "suggest, a slip": (f"/suggest?q={quote(text)}" for text in itertools.cycle(SLIPS)),
        "suggest, nonsense": (f"/suggest?q={quote(text)}" for text in itertools.cycle(NONSENSE)),
        "category": (f"/categories/{quote(name)}" for name in itertools.cycle(CATEGORIES)),
        "category, ordered": (
            f"/categories/{quote(name)}?show=4.5&order=name&page={chance.randrange(1, 90)}"
            for name in itertools.cycle(CATEGORIES)
        ),
        "compare": (f"/compare?store={store()}&store={store()}&store={store()}" for _ in itertools.count()),
    }


def _measure(stores: int, requests: int) -> dict[str, dict[str, float]]:
    from django.db import connection
    from django.test import Client

    client = Client()
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # one process to take the time of
    addresses = pages(stores)
    _request(client, "/robots.txt")  # imports all pages
    sys.stdout.write(f"first search of the night: {_first(client, '/?q=a')}\n")
    sys.stdout.write(f"first front page of the night: {_first(client, '/')}\n")
    for name in addresses:
        _request(client, next(addresses[name]))  # the first of each reads templates
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _turn in range(requests):
        for name, those in addresses.items():
            for part, value in _request(client, next(those)).items():
                figures[name][part].append(value)
    bare = 1000 * statistics.mean(map(sum, zip(figures["bare"]["web"], figures["bare"]["database"], strict=True)))
    return {name: _figures(parts, bare) for name, parts in figures.items()}


def _first(client: Any, address: str) -> str:
    took = _request(client, address)
    return f"{1000 * took['clock']:,.0f} ms, {1000 * (took['web'] + took['database']):,.0f} ms of processor time"


def _request(client: Any, address: str) -> dict[str, float]:
    start, own, database = time.perf_counter(), time.process_time(), _backend_seconds()
    answer = client.get(address)
    took = {"clock": time.perf_counter() - start, "web": time.process_time() - own}
    assert answer.status_code == 200, (address, answer.status_code)
    return took | {"database": _backend_seconds() - database}


def _backend_seconds() -> float:
    """Processor time of the server process of our connection, in steps of a clock tick: means over many are exact."""
    from django.db import connection

    connection.ensure_connection()
    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(parts: dict[str, list[float]], bare: float) -> dict[str, float]:
    clock = [1000 * value for value in parts["clock"]]
    means = {part: 1000 * statistics.mean(parts[part]) for part in ("web", "database")}
    own95 = statistics.quantiles([1000 * value for value in parts["web"]], n=20)[-1]
    ends = {"p50": statistics.median(clock), "p95": statistics.quantiles(clock, n=20)[-1], "web_p95": own95}
    return ends | means | {"of_bare": sum(means.values()) / bare}


def _print(figures: dict[str, dict[str, float]]) -> None:
    heads = ("p50 ms", "p95 ms", "web ms", "web p95", "database ms", "of bare")
    sys.stdout.write(f"{'page':22}" + "".join(f"{head:>13}" for head in heads) + "\n")
    for name, row in figures.items():
        numbers = (row["p50"], row["p95"], row["web"], row["web_p95"], row["database"], row["of_bare"])
        sys.stdout.write(f"{name:22}" + "".join(f"{number:13.1f}" for number in numbers) + "\n")


if __name__ == "__main__":
    sys.exit(main())
