"""Array types and small vectorised helpers shared by the parts of the simulated market."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]  # datetime64[us], UTC, NaT where absent
Spans = npt.NDArray[np.timedelta64]

NAT = np.datetime64("NaT", "us")
Block = TypeVar("Block")


def expit(x: npt.ArrayLike) -> Floats:
    """Probability of log-odds `x`, any shape."""
    out: Floats = 1.0 / (1.0 + np.exp(-np.asarray(x, dtype=np.float64)))
    return out


def logit(p: npt.ArrayLike) -> Floats:
    """Log-odds of probabilities `p` strictly between 0 and 1, any shape."""
    share = np.asarray(p, dtype=np.float64)
    out: Floats = np.log(share / (1.0 - share))
    return out


def hours(x: npt.ArrayLike) -> Spans:
    """`x` hours as time spans of whole seconds (evidence never carries fractions of a second)."""
    seconds = np.asarray(x, dtype=np.float64) * 3600.0
    return seconds.astype(np.int64).astype("timedelta64[s]").astype("timedelta64[us]")


def skewed(rng: np.random.Generator, median: npt.ArrayLike, spread: float, size: int) -> Floats:
    """`size` log-normal draws with this median and this standard deviation of the logarithm."""
    out: Floats = np.asarray(median, dtype=np.float64) * np.exp(spread * rng.standard_normal(size))
    return out


def pick(rng: np.random.Generator, weights: npt.ArrayLike, size: int) -> Ints:
    """`size` positions in `weights`, each drawn in proportion to its weight."""
    edges = np.cumsum(np.asarray(weights, dtype=np.float64))
    return np.searchsorted(edges / edges[-1], rng.random(size), side="right").astype(np.int64)


def where_time(mask: Bools, times: Times) -> Times:
    """`times` where `mask` holds, NaT elsewhere."""
    return np.where(mask, times, NAT)


def subset(block: Block, rows: Ints | Bools) -> Block:
    """The dataclass of equally long arrays `block`, cut to `rows`."""
    parts: dict[str, Any] = {f.name: getattr(block, f.name)[rows] for f in dataclasses.fields(block)}  # type: ignore[arg-type]
    return type(block)(**parts)


def stack(first: Block, second: Block) -> Block:
    """Two dataclasses of arrays, one under the other."""
    names = [f.name for f in dataclasses.fields(first)]  # type: ignore[arg-type]
    return type(first)(**{n: np.concatenate([getattr(first, n), getattr(second, n)]) for n in names})
