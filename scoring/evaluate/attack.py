"""What it costs to move a store: its own clean orders to climb, a rival's false answers or complaints to sink.

The distance is the same for every rating: half a star of ours, told as a share of the ranking. On a spread-out market
our scale puts its stars at fixed shares, so half a star above the median is a place in the ranking, and half a star
below it another; whoever is moved from the middle to there has been moved by half a star, on any scale. The others
stand still. Nothing is screened out: this is the cost before any detection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.evaluate.contenders import CONSTANT, LABELS, Taught
from scoring.evaluate.moments import Field
from scoring.features import DECAYED
from scoring.formulas import FORMULAS
from scoring.metrics import CATALOGUE, KIND_ASPECTS, SCORES
from scoring.stars import fit_scale

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Counters = Mapping[str, float]
TARGET = "defect"
STORES = 15  # attacked, of the middle of the ranking and of the usual size; the median cost is told
MOST = 10_000  # orders; beyond it nobody tries
_MIDDLE = (0.4, 0.6)
# Counted over something else than orders: an order bought for the purpose does not touch them.
_NOT_PER_ORDER = frozenset({"slow_reply", "chat_low", "chat_unresolved", "false_promotion", "hype"})
_DISPATCH = ("late_dispatch", "late_delivery", "dispatch_time")  # in the store's hands, not in a rival's
_ANSWERED = frozenset(SCORES.values())


@dataclass(frozen=True)
class Attack:
    """`counters`: what one order of it adds. `up`: the attacker, the store itself, wants a better place and dispatches
    such orders at once; a rival's orders it dispatches as it does any other."""

    key: str
    counters: Counters
    up: bool


def attacks(asked: frozenset[str]) -> list[Attack]:
    """`asked`: the questions that buyers of this market answer."""
    clean = _order(asked, 5)
    low = _order(asked, 1)
    struck = [SCORES[question] for question in asked]
    low |= {f"{metric}_n": 1.0 for metric in struck} | _defect(len(struck))
    complaint = _order(frozenset(), 0) | {"complaint_product_n": 1.0} | _defect(1)
    return [
        Attack("self_orders", clean, up=True),
        Attack("false_answers", low, up=False),
        Attack("false_complaints", complaint, up=False),
    ]


def _order(asked: frozenset[str], score: int) -> dict[str, float]:
    """One order that was delivered, with `score` for every question."""
    per_order = [m.key for m in CATALOGUE if m.key not in _NOT_PER_ORDER | _ANSWERED]
    counters = {"orders": 1.0} | {f"{key}_d": 1.0 for key in per_order}
    counters |= {f"{SCORES[question]}_d": 1.0 for question in asked}
    counters |= {f"{question}_sum": float(score) for question in asked}
    return counters | {"overall_positive": float("overall" in asked and score >= 4)}


def _defect(incidents: int) -> dict[str, float]:
    return {"defect_n": 1.0, "problem_n": 1.0, "incident_n": float(incidents)}


def half_star() -> tuple[float, float]:
    """Shares of the ranking that are better than half a star above, and half a star below, the median of our scale."""
    ranks = np.linspace(0.0, 1.0, 10_001)
    table = pd.DataFrame({"kind": "store", "log_odds": 100.0 * ranks, "orders_counted": 1000, "buyers": 1000})
    table["defect_share"] = 0.05
    table = table.assign(**{f"log_odds_{aspect}": np.nan for aspect in KIND_ASPECTS["store"]})
    points = np.array(fit_scale(table)["store.overall"]["points"])
    stars = np.interp(50.0, points[:, 0], points[:, 1])
    up, down = np.interp([-(stars + 0.5), -(stars - 0.5)], -points[:, 1], points[:, 0] / 100.0)
    return float(up), float(down)


def cost(field: Field, taught: Taught, seed: int) -> dict[str, Any]:
    """Per contender and attack the median number of orders it takes, None where more than 10,000 would not do.

    `share`: the places in the ranking that the attacks aim at; `stores`: how many were tried per contender.
    """
    up, down = half_star()
    asked = frozenset(q for q in SCORES if field.past.market.total(365, f"{SCORES[q]}_d").sum() > 0)
    orders = field.past.total(365, "orders")
    table: dict[str, dict[str, float | None]] = {}
    for key in LABELS:
        if key != CONSTANT:
            risks = _scored(key, field, taught)
            rows = _middle(risks, orders, seed)
            goals = np.quantile(risks, [up, down]) if len(risks) else np.zeros(2)
            table[key] = {
                attack.key: _median_cost(key, attack, field, taught, rows, goals) for attack in attacks(asked)
            }
    return {"share": {"up": up, "down": down}, "stores": min(STORES, len(orders)), "orders": table}


