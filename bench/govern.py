"""What a night's governance costs: 30 rules over 100,000 stores, flags, items, tiers and automatic actions, by part.

    python bench/govern.py [--stores 100000] [--rules 30] [--nights 3]

A database and a folder of its own, thrown away afterwards. Day files are those of bench/model.py; the rules are the
shipped ones over and over, each copy over other windows, at a fraction of their thresholds, so that many fire. The
first night opens everything, as a new policy does; the later ones are usual nights.
"""

from __future__ import annotations

import argparse
import copy
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from bench.model import LAST_DAY, market  # noqa: E402
from scoring.policy import policy_read  # noqa: E402
from scoring.policy.vocabulary import WINDOWS  # noqa: E402

DAYS = 95  # of day files: the longest window, and the nights
STARS = (0, 1, 2, 3, 4, 5, 6, 7, 30, 31, 60, 61, 90, 91, 120)  # nights back of which there are ratings
FRACTION = 0.5  # of a shipped threshold
PARTS = ("night_read", "spells_write", "reach_write", "night_act", "items_open", "audit_append")
LIMIT = 60.0  # seconds of a usual night


def many(rules: int) -> str:
    """A policy of so many rules, as a file."""
    shipped = yaml.safe_load((ROOT / "policies" / "default.yaml").read_text())
    taken = [rule for _number, rule in zip(range(rules), _copies(shipped["rules"]), strict=False)]
    assert len(taken) == rules, f"only {len(taken)} rules come of the shipped ones"
    return yaml.safe_dump(shipped | {"rules": taken}, allow_unicode=True)


