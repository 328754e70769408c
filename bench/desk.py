"""How long the queue's pages take with many items open, through the whole of Django.

    python bench/desk.py [--open 50000] [--done 200000] [--requests 100] [--json FILE]

Fills a scratch database, then asks for the pages in turn through Django's test client (middleware, session, permissions,
queries, template), so a busy neighbour slows all of them alike. p50 and p95 are milliseconds on the clock; "web" and
"database" the processor time of both processes per request, which no neighbour can stretch. Exits with 1 if the whole
queue takes more than 150 ms of both together.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TIERS = ("head", "middle", *("tail",) * 8)
SEVERITIES = ("low", "low", "medium", "medium", "high", "critical")
LIMIT = 150.0  # ms of processor time
PAGES = {
    "whole queue": "/console/queue",
    "page 500": "/console/queue?page=500",
    "head alone": "/console/queue?kind=flag&tier=head",
    "overdue": "/console/queue?due=overdue",
    "part of a name": "/console/queue?subject=ore+4242",
    "mine": "/console/queue?whose=mine",
    "free and grave": "/console/queue?whose=free&severity=critical",
    "overview": "/console/",
}


def main() -> int:
    options = _options()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
    os.environ["TEST_DB_SUFFIX"] = "bench_desk"
    with _scratch_database():
        user = _fill(options.open, options.done)
        figures = _measure(user, options.requests)
    _print(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return int(figures["whole queue"]["web"] + figures["whole queue"]["database"] > LIMIT)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--open", type=int, default=50_000)
    parser.add_argument("--done", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=100, help="of each page")
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
    settings.STAFF_SECOND_FACTOR = False
    django.setup()
    from django.db import connection

    before = connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def _fill(waiting: int, done: int) -> Any:
    """Flags and their items, a tenth of them claimed; some skipped by who asks."""
    from django.contrib.auth.models import Group, User
    from django.db import connection

    from reputation.governance.models import Flag, Skip, WorkItem

    user, other = (User.objects.create_user(name, is_staff=True) for name in ("asks", "other"))
    user.groups.add(Group.objects.get(name="senior"))
    policy, chance = _policy(), random.Random(7)
    for state, count in (("open", waiting), ("done", done)):
        for start in range(0, count, 10_000):
            flags = [_flag(chance, policy, state, number) for number in range(start, min(start + 10_000, count))]
            Flag.objects.bulk_create(flags)
            WorkItem.objects.bulk_create([_item(chance, flag, state, (user, other)) for flag in flags])
    open_ones = list(WorkItem.objects.filter(state="open").values_list("pk", flat=True)[:2000:10])
    Skip.objects.bulk_create(Skip(item_id=pk, user=user, at=_now()) for pk in open_ones)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as the server does by itself within a minute
    return user


def _policy() -> Any:
    from reputation.governance.models import PolicyVersion

    text = (ROOT / "policies" / "default.yaml").read_text()
    today = _now().date()
    return PolicyVersion.objects.create(version=1, name="bench", text=text, digest="0", state="live", live_from=today)


def _flag(chance: random.Random, policy: Any, state: str, number: int) -> Any:
    from reputation.governance.models import Flag
    from reputation.governance.selectors import policy_of

    rules = _KEPT.setdefault("rules", [rule.id for rule in policy_of(policy).rules])
    today = _now().date()
    return Flag(
        policy=policy, rule=chance.choice(rules), kind="store", subject_id=f"{state}{number}", name=f"Store {number}",
        category=f"category {number % 20}", severity=chance.choice(SEVERITIES), tier=chance.choice(TIERS),
        orders=int(chance.paretovariate(1) * 30), sanction="warning", days=30, first_night=today, last_night=today,
        readings=[], opened_at=_now(), state="open" if state == "open" else "dismissed",
    )  # fmt: skip


_KEPT: dict[str, Any] = {}


def _item(chance: random.Random, flag: Any, state: str, users: tuple[Any, Any]) -> Any:
    from reputation.governance.desk.items import item_of

    due = _now() + timedelta(hours=chance.uniform(-48, 24 * 8))
    item = item_of(
        "flag", flag, severity=flag.severity, reach=flag.orders, due_at=due, subject_kind=flag.kind,
        subject_id=flag.subject_id, name=flag.name, category=flag.category, tier=flag.tier, rule=flag.rule,
    )  # fmt: skip
    item.state = state
    if state == "done":
        item.closed_at, item.outcome = _now(), "dismissed"
    elif chance.random() < 0.1:
        item.claimed_by, item.claimed_at = users[chance.random() > 0.01], _now()
        item.claimed_until = _now() + timedelta(minutes=30)
    return item


def _now() -> Any:
    from reputation.base.time import now

    return now()


def _measure(user: Any, requests: int) -> dict[str, dict[str, float]]:
    from django.db import connection
    from django.test import Client

    client = Client()
    client.force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")  # one process to take the time of
    for address in PAGES.values():
        client.get(address)  # the first of each reads templates and policies
    figures: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for _turn in range(requests):
        for name, address in PAGES.items():
            for part, value in _request(client, address).items():
                figures[name][part].append(value)
    return {name: _figures(parts) for name, parts in figures.items()}


def _request(client: Any, address: str) -> dict[str, float]:
    start, own, database = time.perf_counter(), time.process_time(), _backend_seconds()
    answer = client.get(address)
    took = {"clock": time.perf_counter() - start, "web": time.process_time() - own}
    assert answer.status_code == 200, (address, answer.status_code)
    return took | {"database": _backend_seconds() - database}


def _backend_seconds() -> float:
    """Processor time of the server process of our connection, in steps of a clock tick: means over many are exact."""
    from django.db import connection

    fields = Path(f"/proc/{connection.connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _figures(parts: dict[str, list[float]]) -> dict[str, float]:
    clock = [1000 * value for value in parts["clock"]]
    means = {part: 1000 * statistics.mean(parts[part]) for part in ("web", "database")}
    return {"p50": statistics.median(clock), "p95": statistics.quantiles(clock, n=20)[-1], **means}


def _print(figures: dict[str, dict[str, float]]) -> None:
    sys.stdout.write(f"{'page':20}{'p50 ms':>10}{'p95 ms':>10}{'web ms':>10}{'database ms':>13}\n")
    for name, row in figures.items():
        numbers = f"{row['p50']:10.0f}{row['p95']:10.0f}{row['web']:10.0f}{row['database']:13.0f}"
        sys.stdout.write(f"{name:20}{numbers}\n")


if __name__ == "__main__":
    sys.exit(main())
