"""Where a star goes if nothing more happens: orders go on, incidents do not, and what lies behind fades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.explain.again import AT, Rated
from scoring.features import DECAYED, HALF_LIVES, exposure, metrics
from scoring.metrics import SubjectKind
from scoring.stars import tenths

Floats = NDArray[np.float64]
DAYS = (7, 14, 30, 60, 90, 180)
LAST = 730  # days looked ahead
FORGOTTEN = 0.05  # stars: what the past still costs when it is called over
_HALF_LIVES = np.array(HALF_LIVES, dtype=np.float64)


@dataclass(frozen=True)
class Trajectory:
    """`stars`: days ahead -> exact star. Days (1 to 730; None: not within them; 0: so tonight) until the star that is
    shown reaches `goal`, and until it is within 0.05 of what it would be had nothing ever gone wrong."""

    stars: dict[int, float]
    goal: float
    days_to_goal: int | None
    days_to_forgotten: int | None


def trajectory(rated: Rated, goal: float = 4.5) -> Trajectory:
    """The star on each of the next days, had the subject orders at its present pace and no incident any more.

    Present pace: what the sums of 30 days imply, each day alike. Times to dispatch stay as they are, everybody else
    stays as tonight. Each day is scored, for a star need not rise every day: volume and age move it as well.
    """
    days = np.arange(LAST + 1, dtype=np.float64)
    standing = rated.standing
    path = rated.stars(ahead(standing.own, days, standing.age, standing.kind), standing.age + days)
    spotless = clean(standing.own, standing.kind)
    best = rated.stars(ahead(spotless, days, standing.age, standing.kind), standing.age + days)
    return Trajectory(
        {day: float(path[day]) for day in DAYS},
        goal,
        _first(tenths(path) >= goal),
        _first(best - path <= FORGOTTEN),
    )


def _first(reached: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(reached)) if reached.any() else None


def ahead(own: Floats, days: Floats, age: float, kind: SubjectKind) -> Floats:
    """Sums after some days (days x half-lives x DECAYED): the old ones decayed, and as many new days' orders."""
    return onwards(own, pace(own, age, kind), days)


def onwards(own: Floats, daily: Floats, days: Floats) -> Floats:
    """Sums after some days (days x half-lives x DECAYED) each of which brings `daily` (DECAYED).

    After t days with p a day: sum x 2^(-t/h) + p (1 - 2^(-t/h)) / (1 - 2^(-1/h)).
    """
    kept = np.exp2(-days[:, None] / _HALF_LIVES)
    come = (1.0 - kept) / (1.0 - np.exp2(-1.0 / _HALF_LIVES))
    return np.asarray(own * kept[:, :, None] + daily * come[:, :, None])


def pace(own: Floats, age: float, kind: SubjectKind) -> Floats:
    """What an ordinary day brings of each of DECAYED: orders and what else could go wrong, and no incident.

    From the 30-day sums s of `age` days alike: s (1 - q) / (1 - q^age), q = 2^(-1/30).
    """
    q = 0.5 ** (1.0 / HALF_LIVES[0])
    daily = own[0] * (1.0 - q) / (1.0 - q ** max(age, 1.0))
    return np.where(_goes_on(kind), daily, 0.0)


def clean(own: Floats, kind: SubjectKind) -> Floats:
    """The same orders, had nothing gone wrong with them."""
    return np.where(_goes_on(kind), own, 0.0)


def _goes_on(kind: SubjectKind) -> NDArray[np.bool_]:
    """Counters that are no incident: volumes, and minutes that every order takes (waiting for refunds is not such)."""
    out = np.ones(len(DECAYED), dtype=np.bool_)
    for metric in metrics(kind):
        out[AT[f"{metric.key}_n"]] = metric.unit == "minutes" and exposure(metric) != "orders"
    return out
