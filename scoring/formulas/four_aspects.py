"""Kuaishou, shopping experience star: one star from four."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, share
from scoring.formulas.history import COMPLAINTS, History

Floats = NDArray[np.float64]
DAYS = 90
# Per aspect the shares that are taken together, each with what it is counted over.
ASPECTS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {
    "product": (
        (("quality_return_n", "described_return_n"), "quality_return_d"),
        (("negative_answer_n",), "negative_answer_d"),
        (("complaint_product_n",), "orders"),
    ),
    "service": (
        (("slow_reply_n",), "slow_reply_d"),
        (("chat_low_n",), "chat_low_d"),
        (("service_low_n",), "service_low_d"),
        (("complaint_service_n",), "orders"),
    ),
    "logistics": (
        (("late_dispatch_n",), "late_dispatch_d"),
        (("late_delivery_n",), "late_delivery_d"),
        (("fulfilment_return_n",), "fulfilment_return_d"),
        (("complaint_logistics_n",), "orders"),
    ),
    "after_sales": (
        (("refused_return_n",), "refused_return_d"),
        (("complaint_after_sales_n",), "orders"),
    ),
}
assert {f"complaint_{aspect}" for aspect in ASPECTS} <= set(COMPLAINTS)  # noqa: S101


def score(past: History) -> Floats:
    """5 less the mean of four stars, one per aspect, a quarter each; a star is 1 plus 4 times the share without trouble.

    The share without trouble is the product over an aspect's measures of (1 - share), over 90 days; a measure that the
    store has no count for is the market's. Kuaishou shows these four and their total but publishes neither weights nor
    measures: both are taken plainly here, so this is the manner and not the formula.
    Source: Kuaishou shop pages (product quality, customer service, logistics speed, after-sales) and its open
    interface open.score.shop.get.
    """
    stars = [
        1.0 + 4.0 * np.prod([1.0 - share(past, DAYS, *part) for part in parts], axis=0) for parts in ASPECTS.values()
    ]
    return np.asarray(5.0 - np.mean(stars, axis=0))


FOUR_ASPECTS = Formula(
    "four_aspects", "Four-aspect star (Kuaishou's manner)", "Kuaishou shop pages; open.score.shop.get", score
)
