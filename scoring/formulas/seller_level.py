"""eBay, seller levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, ratio
from scoring.formulas.history import COMPLAINTS, History

Floats = NDArray[np.float64]
SHORT, LONG = 90, 365  # days
MANY = 400  # transactions in 3 months: then these alone are looked at
LEAST_TRANSACTIONS = 100  # of a Top Rated seller, in 12 months
CASES = (*(f"{key}_n" for key in COMPLAINTS), "refused_return_n")
DEFECTS = ("merchant_cancel_n", *CASES)
TOP, ABOVE, BELOW = 0.0, 1.0, 2.0


def score(past: History) -> Floats:
    """0 Top Rated, 1 Above Standard, 2 Below Standard; inside a level, how near the seller is to falling out.

    Looked at over 3 months when they hold 400 transactions, else over 12. Defects are transactions that the seller
    cancelled and cases closed without the seller's solution (confirmed complaints, refused returns).
    Top Rated: at least 100 transactions a year, defects <= 0.5 % or at most 3, cases <= 0.3 % or at most 2, late
    shipments <= 3 % or at most 5. Below Standard: defects > 2 % and more than 4, or cases > 0.3 % and more than 2; late
    shipment alone never makes one. eBay publishes the level only and counts distinct buyers where we count incidents.
    The nearness, x / (1 + x) with x the greatest rate as a multiple of its limit, is ours: it breaks ties.
    A seller without transactions is Above Standard, as new sellers are.
    Source: eBay, "Seller levels and performance standards" (US).
    """
    long = past.total(SHORT, "orders") < MANY
    orders, defects, cases = (_of(past, long, names) for names in (("orders",), DEFECTS, CASES))
    late, due = _of(past, long, ("late_dispatch_n",)), _of(past, long, ("late_dispatch_d",))
    rates = [ratio(defects, orders, 0.0), ratio(cases, orders, 0.0), ratio(late, due, 0.0)]
    top = past.total(LONG, "orders") >= LEAST_TRANSACTIONS
    for rate, count, most, few in zip(rates, (defects, cases, late), (0.005, 0.003, 0.03), (3, 2, 5), strict=True):
        top &= (rate <= most) | (count <= few)
    below = ((rates[0] > 0.02) & (defects > 4)) | ((rates[1] > 0.003) & (cases > 2))
    strain = np.maximum.reduce([rates[0] / 0.02, rates[1] / 0.003, rates[2] / 0.03])
    level = np.where(below, BELOW, np.where(top, TOP, ABOVE))
    return np.asarray(level + strain / (1.0 + strain))


def _of(past: History, long: NDArray[np.bool_], names: tuple[str, ...]) -> Floats:
    return np.where(long, past.total(LONG, *names), past.total(SHORT, *names))


SELLER_LEVEL = Formula("seller_level", "Seller level (eBay)", "eBay: seller performance standards, US", score)
