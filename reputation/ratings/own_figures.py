"""Every metric of one subject in figures: for programs of its own, and never of fewer than five who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reputation.ratings.standings import Explainable
from scoring.metrics import BY_KEY, Metric
from scoring.outcomes.rules import ANSWERS

if TYPE_CHECKING:
    from scoring.explain.changes import Reason

_YEAR = -1  # the longest half-life
FEWEST = 5  # people who answered: of fewer nothing is told, for one might be known by it
_SCORED = ANSWERS | {"chat_low"}


@dataclass(frozen=True)
class Figure:
    """`value` and `median`: a share 0 to 1, or minutes. `costs`: stars that the median in its place would add; below 0
    for a strength. All but the metric are None where too few answered."""

    metric: Metric
    value: float | None
    median: float | None
    costs: float | None


def own_figures(found: Explainable) -> list[Figure]:
    """What costs most comes first."""
    from scoring.explain.changes import reasons

    told = sorted(reasons(found.rated, found.medians).metrics, key=lambda reason: -reason.gain)
    return [_figure(found, BY_KEY[reason.key], reason) for reason in told]


def _figure(found: Explainable, metric: Metric, reason: Reason) -> Figure:
    if too_few(found, metric):
        return Figure(metric, None, None, None)
    return Figure(metric, reason.own, reason.usual, reason.gain)


def too_few(found: Explainable, metric: Metric) -> bool:
    """Whether so few answered that even the rate would tell of single ones."""
    return metric.key in _SCORED and answered(found, metric) < FEWEST


def answered(found: Explainable, metric: Metric) -> float:
    """At least so many answered in the last year: old answers count for less than one here."""
    from scoring.features import DECAYED, exposure

    return float(found.rated.standing.own[_YEAR, DECAYED.index(exposure(metric))])
