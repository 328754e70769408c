"""First answers: to an order's questions, and of a live room's viewers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.metrics import SCORES
from scoring.outcomes.clocks import Days, Ints, instants, market_days
from scoring.outcomes.orders import Orders, alive


@dataclass(frozen=True)
class Answers:
    """Per order the value of the first answer to each question and the day it was known (NEVER where none)."""

    value: dict[str, Ints]
    day: dict[str, Days]


def in_order(responses: pd.DataFrame) -> pd.DataFrame:
    """Responses that are not retracted, the first answered first."""
    return alive(responses).sort_values(["answered_at", "response_id"])


def answers_of(orders: Orders, responses: pd.DataFrame) -> Answers:
    """Whoever answers about an order bought it, so that these need no invitation."""
    rows = in_order(responses[responses["order_id"].notna()])
    at = orders.at(rows["order_id"])
    rows, at = rows[at >= 0], at[at >= 0]
    known = np.maximum(orders.known[at], market_days(instants(rows["first_observed_at"]), orders.zone))
    value: dict[str, Ints] = {}
    day: dict[str, Days] = {}
    for question in SCORES:
        score = pd.to_numeric(rows[question], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        told = np.flatnonzero(~np.isnan(score))
        where, first = np.unique(at[told], return_index=True)
        value[question], day[question] = np.zeros(len(orders.frame), dtype=np.int64), orders.nothing()
        value[question][where], day[question][where] = score[told[first]].astype(np.int64), known[told[first]]
    return Answers(value, day)


def yes_or_no(column: pd.Series) -> Ints:
    """1 for yes, 0 for no, -1 for no answer; column holds booleans or nulls."""
    told = column.notna().to_numpy(dtype=bool)
    out = np.full(len(column), -1, dtype=np.int64)
    out[told] = column[told].astype(bool).to_numpy(dtype=np.int64)
    return out
