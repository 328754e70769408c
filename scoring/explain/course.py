"""Where a star goes from tonight on with the rates one sets, and the first day on which it reaches a goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.explain.again import AT, SYMPTOMS, Rated, checked
from scoring.explain.trajectory import LAST, onwards, pace
from scoring.features import HALF_LIVES, exposure
from scoring.metrics import BY_KEY, Aspect, Metric
from scoring.stars import tenths

Floats = NDArray[np.float64]
_SHOWN = HALF_LIVES.index(120)
_WORTH = 0.005  # stars: less than this is nothing


@dataclass(frozen=True)
class Hurdle:
    """The measure that keeps a goal out of reach most: were it at `aim` from tonight on, the star of the last day would
    be `star`, and the goal reached after `day` days (None: not even then)."""

    metric: str
    aspect: Aspect
    value: float
    aim: float
    star: float
    day: int | None


@dataclass(frozen=True)
class Course:
    """`stars`: exact star after 0 to 730 days; `day`: the first on which the star that is shown reaches `goal`, None if
    within them it does not, and then `hurdle` says what is in the way (None: no measure of its own is)."""

    stars: Floats
    goal: float
    day: int | None
    hurdle: Hurdle | None


def course(rated: Rated, changes: Mapping[str, float], goal: float, quick: Mapping[str, float]) -> Course:
    """The star on each of the next 730 days if orders go on at their present pace and every metric runs at its rate or
    minutes of `changes`, else at the subject's own (half-life 120 days), beginning with tomorrow's orders.

    What has happened stays and fades; peers and level stay as tonight. `goal`: 1 to 5; `quick` (metric -> minutes): what
    the quicker quarter of the category needs, below which nobody is asked to go. Raises ValueError as `what_if` does.
    """
    checked(changes, {metric.key: metric for metric in rated.metrics()})
    stars = path(rated, changes)
    day = _first(stars, goal)
    return Course(stars, goal, day, _hurdle(rated, changes, goal, quick, stars) if day is None else None)


def daily(rated: Rated, changes: Mapping[str, float]) -> Floats:
    """What an ordinary day brings of each of DECAYED: its orders, and as much trouble as the rates say.

    Per metric: denominator of a day x (its changed value, else its own). Incidents: those of the subject's own rate,
    moved by what its changed symptoms come to.
    """
    standing = rated.standing
    out = pace(standing.own, standing.age, standing.kind)
    incidents = _own_incidents(rated) * out[AT["incident_d"]]
    for metric in rated.metrics():
        own, exposed = rated.value(metric), out[AT[exposure(metric)]]
        value = changes.get(metric.key, own)
        out[AT[f"{metric.key}_n"]] = value * exposed
        if metric.key in SYMPTOMS:
            incidents += (value - own) * exposed
    out[AT["incident_n"]] = max(incidents, 0.0)
    return out


def _own_incidents(rated: Rated) -> float:
    """Incidents per order of half-life 120 days; they may be more than one."""
    n, d = (float(rated.standing.own[_SHOWN, AT[f"incident_{part}"]]) for part in "nd")
    return n / d if d > 0 else 0.0


def path(rated: Rated, changes: Mapping[str, float]) -> Floats:
    """Exact star after 0 to 730 days, as in `course`; `changes` are taken as they are."""
    standing, days = rated.standing, np.arange(LAST + 1, dtype=np.float64)
    return rated.stars(onwards(standing.own, daily(rated, changes), days), standing.age + days)


def _first(stars: Floats, goal: float) -> int | None:
    reached = tenths(stars) >= goal
    return int(np.argmax(reached)) if reached.any() else None


def _hurdle(
    rated: Rated, changes: Mapping[str, float], goal: float, quick: Mapping[str, float], stars: Floats
) -> Hurdle | None:
    """The one whose best gains most by the last day: none at all of what may go wrong, the quicker quarter's time."""
    values = {metric.key: changes.get(metric.key, rated.value(metric)) for metric in rated.metrics()}
    aims = {key: quick.get(key, 0.0) if BY_KEY[key].unit == "minutes" else 0.0 for key in values}
    tried = [key for key in values if aims[key] < values[key]]
    found = _last(rated, [{**changes, key: aims[key]} for key in tried], tried)
    best = max(found, key=lambda key: found[key], default=None)
    if best is None or found[best] - stars[-1] < _WORTH:
        return None
    day = _first(path(rated, {**changes, best: aims[best]}), goal)
    return Hurdle(best, _aspect(BY_KEY[best]), values[best], aims[best], found[best], day)


def _last(rated: Rated, tried: Sequence[Mapping[str, float]], names: Sequence[str]) -> dict[str, float]:
    """Name -> star of the last day, all in one call of the model."""
    if not tried:
        return {}
    standing, last = rated.standing, np.array([float(LAST)])
    tables = np.concatenate([onwards(standing.own, daily(rated, changes), last) for changes in tried])
    return dict(zip(names, rated.stars(tables, np.full(len(tried), standing.age + LAST)).tolist(), strict=True))


def _aspect(metric: Metric) -> Aspect:
    assert metric.aspect is not None  # noqa: S101 (Rated.metrics gives no others)
    return metric.aspect
