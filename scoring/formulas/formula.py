"""What all published formulas have in common, and what several of them need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.history import History
from scoring.metrics import SCORES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Formula:
    """A rating rule that somebody else published. `score`: History -> risk per subject, more is worse, never NaN."""

    key: str
    label: str
    source: str
    score: Callable[[History], Floats]


def ratio(n: Floats, d: Floats, otherwise: Floats | float) -> Floats:
    """n / d, at most 1, and `otherwise` where d is 0."""
    return np.where(d > 0, np.minimum(n / np.maximum(d, 1e-9), 1.0), otherwise)


def share(past: History, days: int, numerators: tuple[str, ...], denominator: str) -> Floats:
    """Share over a window, the market's where the subject has nothing to count, 0 where nobody has."""
    market = past.market
    n, d = market.total(days, *numerators).sum(), market.total(days, denominator).sum()
    return ratio(past.total(days, *numerators), past.total(days, denominator), float(ratio(n, d, 0.0)))


def answers(past: History, days: int, question: str) -> tuple[Floats, Floats]:
    """Sum and number of the answers to a question. Daily rates tell no sums: such answers are left out."""
    total, count = past.total(days, f"{question}_sum"), past.total(days, f"{SCORES[question]}_d")
    told: Bools = total >= count
    return np.where(told, total, 0.0), np.where(told, count, 0.0)


def mean_answer(past: History, days: int, question: str) -> Floats:
    """Mean answer of 1 to 5, NaN where there is none."""
    total, count = answers(past, days, question)
    return np.where(count > 0, total / np.maximum(count, 1e-9), np.nan)


def market_mean(past: History, days: int, question: str) -> float:
    """Mean of all answers to a question, NaN where nobody gave one."""
    total, count = answers(past.market, days, question)
    return float(total.sum() / count.sum()) if count.sum() > 0 else float("nan")


def mean_known(parts: list[Floats]) -> Floats:
    """Per subject the mean of the parts that are known (not NaN), NaN where none is."""
    table = np.column_stack(parts)
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    return np.where(count > 0, np.where(known, table, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan)
