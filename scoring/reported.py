"""Daily rates reported by a platform that sends no orders, brought into the shape of what is counted from orders.

What such a report lacks is derived, in this order:
- orders of a day: as reported, else the largest denominator among the shares that are counted over orders;
- defects: metric `defect` if reported, else orders x (1 - prod(1 - rate)) over the reported own-doing shares: the
  symptoms of an order are taken as independent, which overstates defects where one incident shows twice;
- incidents: as reported, else the own-doing shares added up, and never fewer than defects;
- defects of an aspect: the same over the shares of that aspect; problems: as reported, and never fewer than defects;
- what orders came to in plain terms: from the shares of negative answers, late orders and cancellations, which are
  taken as independent too.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scoring.metrics import ASPECTS, CATALOGUE, PLAIN_OUTCOMES, Metric, counters

Floats = NDArray[np.float64]
COLUMNS: tuple[str, ...] = tuple(counters())
COLUMN: dict[str, int] = {name: position for position, name in enumerate(COLUMNS)}
# Denominators that count something else than orders.
PER_CONVERSATION = frozenset({"slow_reply", "chat_low", "chat_unresolved"})
PER_VIEWER = frozenset({"false_promotion", "hype"})
PER_RETURN = frozenset({"slow_refund", "refund_time", "refused_return"})
_OWN_SHARES: tuple[Metric, ...] = tuple(
    metric for metric in CATALOGUE
    if metric.aspect and metric.unit == "share" and metric.key not in PER_CONVERSATION | PER_VIEWER
)  # fmt: skip
_ORDER_DENOMINATORS = [
    COLUMN[f"{m.key}_d"] for m in CATALOGUE if m.key not in PER_CONVERSATION | PER_VIEWER | PER_RETURN
]


def completed(values: Floats) -> Floats:
    """Reported counters (rows x COLUMNS) with orders, defects and problems filled in where they are missing."""
    out = values.copy()
    orders = np.where(out[:, COLUMN["orders"]] > 0, out[:, COLUMN["orders"]], out[:, _ORDER_DENOMINATORS].max(axis=1))
    out[:, COLUMN["orders"]] = orders
    _fill(out, "defect", orders, _any_of(values, orders, _OWN_SHARES))
    _fill(out, "problem", orders, _rate(out, "defect"))
    _fill(out, "incident", orders, np.maximum(_incidents(values, orders), _rate(out, "defect")))
    return out


def _incidents(values: Floats, orders: Floats) -> Floats:
    """Incidents per order: the own-doing shares of the orders, added up; above 1 where orders have several."""
    return np.asarray(sum(_share(values, orders, metric) for metric in _OWN_SHARES))


def outcomes(values: Floats) -> Floats:
    """Completed counters -> rows x OUTCOMES: what the orders of a reported day came to."""
    orders = values[:, COLUMN["orders"]]
    defect = _rate(values, "defect")
    parts = [_any_of(values, orders, [m for m in _OWN_SHARES if m.aspect == aspect]) for aspect in ASPECTS]
    known = [np.ones_like(orders), defect, *parts, np.maximum(_rate(values, "problem"), defect)]
    return np.column_stack([*known, *_plain(values)]) * orders[:, None]


def _plain(values: Floats) -> list[Floats]:
    """Negative answers are told per answer, which stands for the orders that were not asked. Late is what is told to be
    so, which is the store's own doing, and what was cancelled; which of those had been sent is not told."""
    neg, cancelled = _rate(values, "negative_answer"), _rate(values, "merchant_cancel")
    late = _either(_rate(values, "late_delivery"), cancelled)
    lateship = _either(_rate(values, "late_dispatch"), cancelled)
    plain = {"bad": _either(neg, late), "neg": neg, "late": late, "lateship": lateship}
    return [plain[name] for name in PLAIN_OUTCOMES]


def _either(one: Floats, other: Floats) -> Floats:
    return np.asarray(1.0 - (1.0 - one) * (1.0 - other))


def _fill(out: Floats, key: str, orders: Floats, share: Floats) -> None:
    missing = out[:, COLUMN[f"{key}_d"]] <= 0
    out[missing, COLUMN[f"{key}_n"]] = (orders * share)[missing]
    out[missing, COLUMN[f"{key}_d"]] = orders[missing]


def _rate(values: Floats, key: str) -> Floats:
    denominator = np.maximum(values[:, COLUMN[f"{key}_d"]], 1e-9)
    return np.minimum(values[:, COLUMN[f"{key}_n"]] / denominator, 1.0)


def _any_of(values: Floats, orders: Floats, metrics: Iterable[Metric]) -> Floats:
    clean = np.ones(len(values))
    for metric in metrics:
        clean *= 1.0 - _share(values, orders, metric)
    return np.asarray(1.0 - clean)


def _share(values: Floats, orders: Floats, metric: Metric) -> Floats:
    """Of the orders, or of what the metric counts where that is more, those that it found at fault; 0 to 1."""
    exposed = np.maximum(np.maximum(orders, values[:, COLUMN[f"{metric.key}_d"]]), 1e-9)
    return np.asarray(np.minimum(values[:, COLUMN[f"{metric.key}_n"]] / exposed, 1.0))
