"""Policies the slow way: one subject, one condition at a time, in plain Python over the rows of the day tables.

Written from docs/policies.md and nothing of the fast way: no arrays, no shared sums.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd
from scipy.stats import chi2

from scoring.policy.rules import Condition, Group, Leaf, OfCategory, Rule

LAST = date(2026, 6, 30)
DAYS = 200
METRICS = ("late_dispatch", "quality_return", "complaint_honesty", "dispatch_time", "incident", "false_promotion")
_STORES_ONLY = ("late_dispatch", "dispatch_time")
_ANCHORS_ONLY = ("false_promotion",)
Who = tuple[str, str]


@dataclass
class Told:
    """Everything that is known of one subject: per day its counters and the hashes of who bought."""

    category: str
    days: dict[date, dict[str, float]] = field(default_factory=dict)
    buyers: dict[date, set[int]] = field(default_factory=dict)


@dataclass
class Small:
    """A market of a few subjects, as day tables and as plain dicts."""

    frames: dict[str, dict[date, pd.DataFrame]]
    subjects: pd.DataFrame
    told: dict[Who, Told]
    sums: dict[tuple[Who, str, int, date], float] = field(default_factory=dict)  # asked for before


def small_market(seed: int, stores: int = 50, anchors: int = 26, days: int = DAYS, sparse: float = 0.9) -> Small:
    """Random day tables: most subjects are silent on most days, anchors sell through several stores, some are bad."""
    rng = random.Random(seed)
    told: dict[Who, Told] = {}
    for number in range(stores):
        told["store", f"s{number:03d}"] = Told(f"c{0 if number < 30 else 1}")
    for number in range(anchors):
        told["anchor", f"a{number:03d}"] = Told("")
    bad = {who: rng.choice([0.02, 0.05, 0.1, 0.6]) for who in told}
    regulars = {who: rng.choice([2, 4, 6, 60]) for who in told}
    frames: dict[str, dict[date, pd.DataFrame]] = {"counters": {}}
    for back in range(days):
        day = LAST - timedelta(days=back)
        rows = [row for who in told for row in _rows(rng, who, bad[who], regulars[who], sparse)]
        for row in rows:
            _learn(told[row["kind"], row["subject_id"]], day, row)
        if rows:
            frames["counters"][day] = _frame(rows)
    subjects = pd.DataFrame([{"kind": k, "subject_id": i, "category": t.category, "opened_on": None}
                             for (k, i), t in told.items()])  # fmt: skip
    return Small(frames, subjects, told)


def _rows(rng: random.Random, who: Who, bad: float, regulars: int, sparse: float) -> Iterator[dict[str, Any]]:
    for via in ("", "s001", "s002") if who[0] == "anchor" else ("",):
        if rng.random() < sparse:
            continue
        orders = rng.choice([0, 1, 3, 10, 40])
        row: dict[str, Any] = {"kind": who[0], "subject_id": who[1], "via": via, "orders": orders}
        for metric in METRICS:
            if metric in (_ANCHORS_ONLY if who[0] == "store" else _STORES_ONLY):
                continue
            row[f"{metric}_d"] = orders
            late = orders + rng.choice([0, 0, 5])  # incidents of earlier orders: more than were sold today
            row[f"{metric}_n"] = sum(rng.random() < bad for _ in range(late))
        row["dispatch_time_n"] = row.get("dispatch_time_n", 0) * 1440
        row["grave"] = int(rng.random() < bad / 20)
        hashes = sorted({int(who[1][1:]) * 1000 + rng.randrange(regulars) for _ in range(orders)})[:5]
        yield row | {f"b{at + 1}": (hashes + [4294967295] * 5)[at] for at in range(5)}


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows)
    sketch = {f"b{at}": "uint32" for at in range(1, 6)}
    whole = {name: "int64" for name in frame if name not in ("kind", "subject_id", "via", *sketch)}
    return frame.fillna(0).astype(whole | sketch)


def _learn(told: Told, day: date, row: dict[str, Any]) -> None:
    counts = told.days.setdefault(day, {})
    for name, value in row.items():
        if name not in ("kind", "subject_id", "via", "b1", "b2", "b3", "b4", "b5"):
            counts[name] = counts.get(name, 0.0) + value
    bought = told.buyers.setdefault(day, set())
    bought.update(row[f"b{at}"] for at in range(1, 6) if row[f"b{at}"] != 4294967295)


def flagged(market: Small, rule: Rule, night: date) -> set[Who]:
    """Everybody whom a rule flags."""
    return {who for who in market.told if who[0] == rule.scope and _holds(market, rule.when, who, rule, night)}


def _holds(market: Small, condition: Condition, who: Who, rule: Rule, night: date) -> bool:
    if isinstance(condition, Group):
        parts = [_holds(market, part, who, rule, night) for part in condition.parts]
        return all(parts) if condition.kind == "all" else any(parts)
    value, than = reading(market, condition, who, night), _than(market, condition, who, night)
    if value is None or than is None:
        return False
    held = {">=": value >= than, ">": value > than, "<=": value <= than, "<": value < than}[condition.op]
    if condition.metric == "orders" or condition.op in ("<", "<="):
        return held
    return held and affected(market, condition, who, night) >= (1 if rule.grave else 5)


def total(market: Small, who: Who, counter: str, window: int, night: date) -> float:
    """By hand: the last `window` days, the night's own day being one of them."""
    key = (who, counter, window, night)
    if key not in market.sums:
        days = (night - timedelta(days=back) for back in range(window))
        market.sums[key] = sum(market.told[who].days.get(day, {}).get(counter, 0.0) for day in days)
    return market.sums[key]


