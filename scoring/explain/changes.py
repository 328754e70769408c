"""Reasons, what-ifs and advice: the star again with some of the subject's own rates changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring.explain.again import Rated, changed, checked
from scoring.metrics import KIND_ASPECTS, Aspect, Metric
from scoring.stars import tenths

Floats = NDArray[np.float64]
Than = Literal["better", "worse", "level"]
FEWER = 2.0 / 3.0
_WORTH = 0.005  # stars: less than this is nothing
_LEVEL = 0.02  # own and usual value are level within a fiftieth of the larger one


@dataclass(frozen=True)
class Reason:
    """`star`: exact, with the category's median here; `gain`: that less tonight's star, so below 0 for a strength.

    `own` and `usual` (rate 0 to 1, or minutes) and `than` (how own compares) are None for an aspect as a whole.
    """

    key: str
    aspect: Aspect
    star: float
    gain: float
    own: float | None = None
    usual: float | None = None
    than: Than | None = None


@dataclass(frozen=True)
class Reasons:
    """Tonight's exact star, and what it owes to each aspect and metric, the largest difference first."""

    star: float
    aspects: list[Reason]
    metrics: list[Reason]


def reasons(rated: Rated, medians: Mapping[str, float]) -> Reasons:
    """Each aspect and each metric with evidence set to the category's median (`medians`: metric -> rate or minutes).

    The same as `what_if` with that value, so a merchant can try every one of them.
    """
    known = [metric for metric in rated.metrics() if metric.key in medians]
    aspects = [a for a in KIND_ASPECTS[rated.standing.kind] if any(metric.aspect == a for metric in known)]
    tried = [{m.key: medians[m.key] for m in known if m.aspect == a} for a in aspects]
    tried += [{metric.key: medians[metric.key]} for metric in known]
    now, *found = _stars(rated, [{}, *tried])
    by_aspect = [Reason(a, a, star, star - now) for a, star in zip(aspects, found, strict=False)]
    by_metric = [
        _reason(rated, metric, medians[metric.key], star, star - now)
        for metric, star in zip(known, found[len(aspects) :], strict=True)
    ]
    return Reasons(now, _largest_first(by_aspect), _largest_first(by_metric))


def _reason(rated: Rated, metric: Metric, usual: float, star: float, gain: float) -> Reason:
    assert metric.aspect is not None  # noqa: S101 (Rated.metrics gives no others)
    own = rated.value(metric)
    than: Than = "level" if abs(own - usual) <= _LEVEL * max(own, usual) else "better" if own < usual else "worse"
    return Reason(metric.key, metric.aspect, star, gain, own, usual, than)


def _largest_first(found: list[Reason]) -> list[Reason]:
    return sorted(found, key=lambda reason: -abs(reason.gain))


def _stars(rated: Rated, tried: Sequence[Mapping[str, float]]) -> list[float]:
    """Exact star of each set of changes, all in one call of the model."""
    own = rated.standing.own
    found: list[float] = rated.stars(np.stack([changed(own, changes) for changes in tried])).tolist()
    return found


@dataclass(frozen=True)
class WhatIf:
    """`star` exact, `shown` in tenths; defects per 100 orders with the range of `level` 0.8, as StarModel.predict."""

    star: float
    shown: float
    expected: float
    low: float
    high: float
    all_causes: float


def what_if(rated: Rated, changes: Mapping[str, float]) -> WhatIf:
    """The rating with other rates or minutes (metric -> value, shares 0 to 1); without changes it is tonight's.

    Only the subject's own sums change (`again.changed`). Raises ValueError naming an unknown metric, one without
    evidence, or the range that a value leaves.
    """
    checked(changes, {metric.key: metric for metric in rated.metrics()})
    own = changed(rated.standing.own, changes)[None]
    star = float(rated.stars(own)[0])
    row = rated.model.predict(rated.standing.features(own)).iloc[0]
    expected, low, high, every = (
        100.0 * float(row[name]) for name in ("defect_share", "low_share", "high_share", "all_causes_share")
    )
    return WhatIf(star, float(tenths(star)), expected, low, high, every)


@dataclass(frozen=True)
class Raise:
    """A metric, its value now and what is advised, and how many stars that would add."""

    metric: str
    aspect: Aspect
    own: float
    aim: float
    gain: float


def raises(rated: Rated, quick: Mapping[str, float]) -> list[Raise]:
    """What would raise the star most: each metric a third lower, the largest gain first, nothing that gains nothing.

    A third of one's own and not the category's better quartile: it is the same effort everywhere, so the order says
    where effort pays; anybody can reach it, also the worst of a category; and the best still learn what is left.
    Problems can end, but every parcel takes its time: a time is not advised below `quick` (metric -> minutes), what
    the quicker quarter of the category needs.
    """
    aims = {m.key: max(rated.value(m) * FEWER, quick.get(m.key, 0.0)) for m in rated.metrics()}
    aims = {m.key: aims[m.key] for m in rated.metrics() if aims[m.key] < rated.value(m)}
    now, *found = _stars(rated, [{}, *({key: aim} for key, aim in aims.items())])
    by_key = {metric.key: metric for metric in rated.metrics()}
    gains = dict(zip(aims, found, strict=True))
    out = [_raise(rated, by_key[key], aims[key], star - now) for key, star in gains.items() if star - now >= _WORTH]
    return sorted(out, key=lambda found: -found.gain)


def _raise(rated: Rated, metric: Metric, aim: float, gain: float) -> Raise:
    assert metric.aspect is not None  # noqa: S101 (Rated.metrics gives no others)
    return Raise(metric.key, metric.aspect, rated.value(metric), aim, gain)
