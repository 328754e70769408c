"""How foreseen shares compare with what came: in the large, in their slope, and by bins."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.base import sigmoid

Floats = NDArray[np.float64]
_BINS = 10
_DEFECTS_A_BIN = 100  # so that chance alone is a tenth of a bin's share
_Z = 1.645  # both ends of a 90 % interval
_STEEPEST = 10.0


@dataclass(frozen=True)
class Calibration:
    """`large`: defects foreseen / defects that came. `slope`: of what came on the log-odds foreseen (Cox 1958), 1 where
    differences are right, with its 90 % interval; None where all are foreseen alike. `error`: expected calibration error
    as a share of the market's share. `bins`: foreseen share, share that came, orders."""

    large: float
    slope: float | None
    slope_low: float
    slope_high: float
    error: float
    bins: list[list[float]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def calibration(share: Floats, orders: Floats, above: Floats, level: Floats) -> Calibration:
    """Of log-odds `above` the period's `level`, one row per subject; `share`: defects of `orders`, 0 to 1."""
    foreseen = sigmoid(above + level)
    came = max(float(share @ orders), 1e-9)
    bins = _bins(share, orders, foreseen)
    off = sum(weight * abs(said - was) for said, was, weight in bins)
    slope, spread = _slope(share, orders, above, level)
    return Calibration(
        large=float(foreseen @ orders) / came,
        slope=slope,
        slope_low=(slope or 0.0) - _Z * spread,
        slope_high=(slope or 0.0) + _Z * spread,
        error=off / came,
        bins=bins,
    )


def _bins(share: Floats, orders: Floats, foreseen: Floats) -> list[list[float]]:
    """At most ten bins of equal orders from the least to the most foreseen, a hundred defects each or more."""
    count = int(np.clip(share @ orders // _DEFECTS_A_BIN, 1, _BINS))
    order = np.argsort(foreseen, kind="stable")
    middle = np.cumsum(orders[order]) - orders[order] / 2
    place = np.minimum((middle / max(orders.sum(), 1e-9) * count).astype(np.int64), count - 1)
    weight, said, was = (
        np.bincount(place, weights=values[order], minlength=count)
        for values in (orders, orders * foreseen, orders * share)
    )
    return [[float(said[i] / n), float(was[i] / n), float(n)] for i, n in enumerate(weight) if n > 0]


def _slope(share: Floats, orders: Floats, above: Floats, level: Floats) -> tuple[float | None, float]:
    """Logistic regression of what came on `above`, by Newton's method; its error allows for subjects that differ."""
    spread = above - np.average(above, weights=np.maximum(orders, 1e-9))
    if float(np.max(np.abs(spread), initial=0.0)) < 1e-6:
        return None, 0.0
    x = np.stack([np.ones(len(spread)), spread], axis=1)
    point = np.array([0.0, 1.0])
    for _step in range(30):
        residual, hessian = _curve(x, point, share, orders, level + above - spread)
        move = np.linalg.solve(hessian + 1e-9 * np.eye(2), np.einsum("ij,i->j", x, residual))
        point = np.clip(point + np.clip(move, -1.0, 1.0), -_STEEPEST, _STEEPEST)
        if np.abs(move).max() < 1e-9:
            break
    residual, hessian = _curve(x, point, share, orders, level + above - spread)
    inverse = np.linalg.inv(hessian + 1e-9 * np.eye(2))
    sandwich = inverse @ np.einsum("ij,ik,i->jk", x, x, residual**2) @ inverse
    return float(point[1]), float(np.sqrt(max(sandwich[1, 1], 0.0)))


def _curve(x: Floats, point: Floats, share: Floats, orders: Floats, offset: Floats) -> tuple[Floats, Floats]:
    """Score residuals per row, and the information matrix."""
    foreseen = sigmoid(np.einsum("ij,j->i", x, point) + offset)
    information = np.einsum("ij,ik,i->jk", x, x, orders * foreseen * (1.0 - foreseen))
    return np.asarray(orders * (share - foreseen)), information
