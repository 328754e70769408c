"""Amazon, order defect rate (ODR)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, share
from scoring.formulas.history import COMPLAINTS, History

Floats = NDArray[np.float64]
DAYS = 60
DEFECTS = ("negative_answer_n", *(f"{key}_n" for key in COMPLAINTS), "refused_return_n")


def score(past: History) -> Floats:
    """Orders with negative feedback (1 or 2), an A-to-z claim or a chargeback, of the orders of 60 days.

    A claim or chargeback stands for what we know as a confirmed complaint, or a return for the store's fault that was
    refused. Day counters cannot tell whether two of them struck the same order: each counts, up to the number of
    orders. Without orders: the market's rate, for Amazon then states none.
    Source: Amazon Seller Central, "Order Defect Rate" (below 1 % in 60 days).
    """
    return share(past, DAYS, DEFECTS, "orders")


ORDER_DEFECT_RATE = Formula(
    "order_defect_rate", "Order defect rate, 60 days (Amazon)", "Amazon Seller Central: Order Defect Rate", score
)
