"""Features: decayed rates of a subject, shrunk and set against the rest of the market.

For every metric and half-life, with the decayed sums n and d of the subject and N and D of a group WITHOUT it:

    market   m = (N_market + a p0) / (D_market + a)        a pseudo-count, so that an empty market has a rate too
    category c = (N_category + b) / (D_category + b / m)   shrunk to the market by b pseudo-incidents
    subject  p = (n + g) / (d + g / c)                     shrunk to its category by g pseudo-incidents
    feature  logit(p) - logit(m)                           durations: log of the means instead of logit

Leaving the subject out of its own yardsticks is what makes the monotone promise hold by construction: an incident of
the subject raises n and nothing else, to the last bit, for decayed sums lie on a grid on which float64 adds and
subtracts without rounding. Setting it against the market takes the level of the whole market (strikes, seasons) out of the rating.
`defect` and `problem` are no features: an order with two incidents is one defect, and without the earlier incident
that defect would only be a fresher one. `incident` counts every incident, so it falls whenever one had not happened. Metrics of returns (slow refunds, refusals, refund time) are counted per ORDER: per
return, a return that had never happened would take a good denominator away and could make the rate look worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.metrics import CATALOGUE, KIND_ASPECTS, PROMISES, Aspect, Metric, SubjectKind
from scoring.reported import PER_RETURN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HALF_LIVES = (30, 120, 365)  # days
DECAYED: tuple[str, ...] = (
    *(f"{m.key}_{part}" for m in CATALOGUE for part in ("n", "d")),
    "orders",
    *(f"{promise}_{part}" for promise in PROMISES for part in ("n", "d")),
)
GRID = 2.0**14  # steps per unit of a decayed sum: exact up to totals of 5e11
_AT: dict[str, int] = {name: position for position, name in enumerate(DECAYED)}
PACE = "dispatch_pace"  # minutes to dispatch by minutes promised
_COUNTED_ONLY = ("defect", "problem")  # per order, not per incident: see above


@dataclass(frozen=True)
class Shrinkage:
    """Strength of the pull, in units of the numerator where `of_numerator`, else of the denominator.

    Pseudo-incidents suit rare things: half a one weighs 10 orders at 5 % and 500 at one in a thousand.
    """

    subject: float
    category: float
    market: float  # always in units of the denominator
    default: float  # rate or minutes where nobody has any evidence
    of_numerator: bool


SHARES = Shrinkage(subject=0.5, category=10.0, market=50.0, default=0.02, of_numerator=True)
MINUTES = Shrinkage(subject=5.0, category=20.0, market=5.0, default=1440.0, of_numerator=False)
PROMISED = Shrinkage(subject=5.0, category=20.0, market=5.0, default=10080.0, of_numerator=False)  # minutes: a week
PACED = Shrinkage(
    subject=36000.0, category=144000.0, market=36000.0, default=0.2, of_numerator=False
)  # minutes promised
WAITING = Shrinkage(subject=2880.0, category=14400.0, market=50.0, default=72.0, of_numerator=True)  # minutes per order


@dataclass(frozen=True)
class Feature:
    """`direction` 1: more is worse, held as a constraint; 0: free (volume, age, and what the store promises: all known
    when an order is placed, so that no incident moves them)."""

    name: str
    direction: int
    metric: str | None
    aspect: Aspect | None


def catalogue(kind: SubjectKind) -> tuple[Feature, ...]:
    """All features of a kind, in column order."""
    rates = [Feature(f"{m.key}_{half_life}", 1, m.key, m.aspect) for m in metrics(kind) for half_life in HALF_LIVES]
    rest = [
        *(Feature(f"{PACE}_{h}", 1, "dispatch_time", "logistics") for h in HALF_LIVES if kind == "store"),
        Feature("category_incident", 1, None, None),
        *(Feature(name, 0, None, None) for name in ("log_orders", "log_orders_30", "log_age")),
        *(Feature(name, 0, None, "logistics") for name in PROMISES if kind == "store"),
    ]
    return (*rates, *rest)


def metrics(kind: SubjectKind) -> list[Metric]:
    """The metrics that features of this kind are made from."""
    return [metric for metric in CATALOGUE if kind in metric.subjects and metric.key not in _COUNTED_ONLY]


def names_for(kind: SubjectKind, target: str) -> list[str]:
    """Features that may predict a target: an aspect sees its own metrics and volume, anything else sees all."""
    known = catalogue(kind)
    aspect = target.removeprefix("defect_")
    if aspect not in KIND_ASPECTS[kind]:
        return [feature.name for feature in known]
    return [feature.name for feature in known if feature.aspect == aspect or feature.name == "log_orders"]


def targets(kind: SubjectKind) -> list[str]:
    """Outcome columns that a kind is rated on: the defect, each aspect's, and problems of any cause."""
    return ["defect", *(f"defect_{aspect}" for aspect in KIND_ASPECTS[kind]), "problem"]


