"""Features: decayed rates of a subject, shrunk and set against the rest of the market.

For every metric and half-life, with the decayed sums n and d of the subject and N and D of a group WITHOUT it:

    market   m = (N_market + a p0) / (D_market + a)        a pseudo-count, so that an empty market has a rate too
    category c = (N_category + b) / (D_category + b / m)   shrunk to the market by b pseudo-incidents
    subject  p = (n + g) / (d + g / c)                     shrunk to its category by g pseudo-incidents
    feature  logit(p) - logit(m)                           durations: log of the means instead of logit

Leaving the subject out of its own yardsticks is what makes the monotone promise hold by construction: an incident of
the subject raises n and nothing else. Setting it against the market takes the level of the whole market (strikes,
seasons) out of the rating. Metrics of returns (slow refunds, refusals, refund time) are counted per ORDER: per
return, a return that had never happened would take a good denominator away and could make the rate look worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.metrics import CATALOGUE, KIND_ASPECTS, Aspect, Metric, SubjectKind
from scoring.reported import PER_RETURN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HALF_LIVES = (30, 120, 365)  # days
DECAYED: tuple[str, ...] = (*(f"{m.key}_{part}" for m in CATALOGUE for part in ("n", "d")), "orders")
_AT: dict[str, int] = {name: position for position, name in enumerate(DECAYED)}


@dataclass(frozen=True)
class Shrinkage:
    """Strength of the pull, in units of the numerator where `of_numerator`, else of the denominator.

    Pseudo-incidents suit rare things: two of them weigh 40 orders at 5 % and 2,000 at one in a thousand.
    """

    subject: float
    category: float
    market: float  # always in units of the denominator
    default: float  # rate or minutes where nobody has any evidence
    of_numerator: bool


SHARES = Shrinkage(subject=2.0, category=10.0, market=50.0, default=0.02, of_numerator=True)
MINUTES = Shrinkage(subject=5.0, category=20.0, market=5.0, default=1440.0, of_numerator=False)
WAITING = Shrinkage(subject=2880.0, category=14400.0, market=50.0, default=72.0, of_numerator=True)  # minutes per order


@dataclass(frozen=True)
class Feature:
    """`direction` 1: more is worse, held as a constraint; 0: free (volume and age)."""

    name: str
    direction: int
    metric: str | None
    aspect: Aspect | None


def catalogue(kind: SubjectKind) -> tuple[Feature, ...]:
    """All features of a kind, in column order."""
    rates = [Feature(f"{m.key}_{half_life}", 1, m.key, m.aspect) for m in metrics(kind) for half_life in HALF_LIVES]
    rest = [
        Feature("category_defect", 1, None, None),
        Feature("log_orders", 0, None, None),
        Feature("log_age", 0, None, None),
    ]
    return (*rates, *rest)


def metrics(kind: SubjectKind) -> list[Metric]:
    """The metrics that speak about subjects of this kind."""
    return [metric for metric in CATALOGUE if kind in metric.subjects]


def names_for(kind: SubjectKind, target: str) -> list[str]:
    """Features that may predict a target: the defect never sees what others caused, an aspect only its own metrics."""
    known = catalogue(kind)
    if target == "problem":
        return [feature.name for feature in known]
    if target == "defect":
        return [feature.name for feature in known if feature.metric != "problem"]
    aspect = target.removeprefix("defect_")
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


def features(sums: Mapping[int, Floats], peers: Peers) -> pd.DataFrame:
    """Decayed sums (half-life -> rows x DECAYED) -> subjects of `peers` x catalogue(kind), float32, no NaN."""
    columns: dict[str, Floats] = {}
    for half_life in HALF_LIVES:
        own = sums[half_life][peers.rows]
        for metric in metrics(peers.kind):
            columns[f"{metric.key}_{half_life}"], category = _relative(own, metric, peers.categories)
            if metric.key == "defect" and half_life == 120:
                columns["category_defect"] = category
                columns["log_orders"] = np.log1p(own[:, _AT["orders"]])
    columns["log_age"] = np.log1p(np.maximum(peers.age, 0.0))
    frame = pd.DataFrame({f.name: columns[f.name].astype(np.float32) for f in catalogue(peers.kind)})
    assert not frame.isna().to_numpy().any(), "a feature is NaN"  # noqa: S101 (LightGBM would take it silently)
    return frame


def _relative(own: Floats, metric: Metric, categories: Ints) -> tuple[Floats, Floats]:
    """The feature, and the same for the category: both against the market, each without the subject itself."""
    n, d = own[:, _AT[f"{metric.key}_n"]], own[:, _AT[exposure(metric)]]
    k = shrinkage(metric)
    market = (others(n, None) + k.market * k.default) / (others(d, None) + k.market)
    category = _shrunk(others(n, categories), others(d, categories), market, k.category, k.of_numerator)
    subject = _shrunk(n, d, category, k.subject, k.of_numerator)
    scale = _logit if metric.unit == "share" else np.log
    return scale(subject) - scale(market), scale(category) - scale(market)


def exposure(metric: Metric) -> str:
    """The counter a metric is divided by here: orders for what happens to returns, else its own denominator."""
    return "orders" if metric.key in PER_RETURN else f"{metric.key}_d"


def shrinkage(metric: Metric) -> Shrinkage:
    """How strongly a metric is pulled towards its category and market."""
    if metric.unit == "share":
        return SHARES
    return WAITING if metric.key in PER_RETURN else MINUTES


def others(values: Floats, groups: Ints | None) -> Floats:
    """Per row the sum over the other rows (of its group)."""
    if groups is None:
        return np.asarray(np.maximum(values.sum() - values, 0.0))
    totals = np.bincount(groups, weights=values, minlength=1)
    return np.asarray(np.maximum(totals[groups] - values, 0.0))


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
