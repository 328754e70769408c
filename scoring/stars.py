"""From log-odds to what is shown: the scale, halves, percentiles and states.

A scale is a dict that JSON can hold: "<kind>.<target>" -> {"points": [[log-odds, star], ...], "subjects", "source"};
targets are "overall" and the aspects. It is fitted once per market and then frozen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scoring.metrics import KIND_ASPECTS

Floats = NDArray[np.float64]
Scale = dict[str, dict[str, Any]]
State = Literal["new", "few_orders", "withheld", "rated"]
Withheld = Callable[[str, str], bool]  # kind and subject id -> whether withheld
LEAST_ORDERS = 30  # valid orders in 365 days
LEAST_BUYERS = 5
LEAST_SUBJECTS = 50  # rated subjects that a fitted scale needs
BEST, WORST = 5.0, 1.0
_TAIL_SUBJECTS = 5.0  # subjects beyond a point that weigh as much as its least distance
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
    values = np.asarray(log_odds, dtype=np.float64)
    known: Floats = values[np.isfinite(values)]
    stars = [point[0] for point in _POINTS]
    if len(known) < LEAST_SUBJECTS:
        where, source = [_logit(point[3]) - shift for point in _POINTS], "default"
    else:
        where, source = _spread(known), "fitted"
    points = [[round(at, 6), star] for at, star in zip(where, stars, strict=True)]
    return {"points": points, "subjects": len(known), "source": source}


def _spread(known: Floats) -> list[float]:
    """Quantiles, as far as subjects vouch for them, pushed out so that neighbours keep their least distance.

    A quantile with k subjects beyond it counts k / (k + 5), the least distance the rest: with 60 rated subjects the
    worst of all would else decide alone where 1.0 is.
    """
    median = float(np.quantile(known, 0.5))
    where = [_vouched(known, median, point) for point in _POINTS]
    middle = 2
    for step in (-1, 1):
        at = middle
        while 0 <= at + step < len(where):
            gap = _POINTS[at + step][2] - _POINTS[at][2]
            beyond = max if step > 0 else min
            where[at + step] = beyond(where[at + step], where[at] + gap)
            at += step
    return where


def _vouched(known: Floats, median: float, point: tuple[float, float, float, float]) -> float:
    _, share, least, _ = point
    behind = len(known) * min(share, 1 - share)
    weight = behind / (behind + _TAIL_SUBJECTS)
    return median + weight * (float(np.quantile(known, share)) - median) + (1 - weight) * least


def check_scale(scale: Any) -> None:
    """Raises ValueError that names the entry and the mend unless `scale` is one that every function here can use:
    each kind and target once, with log-odds strictly rising from star 5.0 strictly down to star 1.0."""
    if not isinstance(scale, dict):
        raise ValueError('the scale is no table: give {"<kind>.<target>": {"points": [[log-odds, star], ...]}}')
    needed = {f"{kind}.{target}" for kind, aspects in KIND_ASPECTS.items() for target in ("overall", *aspects)}
    for name in sorted(needed - set(scale)):
        raise ValueError(f"{name} is missing: add its points")
    for name in sorted(set(scale) - needed, key=str):
        raise ValueError(f"{name} is neither a kind's overall star nor one of its aspects: remove it")
    for name in sorted(needed):
        _check_points(name, scale[name].get("points") if isinstance(scale[name], dict) else None)


def _check_points(name: str, points: Any) -> None:
    if not isinstance(points, list) or len(points) < 2:
        raise ValueError(f"{name}: give at least two points [log-odds, star]")
    for point in points:
        pair = isinstance(point, list | tuple) and len(point) == 2
        if not pair or not all(type(number) in (int, float) and np.isfinite(number) for number in point):
            raise ValueError(f"{name}: {point!r} is no point: give two finite numbers [log-odds, star]")
    table = np.array(points, dtype=np.float64)
    if (np.diff(table[:, 0]) <= 0).any():
        raise ValueError(f"{name}: log-odds must rise from point to point: sort them and drop those that are equal")
    if (np.diff(table[:, 1]) >= 0).any():
        raise ValueError(f"{name}: a higher log-odds is worse, so stars must fall from point to point: lower them")
    if table[0, 1] != BEST or table[-1, 1] != WORST:
        raise ValueError(f"{name}: the first point must be star {BEST} and the last star {WORST}: add the one missing")


def _shift(scores: pd.DataFrame) -> float:
    """Tonight's level less the reference level: what turns absolute rates into log-odds at the reference level."""
    share = scores["defect_share"].clip(1e-9, 1 - 1e-9)
    difference = (np.log(share) - np.log1p(-share) - scores["log_odds"]).dropna()
    return float(difference.median()) if len(difference) else 0.0


