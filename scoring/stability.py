"""What a night may change: falls that are not the subject's own are limited, and shown stars ignore small movements.

Names, per subject, in unrounded stars, by today's scale; X is the state that nights hand on:

    R raw   tonight's evidence under tonight's model and peers
    K kept  tonight's evidence under those of earlier nights, each less its allowance: the highest (see `kept`)
    a       ALLOWANCE x days since the last night

docs/stability.md has the figures behind the constants, and scoring.steps.kept_nights says which nights are kept.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scoring.stars import half, tenths

Floats = NDArray[np.float64]
ALLOWANCE = 0.0999 / 30  # stars a night; just under a tenth in 30 days, so that shown tenths fall by one at most
TENTHS_BAND = 0.049  # what is shown is less than a tenth off; from 0.05 on nobody could rise to 5.0
HALVES_BAND = 0.15  # below 0.25, for the same reason


def settle(now: pd.DataFrame, before: pd.DataFrame | None, days: int) -> pd.DataFrame:
    """Tonight's raw stars and last night's state -> tonight's state and what is shown of it.

    now: one row per subject; raw, kept, symptom (bool: an own incident has become known since last night). before: the
    same index; exact, band, half as settled last night. Stars are unrounded, 1 to 5, by today's scale. NaN in `before`
    is no state, NaN in kept nothing to compare with, NaN in raw no star: NaN out. days: since the last publication.
    Returns exact, band, half (the state), stars (tenths) and half_stars (halves). Raises ValueError for days below 1 or
    another index.

        limiter   X' = max(R, K)         floor   without a symptom X' = max(X', X - a)
        bands     band' = clamp(band, X' - H, X' + H)

    (a) Order. Each line is a max or clamp that never falls in R, K, X or band, and that a symptom less can only
        raise. R and K are functions of the evidence; which nights are kept is the calendar's choice. By induction over
        any number of nights: better evidence, never a lower star.
    (b) No new symptom: X' >= X - a each night, hence X falls by less than 0.1 in 30 days. A band falls no further
        than the state did, and a fall of less than 0.1 crosses one tenth, and one half, at most.
    (c) Model and peers: X' >= S(tonight's evidence) - 0.1 x age / 30 for the S of every night that is kept.
    (d) No flutter: to turn, a band must be touched by X' on its other side, 2H away. A path within less than 2H
        therefore moves a band in one direction only.
    """
    if days < 1:
        raise ValueError(f"nights lie at least one day apart, not {days}")
    if before is not None and not before.index.equals(now.index):
        raise ValueError("`before` has another index than `now`: give it one row per row of `now`")
    state = _state(before, len(now))
    exact = _limited(now, state["exact"], ALLOWANCE * days)
    band = play(exact, state["band"], TENTHS_BAND)
    wide = play(exact, state["half"], HALVES_BAND)
    columns = {"exact": exact, "band": band, "half": wide, "stars": tenths(band), "half_stars": half(wide)}
    return pd.DataFrame(columns, index=now.index)


def kept(earlier: Iterable[tuple[int, ArrayLike]]) -> Floats:
    """What earlier nights still vouch for. earlier: at least one pair of the days since a night, and the unrounded
    stars that its model and peers give tonight's evidence (NaN: none). Which nights must not depend on the evidence."""
    promised = [np.asarray(stars, dtype=np.float64) - ALLOWANCE * days for days, stars in earlier]
    return np.asarray(np.fmax.reduce(promised))


def settle_shown(raw: ArrayLike, band_before: ArrayLike) -> tuple[Floats, Floats]:
    """An aspect's unrounded stars and last night's band (NaN: none) -> tonight's band, and the tenths shown of it."""
    band = play(np.asarray(raw, dtype=np.float64), np.asarray(band_before, dtype=np.float64), TENTHS_BAND)
    return band, tenths(band)


def play(value: Floats, band_before: Floats, width: float) -> Floats:
    """The play operator: the band stays where it was until `value` is more than `width` away, then follows at that
    distance (Krasnosel'skii and Pokrovskii, Systems with Hysteresis, 1989). Without a band before it is `value`."""
    start = np.where(np.isnan(band_before), value, band_before)
    return np.asarray(np.clip(start, value - width, value + width))


def _limited(now: pd.DataFrame, exact_before: Floats, allowance: float) -> Floats:
    raw, limit = (now[name].to_numpy(dtype=np.float64) for name in ("raw", "kept"))
    floor = np.where(now["symptom"].to_numpy(dtype=bool), np.nan, exact_before - allowance)
    limited = np.fmax(np.fmax(raw, limit), floor)
    return np.asarray(np.where(np.isnan(raw), np.nan, limited))


def _state(before: pd.DataFrame | None, rows: int) -> dict[str, Floats]:
    names = ("exact", "band", "half")
    if before is None:
        return {name: np.full(rows, np.nan) for name in names}
    return {name: before[name].to_numpy(dtype=np.float64) for name in names}