@dataclass(frozen=True)
class Peers:
    """The subjects of one kind: row numbers in the sums, category code and age in days at the cut-off of each."""

    kind: SubjectKind
    rows: Ints
    categories: Ints
    age: Floats


@dataclass(frozen=True)
class Totals:
    """Half-life -> DECAYED sums of all subjects of a kind, and of each category code (codes x DECAYED)."""

    market: dict[int, Floats]
    category: dict[int, Floats]

    def others(self, own: Mapping[int, Floats], categories: Ints) -> Yardsticks:
        """Yardsticks of subjects that are part of the totals: `own` rows x DECAYED, category code of each row."""
        return Yardsticks(
            {half_life: np.maximum(total - own[half_life], 0.0) for half_life, total in self.market.items()},
            {
                half_life: np.maximum(total[categories] - own[half_life], 0.0)
                for half_life, total in self.category.items()
            },
        )


@dataclass(frozen=True)
class Yardsticks:
    """Half-life -> rows x DECAYED: what the OTHER subjects of the kind, and of kind and category, add up to."""

    market: dict[int, Floats]
    category: dict[int, Floats]

    def take(self, rows: Ints | NDArray[np.bool_]) -> Yardsticks:
        """Those of some rows."""
        return Yardsticks(
            {half_life: sums[rows] for half_life, sums in self.market.items()},
            {half_life: sums[rows] for half_life, sums in self.category.items()},
        )


def on_grid(sums: Floats) -> Floats:
    """Decayed sums rounded to the grid (a sixteen-thousandth): larger stays larger, and totals are exact."""
    return np.asarray(np.rint(sums * GRID) / GRID)


def totals(sums: Mapping[int, Floats], peers: Peers) -> Totals:
    """Decayed sums of everybody (half-life -> rows x DECAYED, on the grid) -> totals of the subjects of `peers`."""
    codes = int(peers.categories.max(initial=-1)) + 1
    member = csr_matrix(
        (np.ones(len(peers.rows)), (peers.categories, np.arange(len(peers.rows)))), shape=(codes, len(peers.rows))
    )
    own = {half_life: table[peers.rows] for half_life, table in sums.items()}
    return Totals(
        {half_life: table.sum(axis=0) for half_life, table in own.items()},
        {half_life: np.asarray(member @ table) for half_life, table in own.items()},
    )


def yardsticks(sums: Mapping[int, Floats], peers: Peers) -> Yardsticks:
    """Decayed sums of everybody (half-life -> rows x DECAYED, on the grid) -> yardsticks of the rows of `peers`."""
    own = {half_life: table[peers.rows] for half_life, table in sums.items()}
    return totals(sums, peers).others(own, peers.categories)


