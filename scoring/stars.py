"""From log-odds to what is shown: the scale, halves, percentiles and states.

A scale is a dict that JSON can hold: "<kind>.<target>" -> {"points": [[log-odds, star], ...], "subjects", "source"};
targets are "overall" and the aspects. It is fitted once per market and then frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scoring.metrics import KIND_ASPECTS

Floats = NDArray[np.float64]
Scale = dict[str, dict[str, Any]]
State = Literal["new", "few_orders", "withheld", "rated"]
LEAST_ORDERS = 30  # valid orders in 365 days
LEAST_BUYERS = 5
LEAST_SUBJECTS = 50  # rated subjects that a fitted scale needs
# star; share of rated subjects that are better; least distance in log-odds from the median, so that a market of
# nearly equal subjects is not spread by noise; and the defect rate that earns it on the default scale.
_POINTS = (
    (5.0, 0.03, -0.80, 0.010),
    (4.6, 0.25, -0.40, 0.022),
    (4.2, 0.50, 0.00, 0.040),
    (3.6, 0.75, 0.45, 0.070),
    (2.8, 0.90, 0.90, 0.120),
    (1.8, 0.97, 1.40, 0.200),
    (1.0, 0.995, 2.00, 0.350),
)


def fit_scale(scores: pd.DataFrame) -> Scale:
    """Breakpoints of every kind and target from the subjects of a score table that have enough orders.

    Where fewer than 50 are rated the default scale stands: absolute defect rates for the overall star (1 % is 5.0,
    4 % is 4.2, 20 % is 1.8), the same distances from an ordinary market for an aspect.
    """
    enough = (scores["orders_counted"] >= LEAST_ORDERS) & (scores["buyers"] >= LEAST_BUYERS)
    scale: Scale = {}
    for kind, aspects in KIND_ASPECTS.items():
        table = scores[enough & (scores["kind"] == kind)]
        scale[f"{kind}.overall"] = _breakpoints(table["log_odds"], _shift(scores[scores["kind"] == kind]))
        for aspect in aspects:
            scale[f"{kind}.{aspect}"] = _breakpoints(table[f"log_odds_{aspect}"], _logit(0.04) - _logit(0.05 / 5))
    return scale


def _breakpoints(log_odds: pd.Series[float], shift: float) -> dict[str, Any]:
    known: Floats = np.asarray(log_odds.dropna(), dtype=np.float64)
    stars = [point[0] for point in _POINTS]
    if len(known) < LEAST_SUBJECTS:
        where, source = [_logit(point[3]) - shift for point in _POINTS], "default"
    else:
        where, source = _spread(known), "fitted"
    points = [[round(at, 6), star] for at, star in zip(where, stars, strict=True)]
    return {"points": points, "subjects": len(known), "source": source}


def _spread(known: Floats) -> list[float]:
    """Quantiles, pushed out so that neighbours keep their least distance."""
    where = [float(np.quantile(known, point[1])) for point in _POINTS]
    middle = 2
    for step in (-1, 1):
        at = middle
        while 0 <= at + step < len(where):
            gap = _POINTS[at + step][2] - _POINTS[at][2]
            beyond = max if step > 0 else min
            where[at + step] = beyond(where[at + step], where[at] + gap)
            at += step
    return where


def _shift(scores: pd.DataFrame) -> float:
    """Tonight's level less the reference level: what turns absolute rates into log-odds at the reference level."""
    share = scores["defect_share"].clip(1e-9, 1 - 1e-9)
    difference = (np.log(share) - np.log1p(-share) - scores["log_odds"]).dropna()
    return float(difference.median()) if len(difference) else 0.0


def stars(log_odds: ArrayLike, breakpoints: Scale, target: str) -> Floats:
    """Stars 1.0 to 5.0 in tenths of log-odds at the reference level; NaN stays NaN.

    `target` is "<kind>.overall" or "<kind>.<aspect>". Raises KeyError for a target the scale does not have.
    """
    points = np.array(breakpoints[target]["points"], dtype=np.float64)
    values = np.asarray(log_odds, dtype=np.float64)
    return np.asarray(np.floor(np.interp(values, points[:, 0], points[:, 1]) * 10 + 0.5 + 1e-9) / 10)


def half(shown: ArrayLike) -> Floats:
    """Stars to the nearest half, quarters up."""
    return np.asarray(np.floor(np.asarray(shown, dtype=np.float64) * 2 + 0.5 + 1e-9) / 2)


def percentile(log_odds: pd.Series[float], category: pd.Series[str], rated: pd.Series[bool]) -> pd.Series[float]:
    """Share of the category's rated subjects with a worse log-odds, 0 to 100, ties half; NaN for the others."""
    known = log_odds[rated & log_odds.notna()]
    groups = known.groupby(category[known.index])
    rank, size = groups.rank(method="average"), groups.transform("size")
    return ((size - rank + 0.5) / size * 100).reindex(log_odds.index)


def state(orders: int, buyers: int, withheld: bool = False) -> State:
    """What may be shown of a subject with this many valid orders from this many buyers in 365 days."""
    if withheld:
        return "withheld"
    if orders <= 0:
        return "new"
    return "rated" if orders >= LEAST_ORDERS and buyers >= LEAST_BUYERS else "few_orders"


def rate(scores: pd.DataFrame, breakpoints: Scale, withheld: Callable[[str, str], bool] | None = None) -> pd.DataFrame:
    """The score table with state, stars, half_stars, percentile, and per aspect stars_<aspect>, percentile_<aspect>.

    Only rated subjects have stars and percentiles, the others NaN. `withheld(kind, subject_id)` says who is withheld.
    """
    held = withheld or (lambda kind, subject_id: False)
    table = scores.reset_index(drop=True)
    keys = zip(table["kind"], table["subject_id"], table["orders_counted"], table["buyers"], strict=True)
    states = [state(orders, buyers, held(kind, who)) for kind, who, orders, buyers in keys]
    columns: dict[str, Any] = {"state": pd.Series(states, index=table.index, dtype="str")}
    rated = columns["state"] == "rated"
    for suffix, target in (("", "overall"), *((f"_{aspect}", aspect) for aspect in KIND_ASPECTS["store"])):
        columns[f"stars{suffix}"] = _by_kind(table, f"log_odds{suffix}", breakpoints, target).where(rated)
        peers = table["kind"].astype(str) + "\x1f" + table["category"].astype(str)
        columns[f"percentile{suffix}"] = percentile(table[f"log_odds{suffix}"], peers, rated)
    columns["half_stars"] = pd.Series(half(columns["stars"]), index=table.index)
    return table.assign(**columns)


def _by_kind(table: pd.DataFrame, column: str, breakpoints: Mapping[str, Any], target: str) -> pd.Series[float]:
    out = pd.Series(np.nan, index=table.index)
    for kind in KIND_ASPECTS:
        here = table["kind"] == kind
        if here.any() and f"{kind}.{target}" in breakpoints:
            out[here] = stars(table.loc[here, column], dict(breakpoints), f"{kind}.{target}")
    return out


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))
