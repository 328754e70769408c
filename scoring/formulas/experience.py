"""Douyin, merchant experience score, in the manner of six bins per indicator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, mean_answer, mean_known
from scoring.formulas.history import COMPLAINTS, History

Floats = NDArray[np.float64]
DAYS = 30
LEAST_ORDERS = 30  # below: growth stage
GROWTH = 70.0
FLOOR, FLOOR_ORDERS, FLOOR_BAD = 80.0, 500, 3
BINS = np.array([100.0, 90.0, 80.0, 70.0, 60.0, 50.0])  # best sixth of the peers first


@dataclass(frozen=True)
class Indicator:
    """More is worse. `per` "": not a rate but a mean answer, taken from 5."""

    dimension: str
    numerators: tuple[str, ...]
    per: str
    duration: bool = False

    def value(self, past: History) -> Floats:
        """NaN where the subject has nothing to count."""
        if not self.per:
            stars = mean_answer(past, DAYS, "as_described")
            return 5.0 - np.where(np.isnan(stars), mean_answer(past, DAYS, "overall"), stars)
        d = past.total(DAYS, self.per)
        return np.where(d > 0, past.total(DAYS, *self.numerators) / np.maximum(d, 1e-9), np.nan)

    def bad_events(self, past: History) -> Floats:
        """How many orders went wrong here; a mean of time or of stars has none."""
        if not self.per:
            return past.total(DAYS, "negative_answer_n")
        return np.full(len(past), np.inf) if self.duration else past.total(DAYS, *self.numerators)


INDICATORS: tuple[Indicator, ...] = (
    Indicator("product", (), ""),
    Indicator("product", ("quality_return_n", "described_return_n"), "quality_return_d"),
    Indicator("logistics", ("dispatch_time_n",), "dispatch_time_d", duration=True),
    Indicator("logistics", ("late_delivery_n",), "late_delivery_d"),
    Indicator("logistics", ("fulfilment_return_n",), "fulfilment_return_d"),
    Indicator("service", ("refund_time_n",), "refund_time_d", duration=True),
    Indicator("service", ("slow_reply_n",), "slow_reply_d"),
    Indicator("service", ("chat_low_n",), "chat_low_d"),
    Indicator("service", tuple(f"{key}_n" for key in COMPLAINTS), "orders"),
)


def score(past: History) -> Floats:
    """100 less the experience score: product, logistics and service, each the mean of its indicators' bins 50 to 100.

    Window 30 days. An indicator's bin is the sixth of the peers (of those with 30 orders) in which it lies, for the
    industry's edges are not public; the weights of the three, which differ by industry, are taken as equal.
    With fewer than 500 orders and at most 3 bad events an indicator is 80. What a market does not measure is left out.
    Under 30 valid orders: growth stage, 70. Bonus and deductions need facts that day counters lack.
    Source: Douyin e-commerce school, article 103956, the version with six bins (in force until 2026-09-07).
    """
    peers = past.market
    reference = peers.take(np.flatnonzero(peers.total(DAYS, "orders") >= LEAST_ORDERS))
    by_dimension: dict[str, list[Floats]] = {}
    for indicator in INDICATORS:
        by_dimension.setdefault(indicator.dimension, []).append(_points(indicator, past, reference))
    parts = [mean_known(points) for points in by_dimension.values()]
    found = mean_known(parts)
    formal = (past.total(DAYS, "orders") >= LEAST_ORDERS) & ~np.isnan(found)
    return 100.0 - np.where(formal, found, GROWTH)


def _points(indicator: Indicator, past: History, reference: History) -> Floats:
    known = indicator.value(reference)
    known = np.sort(known[~np.isnan(known)])
    value = indicator.value(past)
    if not len(known) or known[-1] <= 0.0:  # not measured here, or nothing ever happens
        return np.full(len(past), np.nan)
    better = np.searchsorted(known, value, side="left") / len(known)
    points = BINS[np.minimum((better * len(BINS)).astype(np.int64), len(BINS) - 1)]
    few = (past.total(DAYS, "orders") < FLOOR_ORDERS) & (indicator.bad_events(past) <= FLOOR_BAD)
    return np.where(np.isnan(value), np.nan, np.where(few, FLOOR, points))


EXPERIENCE = Formula("experience", "Experience score (Douyin)", "Douyin e-commerce school, article 103956", score)
