"""Policies over 100,000 subjects: a night under 30 rules, and the backtest of the policy that ships over 90 nights.

python bench/policy.py [--stores 100000] [--days 240] [--nights 90] [--rules 30] [--folder DIR]

Limits on two cores: a night's rules within 10 s, 90 nights within 5 minutes, every day file read once.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from bench.model import LAST_DAY, market  # noqa: E402
from scoring.archive import Archive  # noqa: E402
from scoring.policy import Policy, policy_read  # noqa: E402
from scoring.policy.backtest import backtest  # noqa: E402
from scoring.policy.evaluate import evaluate, flags  # noqa: E402
from scoring.policy.night import walk  # noqa: E402
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


def manifest(stores: int, days: int, folder: Path) -> dict[str, dict[date, str]]:
    written = market(stores, days, folder)
    return {family: {date.fromisoformat(day): digest for day, digest in of.items()} for family, of in written.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    for name, value in (("--stores", 100_000), ("--days", 240), ("--nights", 90), ("--rules", 30)):
        parser.add_argument(name, type=int, default=value)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        archive = Archive.from_manifest(folder, manifest(asked.stores, asked.days, folder))
        rows = [len(archive.loaders["counters"][LAST_DAY - timedelta(days=back)]()) for back in (0, 30, 60)]
        print(f"-- {asked.stores:,} stores, {np.mean(rows):,.0f} of them sell on a day")
        one_night(archive, asked.stores, asked.rules)
        past_nights(archive, asked.stores, asked.nights)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
