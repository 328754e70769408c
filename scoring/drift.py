"""Has the evidence itself broken overnight? Tonight is held against the last publication before anybody sees it.

Many subjects: the publication stops and the ratings of the night before stay up. Few: they alone are withheld.
What a new model moves is the gate's business (gate.py): it comes in here as `explained`. docs/gate.md argues the
limits.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scoring.findings import Finding, plain
from scoring.reported import COLUMN
from scoring.sums import Block

Floats = NDArray[np.float64]
Histogram = dict[str, Any]  # {"rows": subjects, "features": {name: {"knots": [...], "shares": [...]}}}
STARS = [1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0]
_BINS = 10
_LEAST_WIDTH = 0.1  # of a bin, in units of a feature: a tenth of a rate, for features are logarithms
_LEAST_SHARE = 0.001  # an empty bin, so that one straggler in a thousand subjects is no infinite shift
_USUAL_DAYS = 28
_TIME = "log_age"  # everybody ages at once, which is no shift of the evidence


@dataclass(frozen=True)
class Limits:
    """What one night may change before people look. The reasons for every number are in docs/gate.md."""

    psi: float = 0.25  # "significant shift" of Siddiqi 2006; above 0.1 is shown as a warning
    warn: float = 0.1
    features: float = 0.2  # share of features beyond `psi`
    rows: int = 200  # subjects on both sides, else chance alone shifts this far
    history: int = 14  # days of evidence; before, every night doubles what is known
    move: float = 0.5  # stars
    moved: float = 0.05  # share of subjects with stars
    least_moved: int = 10  # subjects
    jump: float = 1.0  # stars
    incidents: int = 5  # that explain a fall of one subject
    buyers: int = 5
    alone: int = 2  # subjects that may fall by a jump in one night and be believed
    alone_share: float = 0.001  # the same, of all with stars
    grown: float = 1.5  # times the orders counted the night before
    shrunk: float = 0.67
    usual_days: float = 20.0  # worth of orders that growing or shrinking has to come to as well
    missing: float = 0.05  # of a usual day
    usual: float = 100.0  # orders a day, below which a day without any is no news


@dataclass(frozen=True)
class Drift:
    """`stop`: why nothing may be published; `withheld`: who is not shown until a person has looked."""

    stop: tuple[Finding, ...] = ()
    withheld: frozenset[str] = frozenset()
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def reasons(self) -> list[str]:
        """Why it stops, as short sentences with their figures."""
        return [finding.text for finding in self.stop]

    def as_json(self) -> dict[str, Any]:
        return {
            "stop": [finding.as_json() for finding in self.stop],
            "withheld": len(self.withheld),
            "figures": self.figures,
        }


def histogram(features: pd.DataFrame) -> Histogram:
    """Where the subjects of a night stand, small enough to keep: per feature up to 12 knots and the share at each.

    Knots are the middles of the ten quantile bins, thinned to a least distance, and one beyond either end.
    """
    found = {}
    for name in features.columns.drop(_TIME, errors="ignore"):
        values = features[name].to_numpy(dtype=np.float64)
        knots = _knots(values)
        shares = [round(share, 6) for share in _shares(values, knots).tolist()]
        found[str(name)] = {"knots": knots.tolist(), "shares": shares}
    return {"rows": len(features), "features": found}


def psi(reference: Histogram, features: pd.DataFrame) -> dict[str, float]:
    """Population stability index of every feature that both have: sum of (q - p) ln(q / p) over bins (Siddiqi 2006).

    `features` should be of subjects that the reference knew, else newcomers look like a shift. A row counts to the two
    knots around it in proportion (linear binning): where thousands of subjects without evidence share one value, a
    hair's breadth over a bin's edge would else move them all. Below 0.1 is no shift, above 0.25 a significant one.
    """
    known = reference["features"]
    return {
        str(name): index(
            known[name]["shares"], _shares(features[name].to_numpy(dtype=np.float64), np.array(known[name]["knots"]))
        )
        for name in features.columns
        if name in known and len(features) and reference["rows"]
    }


def index(before: ArrayLike, now: ArrayLike) -> float:
    """The population stability index of two lists of shares; an empty bin counts as a thousandth. Never negative."""
    p, q = (np.maximum(np.asarray(shares, dtype=np.float64), _LEAST_SHARE) for shares in (before, now))
    return float(((q - p) * np.log(q / p)).sum())


def _knots(values: Floats) -> Floats:
    known = values[np.isfinite(values)]
    if not len(known):
        return np.array([0.0])
    knots: list[float] = []
    for middle in np.quantile(known, (np.arange(_BINS) + 0.5) / _BINS).tolist():
        if not knots or middle - knots[-1] >= _LEAST_WIDTH:
            knots.append(middle)
    beyond = max(5 * _LEAST_WIDTH, (knots[-1] - knots[0]) / 2)
    return np.round([knots[0] - beyond, *knots, knots[-1] + beyond], 6)


def _shares(values: Floats, knots: Floats) -> Floats:
    """Share of the values at each knot; beyond the outer knots they count there, what is not finite at the last."""
    if not len(values):
        return np.zeros(len(knots))
    place = np.interp(np.where(np.isfinite(values), values, np.inf), knots, np.arange(len(knots)))
    left = np.floor(place).astype(np.int64)
    right = np.minimum(left + 1, len(knots) - 1)
    size = len(knots)
    total = np.bincount(left, 1 - (place - left), size) + np.bincount(right, place - left, size)
    return np.asarray(total / len(values))


class DailyOrders:
    """Valid orders of all subjects by market day; a sink for sums.feed."""

    def __init__(self) -> None:
        self.days: dict[int, float] = {}  # ordinal day -> orders

    def add(self, block: Block, size: int) -> None:
        days, place = np.unique(block.days, return_inverse=True)
        sums = np.bincount(place, weights=block.counts[:, COLUMN["orders"]])
        for day, orders in zip(days.tolist(), sums.tolist(), strict=True):
            self.days[day] = self.days.get(day, 0.0) + orders


def volume(days: Mapping[int, float], as_of: date) -> dict[str, float]:
    """Orders of the last day, of a usual day (median of the 28 days before, missing days as 0) and of 365 days; and
    the last day's ordinal."""
    last = as_of.toordinal()
    first = min(days, default=last)
    before = [days.get(day, 0.0) for day in range(max(first, last - _USUAL_DAYS), last)]
    year = sum(orders for day, orders in days.items() if as_of - timedelta(days=365) < date.fromordinal(day) <= as_of)
    return {
        "day": last,
        "last_day": days.get(last, 0.0),
        "usual_day": float(np.median(before)) if before else 0.0,
        "year": float(year),
    }


