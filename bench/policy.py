"""Policies over 100,000 subjects: a night under 30 rules, and the backtest of the policy that ships over 90 nights.

python bench/policy.py [--stores 100000] [--days 240] [--nights 90] [--rules 30] [--folder DIR] [--part night|past|pages]

Limits on two cores: a night's rules within 10 s, 90 nights within 5 minutes, every day file read once; of the pages, what
a rule does tonight at all its thresholds within 1 s, once the night is summed up.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import django
import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reputation.config.settings")
from bench.model import LAST_DAY, market  # noqa: E402
from scoring.archive import Archive  # noqa: E402
from scoring.policy import Policy, policy_read  # noqa: E402
from scoring.policy.backtest import backtest  # noqa: E402
from scoring.policy.evaluate import evaluate, fires, flags  # noqa: E402
from scoring.policy.impact import impact  # noqa: E402
from scoring.policy.night import walk  # noqa: E402
from scoring.policy.readings import Readings  # noqa: E402
from scoring.policy.report import text  # noqa: E402
from scoring.policy.rules import Condition, Group, needs  # noqa: E402
from scoring.roster import Roster  # noqa: E402
from scoring.windows import HORIZON  # noqa: E402

NIGHT_LIMIT, BACKTEST_LIMIT = 10.0, 300.0  # seconds


def default() -> Policy:
    found = policy_read((ROOT / "policies" / "default.yaml").read_bytes()).policy
    assert found is not None
    return found


def many(rules: int) -> Policy:
    """The shipped rules over and over, each copy over other windows, so that few readings are shared."""
    shipped = default().rules
    copies = [
        replace(shipped[at % len(shipped)], id=f"rule_{at}", when=_moved(shipped[at % len(shipped)].when, at))
        for at in range(rules)
    ]
    return Policy("many", {}, tuple(copies))


def _moved(condition: Condition, by: int) -> Condition:
    if isinstance(condition, Group):
        return replace(condition, parts=tuple(_moved(part, by) for part in condition.parts))
    windows = condition.measure.windows
    return (
        replace(condition, window=windows[(windows.index(condition.window) + by) % len(windows)])
        if windows
        else condition
    )


def known(stores: int) -> pd.DataFrame:
    ids = [f"store-{number:07d}" for number in range(stores)]
    categories = [f"category {number % 40}" for number in range(stores)]
    return pd.DataFrame({"kind": "store", "subject_id": ids, "category": categories, "opened_on": None})


class Clock:
    """Wall and processor time; other work on the machine lengthens the first alone."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def told(self, label: str, limit: float | None = None) -> None:
        wall, processor = time.perf_counter() - self._wall, time.process_time() - self._processor
        ratio = f"   {wall / limit:.2f} of the limit" if limit else ""
        print(f"{label:46} {wall:8.1f} s   {processor:.1f} s of processor{ratio}", flush=True)


def one_night(archive: Archive, stores: int, rules: int) -> None:
    policy, roster = many(rules), Roster(known(stores))
    whole = Clock()
    night = next(walk(archive, roster, needs(policy), [LAST_DAY]))
    whole.told("the last 90 day files into one frame")
    clock = Clock()
    found = evaluate(policy, night)
    count = sum(1 for _ in flags(night, found))
    clock.told(f"{rules} rules, {count:,} flags with their readings")
    whole.told("both", NIGHT_LIMIT)


def past_nights(archive: Archive, stores: int, nights: int) -> None:
    policy, roster = default(), Roster(known(stores))
    live = Policy("live", {}, tuple(policy.rules[::2]))
    days = [LAST_DAY - timedelta(days=back + HORIZON) for back in range(nights - 1, -1, -1)]
    clock = Clock()
    test = backtest(policy, walk(archive, roster, needs(policy, live), days), live)
    report = test.report(archive, roster, LAST_DAY)  # a made market knows at once what its orders come to
    clock.told(f"backtest over {nights} nights, against another", BACKTEST_LIMIT)
    print(text(report))


def pages(archive: Archive, stores: int, folder: Path) -> None:
    """What the console's pages read: the night summed up once, then the counts of a policy, then the form of one rule."""
    django.setup()
    from reputation.governance.kept_night import everything, night_keep, night_kept

    path, policy = folder / "policy_nights" / "night.npz", default()
    clock = Clock()
    night_keep(path, next(walk(archive, Roster(known(stores)), everything(), [LAST_DAY])))
    clock.told(f"the night summed up for pages, {path.stat().st_size / 2**20:.0f} MiB")
    clock = Clock()
    night = night_kept(path, policy)
    assert night is not None
    readings = Readings(night)
    flagged = sum(int(fires(rule, readings).sum()) for rule in policy.rules)
    clock.told(f"counts of its {len(policy.rules)} rules, {flagged:,} flagged")
    costliest = 0.0
    for rule in policy.rules:
        began = time.process_time()
        one = night_kept(path, Policy("one", {}, (rule,)))
        assert one is not None
        [curve.threshold_for(20) for curve in impact(rule, one, None, Readings(one))]
        costliest = max(costliest, time.process_time() - began)
    print(f"{'the form of one rule, the costliest':46} {'':10}   {costliest:.2f} s of processor")


def manifest(stores: int, days: int, folder: Path) -> dict[str, dict[date, str]]:
    written = market(stores, days, folder)
    return {family: {date.fromisoformat(day): digest for day, digest in of.items()} for family, of in written.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("--stores", 100_000), ("--days", 240), ("--nights", 90), ("--rules", 30)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--part", choices=("night", "past", "pages"), help="default: all of them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        archive = Archive.from_manifest(folder, manifest(asked.stores, asked.days, folder))
        rows = [len(archive.loaders["counters"][LAST_DAY - timedelta(days=back)]()) for back in (0, 30, 60)]
        print(f"-- {asked.stores:,} stores, {np.mean(rows):,.0f} of them sell on a day")
        if asked.part in (None, "night"):
            one_night(archive, asked.stores, asked.rules)
        if asked.part in (None, "past"):
            past_nights(archive, asked.stores, asked.nights)
        if asked.part in (None, "pages"):
            pages(archive, asked.stores, folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
