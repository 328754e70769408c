"""Training and scoring of N stores, as the night runs them: day files on disk, two child processes.

python bench/model.py [--stores 100000] [--days 365] [--threads 2] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from scoring.daily import write_day  # noqa: E402
from scoring.metrics import ASPECTS, CATALOGUE  # noqa: E402
from scoring.reported import PER_CONVERSATION, PER_RETURN, PER_VIEWER  # noqa: E402

LAST_DAY = date(2026, 6, 30)
ORDERED = [m.key for m in CATALOGUE if m.unit == "share" and m.key not in PER_CONVERSATION | PER_RETURN | PER_VIEWER]


def market(stores: int, days: int, folder: Path) -> dict[str, dict[str, str]]:
    """Writes the day files of a market in which a quarter of the stores sells on a day; returns their manifest."""
    random = np.random.default_rng(1)
    ids = np.array([f"store-{number:07d}" for number in range(stores)])
    volume = np.exp(random.normal(-1.5, 1.6, stores))
    rate = 1 / (1 + np.exp(-(-2.9 + 0.6 * random.normal(0, 1, stores))))
    manifest: dict[str, dict[str, str]] = {"counters": {}, "outcomes": {}, "reported": {}}
    for step in tqdm(range(days), desc="day files", disable=not sys.stderr.isatty()):
        day = (LAST_DAY - timedelta(days=days - 1 - step)).isoformat()
        sold = random.poisson(volume)
        active = np.flatnonzero(sold)
        key = {"kind": "store", "subject_id": ids[active], "via": ""}
        for family, table in (
            ("counters", _counters(random, sold[active], rate[active])),
            ("outcomes", _outcomes(random, sold[active], rate[active])),
        ):
            manifest[family][day] = write_day(pd.DataFrame(key | table), folder)[0]
    subjects = pd.DataFrame(
        {
            "kind": "store",
            "subject_id": ids,
            "opened_on": date(2024, 1, 1),
            "category": [f"category {number % 20}" for number in range(stores)],
        }
    )
    subjects.to_parquet(folder / "subjects.parquet", index=False)
    return manifest


def _counters(random: np.random.Generator, sold: np.ndarray, rate: np.ndarray) -> dict[str, np.ndarray]:
    table = {"orders": sold, "dispatch_time_n": random.poisson(sold * 700.0), "dispatch_time_d": sold}
    for key in ORDERED:
        table |= {f"{key}_d": sold, f"{key}_n": random.binomial(sold, rate * (1.0 if key == "defect" else 0.3))}
    for key in (*PER_CONVERSATION, "slow_refund", "refused_return"):
        asked = random.binomial(sold, 0.2)
        table |= {f"{key}_d": asked, f"{key}_n": random.binomial(asked, rate)}
    table |= {"refund_time_d": table["slow_refund_d"], "refund_time_n": table["slow_refund_d"] * 900}
    hashes = np.sort(random.integers(0, 2**32 - 1, (len(sold), 5), dtype=np.uint32), axis=1)
    hashes[np.arange(5)[None, :] >= sold[:, None]] = 2**32 - 1
    return table | {f"b{at + 1}": hashes[:, at] for at in range(5)}


def _outcomes(random: np.random.Generator, sold: np.ndarray, rate: np.ndarray) -> dict[str, np.ndarray]:
    defect = random.binomial(sold, rate)
    parts = random.multinomial(defect, np.full(len(ASPECTS), 1 / len(ASPECTS)))
    aspects = {f"defect_{aspect}": parts[:, at] for at, aspect in enumerate(ASPECTS)}
    return {"orders": sold, "defect": defect, **aspects, "problem": defect}


def run(job: str, request: dict[str, object], folder: Path) -> dict[str, float]:
    """Wall and CPU seconds of one child process: on a busy machine only the second says much."""
    path = folder / f"{job}.json"
    path.write_text(json.dumps(request), encoding="utf-8")
    started, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "scoring.jobs", job, str(path)], check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall": round(time.monotonic() - started, 1),
        "cpu": round(cpu, 1),
        "peak_mib_so_far": round(after.ru_maxrss / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="keep the day files here and use them again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / "manifest.json"
        if not kept.exists():
            kept.write_text(json.dumps(market(options.stores, options.days, folder)), encoding="utf-8")
        request: dict[str, object] = {
            "as_of": LAST_DAY.isoformat(), "folder": str(folder), "out": str(folder), "threads": options.threads,
            "manifest": json.loads(kept.read_text(encoding="utf-8")), "subjects": str(folder / "subjects.parquet"),
            "models": {kind: str(folder / f"model-{kind}.json") for kind in ("store", "anchor")},
        }  # fmt: skip
        seconds = {job: run(job, request, folder) for job in ("train", "score")}
        figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    sys.stdout.write(
        json.dumps({"stores": options.stores, "days": options.days, "seconds": seconds, "figures": figures}, indent=1)
        + "\n"
    )


if __name__ == "__main__":
    main()
