"""A small market of counters with known true rates: what day files would hold, without any order behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.metrics import ASPECTS
from scoring.roster import Roster

Floats = NDArray[np.float64]
LAST_DAY = date(2026, 6, 30)
# Mean log-odds of an order's defect in each aspect, and the metrics that show it: key, how often seen, how strongly.
_BASE = dict(zip(ASPECTS, (-3.9, -3.7, -4.6, -4.9, -5.4), strict=True))
_SIGNS = {
    "product": (("quality_return", 0.9, 0.6), ("negative_answer", 0.12, 3.0), ("complaint_product", 1.0, 0.3)),
    "logistics": (("late_dispatch", 1.0, 1.5), ("late_delivery", 0.9, 0.8)),
    "service": (("slow_reply", 0.3, 4.0), ("service_low", 0.1, 3.0)),
    "after_sales": (("complaint_after_sales", 1.0, 0.8), ("slow_refund", 0.05, 5.0)),
    "honesty": (("complaint_honesty", 1.0, 0.9),),
}


@dataclass(frozen=True)
class Toy:
    frames: dict[str, dict[date, pd.DataFrame]]  # family -> day -> table
    subjects: pd.DataFrame
    truth: Floats  # long-run own defect rate of each subject

    def archive(self) -> Archive:
        return archive(self.frames)

    def roster(self) -> Roster:
        return Roster(self.subjects)


def archive(frames: dict[str, dict[date, pd.DataFrame]]) -> Archive:
    """An archive over tables in memory."""
    return Archive(
        {family: {day: (lambda frame=frame: frame) for day, frame in days.items()} for family, days in frames.items()}
    )


def toy(
    stores: int = 400,
    days: int = 260,
    seed: int = 0,
    orders: float = 2.0,
    spread: float = 0.7,
    swing: float = 0.0,
    kind: str = "store",
    last_day: date = LAST_DAY,
) -> Toy:
    """`orders` a day of the median subject, `spread` of latent quality, `swing` of the market's level (log-odds)."""
    random = np.random.default_rng(seed)
    volume = orders * np.exp(random.normal(0, 1.0, stores))
    common = random.normal(0, 1, stores)
    latent = {a: spread * (0.6 * common + 0.8 * random.normal(0, 1, stores)) for a in ASPECTS}
    ids = [f"s{number:05d}" for number in range(stores)]
    frames: dict[str, dict[date, pd.DataFrame]] = {"counters": {}, "outcomes": {}}
    for step in range(days):
        day = last_day - timedelta(days=days - 1 - step)
        level = swing * np.sin(step / 20.0)
        rates = {a: 1 / (1 + np.exp(-(_BASE[a] + latent[a] + level))) for a in ASPECTS}
        sold = random.poisson(volume)
        frames["counters"][day] = _table(kind, ids, sold > 0, _counters(random, sold, rates))
        frames["outcomes"][day] = _table(kind, ids, sold > 0, _outcomes(random, sold, rates))
    clean = np.prod([1 - 1 / (1 + np.exp(-(_BASE[a] + latent[a]))) for a in ASPECTS], axis=0)
    return Toy(frames, _subjects(kind, ids, last_day - timedelta(days=days + 100)), 1 - clean)


def _subjects(kind: str, ids: list[str], opened: date) -> pd.DataFrame:
    categories = [f"category {number % 4}" for number in range(len(ids))]
    return pd.DataFrame({"kind": kind, "subject_id": ids, "category": categories, "opened_on": opened})


def _counters(random: np.random.Generator, sold: NDArray[np.int64], rates: dict[str, Floats]) -> pd.DataFrame:
    table = {
        "orders": sold,
        "defect_d": sold,
        "problem_d": sold,
        "dispatch_time_d": sold,
        "dispatch_time_n": random.poisson(sold * 600 * (1 + 5 * rates["logistics"])),
    }
    for aspect, signs in _SIGNS.items():
        for key, seen, strength in signs:
            table[f"{key}_d"] = random.binomial(sold, seen) if seen < 1 else sold
            table[f"{key}_n"] = random.binomial(table[f"{key}_d"], np.minimum(strength * rates[aspect], 0.9))
    table["incident_d"] = sold
    table["incident_n"] = sum(
        (table[f"{key}_n"] for signs in _SIGNS.values() for key, _seen, _strength in signs), np.zeros_like(sold)
    )
    table["defect_n"] = random.binomial(sold, 1 - np.prod([1 - rate for rate in rates.values()], axis=0))
    table["problem_n"] = np.minimum(table["defect_n"] + random.binomial(sold, 0.02), sold)
    return pd.DataFrame(table)


def _outcomes(random: np.random.Generator, sold: NDArray[np.int64], rates: dict[str, Floats]) -> pd.DataFrame:
    table: dict[str, NDArray[np.int64]] = {"orders": sold}
    left, defects = sold, np.zeros_like(sold)
    for aspect, rate in rates.items():
        table[f"defect_{aspect}"] = random.binomial(left, rate)
        left, defects = left - table[f"defect_{aspect}"], defects + table[f"defect_{aspect}"]
    table["defect"] = defects
    table["problem"] = defects + random.binomial(left, 0.02)
    table["neg"] = table["defect_product"]
    table["lateship"] = table["defect_logistics"]
    table["late"] = table["lateship"] + random.binomial(sold - table["lateship"], 0.01)
    table["bad"] = np.minimum(table["neg"] + table["late"], sold)
    return pd.DataFrame(table)


def _table(kind: str, ids: list[str], active: NDArray[np.bool_], counts: pd.DataFrame) -> pd.DataFrame:
    frame = counts.astype("int64").assign(kind=kind, subject_id=ids, via="")
    if "defect_d" in counts:
        sketch = np.arange(len(ids))[:, None] * 10 + np.arange(5)
        frame[["b1", "b2", "b3", "b4", "b5"]] = sketch.astype(np.uint32)
    return frame[active].reset_index(drop=True)