def _copies(shipped: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Those that can fire: windows that wrap around make some that cannot."""
    for shift in range(len(WINDOWS)):
        for rule in shipped:
            moved = copy.deepcopy(rule) | {"id": f"{rule['id']}_{shift}"}
            for leaf in _leaves(moved["when"]):
                _move(leaf, shift)
            alone = {"policy": "one", "about": {"en": "a", "zh-hans": "a"}, "rules": [moved]}
            if policy_read(yaml.safe_dump(alone, allow_unicode=True)).policy is not None:
                yield moved


def _leaves(condition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for part in condition.get("all", []) + condition.get("any", []):
        yield from _leaves(part) if {"all", "any"} & part.keys() else [part]


def _move(leaf: dict[str, Any], shift: int) -> None:
    if "window" in leaf and leaf["metric"] != "star_change":
        leaf["window"] = WINDOWS[(WINDOWS.index(leaf["window"]) + shift) % len(WINDOWS)]
    if isinstance(leaf["than"], float) and leaf["than"] < 1:
        leaf["than"] *= FRACTION
    elif isinstance(leaf["than"], dict):
        leaf["than"]["times"] = 1.0
    elif leaf["read"] == "count":
        leaf["than"] = max(1, round(leaf["than"] * FRACTION / 10))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("--stores", 100_000), ("--rules", 30), ("--nights", 3)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        return inside(asked.stores, asked.rules, asked.nights)
    with tempfile.TemporaryDirectory(prefix="lsb", dir=os.environ.get("TMPDIR", "/tmp")) as folder:
        environment = os.environ | {"LIVESTAR_VAR": folder, "MARKET_TIME_ZONE": "Asia/Shanghai"}
        os.chmod(folder, 0o755)  # the server runs as another user where we are root
        try:
            subprocess.run([sys.executable, __file__, *sys.argv[1:], "--inside"], env=environment, check=True, cwd=ROOT)
        finally:
            subprocess.run([sys.executable, "manage.py", "stop"], env=environment, cwd=ROOT, check=False)
    return None


# Everything below runs in a process of its own, on the database that it fills


def inside(stores: int, rules: int, nights: int) -> None:
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "reputation.config.settings"
    from django.conf import settings

    from reputation.config import database

    database.ensure_running(settings.EMBEDDED_POSTGRES)
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    days = [LAST_DAY - timedelta(days=back) for back in range(nights - 1, -1, -1)]
    fill(stores, days, many(rules))
    print(f"-- {stores:,} stores, {rules} rules")
    for day in days:
        measure(day)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def fill(stores: int, nights: list[date], text: str) -> None:
    """Day files, published nights, stars of past ones, and the policy in force."""
    from django.conf import settings

    folder = Path(settings.LIVESTAR_VAR)
    (folder / "days").mkdir(exist_ok=True)
    (folder / "subjects").mkdir(exist_ok=True)
    manifest = market(stores, DAYS, folder / "days")
    known = pd.read_parquet(folder / "days" / "subjects.parquet").assign(retracted=False)
    known["name"] = "Store " + known["subject_id"]
    known.to_parquet(folder / "subjects" / "known.parquet")
    for night in sorted({*nights, *(LAST_DAY - timedelta(days=back) for back in STARS)}):
        _stars(night, known)
        _publication(night, manifest)
    _in_force(text)


def _publication(night: date, manifest: dict[str, dict[str, str]]) -> None:
    from reputation.base.time import now
    from reputation.ratings.models import Publication, Scale, StarModelRecord

    learnt = {"night": night, "artefacts": {}, "figures": {}}
    Publication.objects.create(
        night=night, published_at=now(), closed_through={}, figures={}, inputs={"subjects": "known"},
        model=StarModelRecord.objects.get_or_create(name="m", defaults=learnt)[0],
        scale=Scale.objects.get_or_create(version=1, defaults={"breakpoints": {}, "fitted_on": night})[0],
        manifest={family: {day: digest for day, digest in of.items() if day <= str(night)}
                  for family, of in manifest.items() if family != "outcomes"} | {"outcomes": {}},
    )  # fmt: skip


def _stars(night: date, known: pd.DataFrame) -> None:
    """Most have a star; one in twelve a low one, mostly the same from night to night."""
    from reputation.ratings.services import ratings_write

    settled = np.random.default_rng(3).uniform(2.3, 5.0, len(known))
    tonight = np.random.default_rng(night.toordinal()).normal(0, 0.05, len(known))
    rows = pd.DataFrame({
        "kind": "store", "subject_id": known["subject_id"], "name": known["name"], "category": known["category"],
        "state": "rated", "basis": "orders", "stars": np.clip(settled + tonight, 1, 5).round(1), "orders_counted": 90,
        "confirmed_defects": 2, "aspects": "{}", "excluded": "{}", "withheld_for": "",
    })  # fmt: skip
    ratings_write(night=night, rows=rows, guard=lambda: None)


def _in_force(text: str) -> None:
    from reputation.governance.models import PolicyVersion
    from reputation.governance.services import policies_settle, policy_activate

    since = LAST_DAY - timedelta(days=30)
    version = policy_activate(content=text, today=since - timedelta(days=15))
    PolicyVersion.objects.filter(pk=version.pk).update(live_from=since)
    policies_settle(today=since)


class Clock:
    """Wall and processor seconds by name; other work on the machine, and waiting for the database, lengthen the first."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}

    def timed(self, name: str, part: Callable[..., Any]) -> Callable[..., Any]:
        def run(*told: Any, **named: Any) -> Any:
            began = time.perf_counter(), time.process_time()
            try:
                return part(*told, **named)
            finally:
                spent = time.perf_counter() - began[0], time.process_time() - began[1]
                self.took[name] = [sum(pair) for pair in zip(self.took.get(name, (0, 0)), spent, strict=True)]

        return run


def measure(night: date) -> None:
    from reputation.governance.nights import govern

    clock = Clock()
    real = {name: getattr(govern, name) for name in PARTS}
    for name, part in real.items():
        setattr(govern, name, clock.timed(name, part))
    figures = clock.timed("all", govern.night_govern)(night=night, act=True, guard=lambda: None)
    for name, part in real.items():
        setattr(govern, name, part)
    print(
        f"night {night}: {figures['all']} flags of {len(figures['rules'])} rules; {figures['acted']} acted on, "
        f"{figures['lifted']} lifted, {figures['items']} before people"
    )
    for name, (wall, processor) in clock.took.items():
        ratio = f"   {wall / LIMIT:.2f} of the limit" if name == "all" else ""
        print(f"  {name:14} {wall:7.1f} s   {processor:6.1f} s of processor{ratio}", flush=True)


if __name__ == "__main__":
    main()