def _scored(key: str, field: Field, taught: Taught) -> Floats:
    """Risk by one contender; formulas as they stand, not their calibrated log-odds."""
    if key in FORMULAS:
        return FORMULAS[key].score(field.past)
    return taught.above(key, TARGET, field.features(), {})


def _middle(risks: Floats, orders: Floats, seed: int) -> Ints:
    """Stores from the middle fifth of the ranking whose number of orders is nearest to the median's."""
    jitter = np.random.default_rng(seed).permutation(len(risks))  # ties fall anywhere
    rank = np.empty(len(risks))
    rank[np.lexsort((jitter, risks))] = (np.arange(len(risks)) + 0.5) / max(len(risks), 1)
    middle = np.flatnonzero((rank >= _MIDDLE[0]) & (rank <= _MIDDLE[1]))
    far = np.abs(np.log(orders[middle] / np.median(orders))) if len(orders) else np.zeros(0)
    return middle[np.argsort(far, kind="stable")[:STORES]]


def _median_cost(key: str, attack: Attack, field: Field, taught: Taught, rows: Ints, goals: Floats) -> float | None:
    """Of the stores of these rows the median cost of standing at the goal or beyond."""
    if not len(rows):
        return None
    some = _take(field, rows)
    middle = float(np.median(_scored(key, some, taught)))
    goal = goals[0] if attack.up else goals[1]
    if (goal >= middle) if attack.up else (goal <= middle):
        return None  # so many stand level that the ranking has no such place

    def there(times: Floats) -> Bools:
        moved = _scored(key, _changed(some, attack, times), taught)
        return np.asarray(moved <= goal if attack.up else moved >= goal)

    median = float(np.median(least(there, len(rows))))
    return median if np.isfinite(median) else None


def least(there: Callable[[Floats], Bools], size: int) -> Floats:
    """Per store the least number of orders for which `there` is true, infinite where none up to 10,000 is.

    Doubled until there, then halved in between. Not by halving alone from the top: ten thousand bought orders that
    earn one star each also arrive on time ten thousand times, so more of an attack need not be a worse one.
    """
    low, high = np.zeros(size), np.ones(size)
    reached = there(high)
    while not reached.all() and high.max() < MOST:
        low = np.where(reached, low, high)
        high = np.where(reached, high, np.minimum(2.0 * high, MOST))
        reached |= there(high)
    while (reached & (high - low > 1.0)).any():
        middle = np.where(reached, np.floor((low + high) / 2.0), high)
        enough = there(middle)
        high, low = np.where(enough, middle, high), np.where(enough, low, np.minimum(middle, high - 1.0))
    return np.where(reached, high, np.inf)


def _take(field: Field, rows: Ints) -> Field:
    own = {half_life: sums[rows] for half_life, sums in field.own.items()}
    return Field(field.kind, own, field.yardsticks.take(rows), field.age[rows], field.past.take(rows))


def _changed(field: Field, attack: Attack, times: Floats) -> Field:
    """The same stores after `times` such orders on the day before the cut-off; nobody else's yardstick is touched."""
    extra = {name: times * each for name, each in _each(field, attack).items()}
    more = np.column_stack([extra.get(name, np.zeros(len(times))) for name in DECAYED])
    own = {half_life: sums + more for half_life, sums in field.own.items()}
    return replace(field, own=own, past=field.past.plus(extra))


def _each(field: Field, attack: Attack) -> dict[str, Floats]:
    """What one order adds to each store's counters."""
    each = {name: np.full(len(field.age), value) for name, value in attack.counters.items()}
    if not attack.up:
        for metric in _DISPATCH:
            n, d = (field.past.total(365, f"{metric}_{part}") for part in ("n", "d"))
            each[f"{metric}_n"] = n / np.maximum(d, 1.0)
        each["incident_n"] = each["incident_n"] + each["late_dispatch_n"] + each["late_delivery_n"]
    return each
