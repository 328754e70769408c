"""Mercado Libre, reputation thermometer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, ratio
from scoring.formulas.history import COMPLAINTS, History

Floats = NDArray[np.float64]
SHORT, LONG = 60, 365  # days
MANY = 40  # sales in 60 days: with fewer the year is looked at
COLOURED = 10  # sales below which there is no colour
CLAIMS = (*(f"{key}_n" for key in COMPLAINTS), "quality_return_n", "described_return_n", "fulfilment_return_n")
# Upper limits of leader, green, yellow and orange in Brazil; above the last one is red.
LIMITS: tuple[tuple[tuple[str, ...], str, tuple[float, ...]], ...] = (
    (CLAIMS, "orders", (0.01, 0.02, 0.045, 0.08)),
    (("merchant_cancel_n",), "orders", (0.005, 0.015, 0.035, 0.04)),
    (("late_dispatch_n",), "late_dispatch_d", (0.06, 0.10, 0.18, 0.22)),
)


def score(past: History) -> Floats:
    """Place on the thermometer: 0 to 1 leader, to 2 green, to 3 yellow, to 4 orange, from 4 red, at most 5.

    The colour is that of the worst of claims (confirmed complaints and returns for the store's fault), cancellations
    by the seller and delayed handling, over 60 days, or 365 where these hold fewer than 40 sales. Inside a colour the
    place grows with the rate, which is ours: it breaks ties. With fewer than 10 sales there is no colour (grey): the
    mean place of the coloured.
    Source: Mercado Libre, "Reputación de vendedores" and Global Selling help 27672 (Brazil).
    """
    market = past.market
    places = _place(market)[_sales(market) >= COLOURED]
    grey = float(places.mean()) if len(places) else 2.0
    return np.where(_sales(past) >= COLOURED, _place(past), grey)


def _place(past: History) -> Floats:
    long = past.total(SHORT, "orders") < MANY
    worst = np.zeros(len(past))
    for numerators, denominator, limits in LIMITS:
        n, d = (
            np.where(long, past.total(LONG, *names), past.total(SHORT, *names))
            for names in (numerators, (denominator,))
        )
        edges = [0.0, *limits, 2.0 * limits[-1]]
        worst = np.maximum(worst, np.interp(ratio(n, d, 0.0), edges, np.arange(len(edges), dtype=np.float64)))
    return worst


def _sales(past: History) -> Floats:
    return np.where(past.total(SHORT, "orders") < MANY, past.total(LONG, "orders"), past.total(SHORT, "orders"))


THERMOMETER = Formula(
    "thermometer", "Thermometer (Mercado Libre)", "Mercado Libre: reputación de vendedores, Brazil", score
)