def features(own: Mapping[int, Floats], yard: Yardsticks, age: Floats, kind: SubjectKind) -> pd.DataFrame:
    """Features of subjects, each from its own row alone: rows x catalogue(kind), float32, no NaN.

    `own`: half-life -> rows x DECAYED; `yard`: as many rows; `age`: days, one per row.
    """
    columns: dict[str, Floats] = {}
    for half_life in HALF_LIVES:
        market, category = yard.market[half_life], yard.category[half_life]
        for metric in metrics(kind):
            name = f"{metric.key}_{half_life}"
            columns[name], near = _relative(metric, own[half_life], market, category)
            if name == "incident_120":
                columns["category_incident"] = near
        far, _, subject = _means("dispatch_time", own[half_life], market, category, PACED, "dispatch_promise_n")
        columns[f"{PACE}_{half_life}"] = np.log(subject) - np.log(far)
    columns["log_orders"] = np.log1p(own[120][:, _AT["orders"]])
    columns["log_orders_30"] = np.log1p(own[30][:, _AT["orders"]])
    for promise in PROMISES:
        far, _, subject = _means(promise, own[120], yard.market[120], yard.category[120], PROMISED)
        columns[promise] = np.log(subject) - np.log(far)
    columns["log_age"] = np.log1p(np.maximum(age, 0.0))
    frame = pd.DataFrame({f.name: columns[f.name].astype(np.float32) for f in catalogue(kind)})
    assert not frame.isna().to_numpy().any(), "a feature is NaN"  # noqa: S101 (LightGBM would take it silently)
    return frame


def rates(own: Floats, market: Floats, category: Floats, metric: Metric) -> tuple[Floats, Floats, Floats]:
    """Shrunk rates (or minutes) of the market, the category and the subject: tables of rows x DECAYED -> rows each."""
    return _means(metric.key, own, market, category, shrinkage(metric), exposure(metric))


def _means(
    key: str, own: Floats, market: Floats, category: Floats, k: Shrinkage, below: str | None = None
) -> tuple[Floats, Floats, Floats]:
    n, d = _AT[f"{key}_n"], _AT[below or f"{key}_d"]
    far = (market[:, n] + k.market * k.default) / (market[:, d] + k.market)
    near = _shrunk(category[:, n], category[:, d], far, k.category, k.of_numerator)
    return far, near, _shrunk(own[:, n], own[:, d], near, k.subject, k.of_numerator)


def _relative(metric: Metric, own: Floats, market: Floats, category: Floats) -> tuple[Floats, Floats]:
    """The feature, and the same for the category: both against the market, each without the subject itself."""
    far, near, subject = rates(own, market, category, metric)
    scale = np.log if metric.key == "incident" or metric.unit != "share" else _logit  # an order may have two incidents
    return scale(subject) - scale(far), scale(near) - scale(far)


def exposure(metric: Metric) -> str:
    """The counter a metric is divided by here: orders for what happens to returns, else its own denominator."""
    return "orders" if metric.key in PER_RETURN else f"{metric.key}_d"


def shrinkage(metric: Metric) -> Shrinkage:
    """How strongly a metric is pulled towards its category and market."""
    if metric.unit == "share":
        return SHARES
    return WAITING if metric.key in PER_RETURN else MINUTES


def _shrunk(n: Floats, d: Floats, towards: Floats, strength: float, of_numerator: bool) -> Floats:
    if of_numerator:
        return np.asarray((n + strength) / (d + strength / towards))
    return np.asarray((n + strength * towards) / (d + strength))


def _logit(rate: Floats) -> Floats:
    clipped = np.minimum(rate, 0.99)  # symptoms are counted when known, orders when placed: a rate may pass 1
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def ages(opened: Ints, first_seen: Ints, cutoff: date) -> Floats:
    """Days since the opening day, else since the first day with orders, else 0."""
    start = np.where(opened >= 0, opened, first_seen)
    return np.where(start >= 0, np.maximum(cutoff.toordinal() - start, 0), 0).astype(np.float64)