def exact(log_odds: ArrayLike, scale: Scale, target: str) -> Floats:
    """Stars 1.0 to 5.0, unrounded, of log-odds at the reference level (any shape); NaN stays NaN.

    `target` is "<kind>.overall" or "<kind>.<aspect>". Raises KeyError for a target the scale does not have.
    """
    points = np.array(scale[target]["points"], dtype=np.float64)
    return np.asarray(np.interp(np.asarray(log_odds, dtype=np.float64), points[:, 0], points[:, 1]))


def stars(log_odds: ArrayLike, scale: Scale, target: str) -> Floats:
    """The same in tenths."""
    return tenths(exact(log_odds, scale, target))


def restated(held: ArrayLike, before: Scale, now: Scale, target: str) -> Floats:
    """Unrounded stars of one scale in another, by the log-odds they stand for. Never changes the order.

    At the ends, where many log-odds share a star, it is the point of the scale that speaks.
    """
    points = np.array(before[target]["points"], dtype=np.float64)[::-1]
    return exact(np.interp(np.asarray(held, dtype=np.float64), points[:, 1], points[:, 0]), now, target)


def tenths(held: ArrayLike) -> Floats:
    """Stars to the nearest tenth, halves of a tenth up."""
    return np.asarray(np.floor(np.asarray(held, dtype=np.float64) * 10 + 0.5 + 1e-9) / 10)


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


def states(scores: pd.DataFrame, withheld: Withheld | None = None) -> pd.Series[str]:
    """The state of every row of a score table, by its index. `withheld(kind, subject_id)` says who is withheld."""
    keys = zip(scores["kind"], scores["subject_id"], scores["orders_counted"], scores["buyers"], strict=True)
    held = withheld or (lambda kind, subject_id: False)
    found = [state(orders, buyers, held(kind, who)) for kind, who, orders, buyers in keys]
    return pd.Series(found, index=scores.index, dtype="str")


def rate(
    scores: pd.DataFrame, scale: Scale, withheld: Withheld | None = None, settled: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The score table, indexed from 0, with state, stars, half_stars, percentile, and per aspect stars_<aspect>,
    percentile_<aspect>.

    Only rated subjects have stars and percentiles, the others NaN. `settled`, row by row as `scores`, has what is to
    be shown of each subject: stars and half_stars, and stars_<aspect> for the aspects that are settled too. What it
    lacks, and all without it, is tonight's log-odds in tenths.
    """
    table = scores.reset_index(drop=True)
    given = pd.DataFrame(index=table.index) if settled is None else settled.reset_index(drop=True)
    columns: dict[str, Any] = {"state": states(table, withheld)}
    rated = columns["state"] == "rated"
    peers = table["kind"].astype(str) + "\x1f" + table["category"].astype(str)
    for suffix, target in (("", "overall"), *((f"_{aspect}", aspect) for aspect in KIND_ASPECTS["store"])):
        name = f"stars{suffix}"
        shown = given[name] if name in given else tenths(exact_by_kind(table, scale, target))
        columns[name] = pd.Series(shown, index=table.index).where(rated)
        columns[f"percentile{suffix}"] = percentile(table[f"log_odds{suffix}"], peers, rated)
    halves = given["half_stars"] if "half_stars" in given else half(columns["stars"])
    columns["half_stars"] = pd.Series(halves, index=table.index).where(rated)
    return table.assign(**columns)


def exact_by_kind(table: pd.DataFrame, scale: Scale, target: str = "overall") -> pd.Series[float]:
    """Unrounded stars of the log-odds of a score table, each kind by its own scale; NaN where a kind has no such
    target. `target`: "overall" or an aspect."""
    column = "log_odds" if target == "overall" else f"log_odds_{target}"
    out = pd.Series(np.nan, index=table.index)
    for kind in KIND_ASPECTS:
        here = table["kind"] == kind
        if here.any() and f"{kind}.{target}" in scale:
            out[here] = exact(table.loc[here, column], scale, f"{kind}.{target}")
    return out


def _logit(share: float) -> float:
    return float(np.log(share) - np.log1p(-share))
