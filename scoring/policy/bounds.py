"""The harmful bound: what a rate surely is, so that noise punishes nobody."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

Floats = NDArray[np.float64]
Z = 1.2815515655446004  # normal quantile of 0.9: both bounds enclose the central 80 %
_TAIL = 0.1


def share(n: Floats, d: Floats) -> Floats:
    """n of d, NaN where there is neither. Incidents count when known and orders when placed, so a window may hold more
    incidents than orders: its share is 1."""
    exposed = np.maximum(d, n)
    return np.where(exposed > 0, n / np.maximum(exposed, 1e-12), np.nan)


def wilson(n: Floats, d: Floats) -> tuple[Floats, Floats]:
    """Lower and upper end of the 80 % interval of a share; NaN where d and n are 0.

    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).
    """
    p, m = share(n, d), np.maximum(np.maximum(d, n), 1e-12)
    middle = p + Z * Z / (2.0 * m)
    reach = Z * np.sqrt((p * (1.0 - p) + Z * Z / (4.0 * m)) / m)
    scale = 1.0 + Z * Z / m
    low = np.where(n > 0, np.maximum((middle - reach) / scale, 0.0), 0.0 * p)  # 0 of d: not a rounding error above it
    return low, np.minimum((middle + reach) / scale, 1.0)


def poisson(n: Floats, d: Floats) -> tuple[Floats, Floats]:
    """The same for a rate that may pass 1: n events over d orders, NaN where d is 0.

    Source: F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28 (1936).
    """
    known = np.where(d > 0, d, np.nan)
    low = np.where(n > 0, gammaincinv(np.maximum(n, 1e-12), _TAIL), 0.0)
    return low / known, gammaincinv(n + 1.0, 1.0 - _TAIL) / known