def check_volume(now: dict[str, float], before: dict[str, float] | None, limits: Limits = Limits()) -> Drift:
    """Did evidence double or vanish since the last publication, or a whole day fail to come?

    Both as volume() gives them. Growing has to be worth twenty usual days beside a half of what was there (and a day
    more for each night since), so neither a young market nor a sale of ten usual days stops. A feed whose last day was missing the night before as well is always
    late, and has its own remark on the console. Without `before` nothing stops.
    """
    if before is None:
        return Drift(figures={"volume": plain(now)})
    ratio = now["year"] / max(before["year"], 1.0)
    usual = max(before["usual_day"], before["last_day"], 1.0)
    worth = abs(now["year"] - before["year"]) >= (limits.usual_days + now["day"] - before["day"]) * usual
    enough = max(before["year"], now["year"]) >= limits.usual_days * limits.usual
    stop = []
    if ratio > limits.grown and worth and enough:
        stop.append(Finding("evidence_grew", ratio, limits.grown))
    if ratio < limits.shrunk and worth and enough:
        stop.append(Finding("evidence_shrank", ratio, limits.shrunk))
    filled, habit = (day["last_day"] / max(day["usual_day"], 1.0) for day in (now, before))
    if filled < limits.missing <= habit and now["usual_day"] >= limits.usual:
        stop.append(Finding("day_missing", filled, limits.missing))
    return Drift(tuple(stop), figures={"volume": plain(now | {"ratio": ratio, "filled": filled})})