def affected(market: Small, leaf: Leaf, who: Who, night: date) -> float:
    counter = (
        leaf.metric if leaf.metric == "grave" else f"{leaf.metric}_{'d' if leaf.metric.endswith('_time') else 'n'}"
    )
    n = total(market, who, counter, leaf.window, night)
    if leaf.metric in ("false_promotion", "complaint_honesty"):
        return min(n, 5)
    days = (night - timedelta(days=back) for back in range(90))
    bought = set().union(*(market.told[who].buyers.get(day, set()) for day in days))
    return min(n, len(bought), 5)


def reading(market: Small, leaf: Leaf, who: Who, night: date) -> float | None:
    """None: not known."""
    if leaf.metric in ("orders", "grave"):
        n = total(market, who, leaf.metric, leaf.window, night)
        return n if leaf.read == "count" else affected(market, leaf, who, night)
    n = total(market, who, f"{leaf.metric}_n", leaf.window, night)
    d = total(market, who, f"{leaf.metric}_d", leaf.window, night)
    if leaf.read == "count":
        return n
    if leaf.read == "buyers":
        return affected(market, leaf, who, night)
    return rate(leaf.metric, leaf.read, n, d)


def rate(metric: str, read: str, n: float, d: float) -> float | None:
    if metric in ("dispatch_time", "incident"):
        if d == 0:
            return None
        if read == "value":
            return n / d
        if read == "low":
            return float(chi2.ppf(0.1, 2 * n)) / 2 / d if n else 0.0
        return float(chi2.ppf(0.9, 2 * n + 2)) / 2 / d
    d = max(n, d)
    if d == 0:
        return None
    p, z = n / d, 1.2815515655446004
    if read == "value":
        return p
    middle, reach = p + z * z / (2 * d), z * math.sqrt(p * (1 - p) / d + z * z / (4 * d * d))
    return (middle - reach if read == "low" else middle + reach) / (1 + z * z / d)


def _than(market: Small, leaf: Leaf, who: Who, night: date) -> float | None:
    if not isinstance(leaf.than, OfCategory):
        return leaf.than
    near = [w for w in market.told if w[0] == who[0] and market.told[w].category == market.told[who].category]
    for group in (near, [w for w in market.told if w[0] == who[0]]):
        found = _yard(market, leaf, [w for w in group if w != who], night, leaf.than.quantile)
        if found is not None:
            return found * leaf.than.times
    return None


def _yard(market: Small, leaf: Leaf, others: list[Who], night: date, quantile: float | None) -> float | None:
    pairs = [
        (
            total(market, w, f"{leaf.metric}_n", leaf.window, night),
            total(market, w, f"{leaf.metric}_d", leaf.window, night),
        )
        for w in others
    ]
    peers = [(n, d) for n, d in pairs if d >= (1 if quantile is None else 30)]
    if len(peers) < 20:
        return None
    if quantile is None:
        return sum(n for n, _ in pairs) / sum(d for _, d in pairs)
    rates = sorted(rate(leaf.metric, "value", n, d) or 0.0 for n, d in peers)
    return rates[math.floor(quantile * (len(rates) - 1) + 1e-9)]