def jumped(stars: pd.DataFrame, limits: Limits = Limits()) -> list[str]:
    """Whose star jumps tonight: the few for whom `check` wants to know incidents and buyers. `stars` as in check()."""
    moves = _moves(stars)
    return [str(subject) for subject in moves.index[moves.abs() >= limits.jump - 1e-9]]


def check(
    stars: pd.DataFrame,
    shifts: Mapping[str, float],
    subjects: int,
    witnesses: pd.DataFrame,
    limits: Limits = Limits(),
    *,
    history: int,
    cleared: AbstractSet[str] = frozenset(),
) -> Drift:
    """Tonight's stars of one kind against those last published.

    stars: index subject id, of all who would have stars tonight: exact (unrounded, as settled; NaN is a broken score),
    before (as last published, by today's scale; NaN where there was none) and explained (stars of the change that somebody answers
    for already: the model's part, which the gate has judged, and the part of persons' decisions). shifts: psi() of the
    features, of `subjects` subjects. witnesses: index subject id, for those whom jumped() names: incidents and buyers
    (distinct), new since the last publication. history: days of evidence up to the last publication. cleared: subjects
    that a person has looked at.
    """
    moves = _moves(stars)
    figures = _figures(stars, moves, shifts, subjects, limits)
    withheld = _unexplained(moves, witnesses, limits) - cleared
    figures["jumped"] = len(jumped(stars, limits))
    figures["history"] = history
    return Drift(tuple(_stops(figures, limits)), frozenset(withheld), plain(figures))


def _moves(stars: pd.DataFrame) -> pd.Series[float]:
    """Stars by which each subject moved for no reason that is known; NaN where one night had none."""
    return stars["exact"] - stars["before"] - stars["explained"].fillna(0.0)


def _figures(
    stars: pd.DataFrame, moves: pd.Series[float], shifts: Mapping[str, float], subjects: int, limits: Limits
) -> dict[str, Any]:
    both = moves.notna()
    past = (stars["before"] + stars["explained"].fillna(0.0))[both].to_numpy(dtype=np.float64)
    knots = np.array(STARS)
    return {
        "stars": int(both.sum()),
        "not_finite": int((~np.isfinite(stars["exact"].to_numpy(dtype=np.float64))).sum()),
        "moved": int((moves.abs() >= limits.move - 1e-9).sum()),
        "star_psi": index(
            _shares(past, knots), _shares(stars["exact"][both].to_numpy(dtype=np.float64), knots)
        ) if both.any() else 0.0,
        "subjects": subjects,
        "psi": dict(shifts),
        "shifted": sum(shift > limits.psi for shift in shifts.values()),
    }  # fmt: skip


def _stops(figures: dict[str, Any], limits: Limits) -> list[Finding]:
    stop = []
    if figures["not_finite"]:
        stop.append(Finding("stars_not_finite", figures["not_finite"], 0))
    moved = figures["moved"] / max(figures["stars"], 1)
    if moved > limits.moved and figures["moved"] >= limits.least_moved:
        stop.append(Finding("stars_moved", moved, limits.moved))
    if figures["star_psi"] > limits.psi and figures["stars"] >= limits.rows:
        stop.append(Finding("stars_shifted", figures["star_psi"], limits.psi))
    shifted = figures["shifted"] / max(len(figures["psi"]), 1)
    if shifted > limits.features and figures["subjects"] >= limits.rows and figures["history"] >= limits.history:
        stop.append(Finding("features_shifted", shifted, limits.features))
    return stop


def _unexplained(moves: pd.Series[float], witnesses: pd.DataFrame, limits: Limits) -> set[str]:
    """Jumps that nothing bears out. A fall is believed with five incidents of five buyers, if it comes alone: a disaster
    strikes one store, a poisoned batch strikes several in the same night."""
    falls = moves[moves <= -limits.jump + 1e-9]
    rises = moves[moves >= limits.jump - 1e-9]
    known = witnesses.reindex(falls.index)
    borne = (known["incidents"] >= limits.incidents) & (known["buyers"] >= limits.buyers)
    company = len(falls) > max(limits.alone, int(limits.alone_share * moves.notna().sum()))
    doubtful = falls.index if company else falls.index[~borne.to_numpy(dtype=bool)]
    return {str(subject) for subject in [*doubtful, *rises.index]}
