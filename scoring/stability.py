"""What a night may change: falls that are not the subject's own are limited, and shown stars ignore small movements.

Names, per subject, in unrounded stars, X the state that nights hand on:

    R raw      tonight's evidence, tonight's model and peers
    C carried  tonight's evidence, last night's model and peers
    B base     last night's evidence, last night's model and peers
    a          ALLOWANCE x days since the last night

`settle` says what it does with them and why that holds; docs/stability.md has the figures behind the constants.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from scoring.stars import BEST, half, tenths

Floats = NDArray[np.float64]
ALLOWANCE = 0.0999 / 30  # stars a night; just under a tenth in 30 days, so that shown tenths fall by one at most
TENTHS_BAND = 0.04  # below 0.05: else no subject could rise to 5.0
HALVES_BAND = 0.15  # below 0.25, for the same reason


def settle(now: pd.DataFrame, before: pd.DataFrame | None, days: int) -> pd.DataFrame:
    """Tonight's raw stars and last night's state -> tonight's state and what is shown of it.

    now: one row per subject; raw, carried, base (unrounded stars 1 to 5, by today's scale), symptom (bool: an own
    incident has become known since last night). before: the same index; exact, band, half as settled last night, by
    today's scale. NaN in `before` is no state, NaN in carried or base no comparison, NaN in raw no star: NaN out.
    days: nights since the last publication. Returns exact, band, half (the state, 1 to 5), stars (tenths) and
    half_stars (halves). Raises ValueError for days below 1 or another index.

        limiter   u = max(R, C + (X - B) - a)         floor   without a symptom u = max(u, X - a)
        state     X' = min(u, 5)                      bands   band' = clamp(band, X' - H, X' + H)

    (a) Order. Each line is max, min, clamp or a sum with plus signs of R, C - B, X and band, so it never falls in
        any of them; symptom -> no symptom only adds a max. A new symptom itself is in C and R, never in the state.
    (b) No new symptom: X' >= X - a each night, hence X falls by less than 0.1 in 30 days, and so do the bands, for a
        band falls no further than the state did; a fall of less than 0.1 crosses one tenth, or one half, at most.
    (c) Model and peers: X' >= min(5, X + (C - B) - a) each night. Adding up 30 nights, X falls by less than 0.1 more
        than the subject's own evidence moved it under the models of those nights.
    (d) No flutter: to turn, a band must be touched by X' on its other side, 2H away. A path within less than 2H
        therefore moves a band in one direction only, and soon not at all.
    """
    if days < 1:
        raise ValueError(f"nights lie at least one day apart, not {days}")
    if before is not None and not before.index.equals(now.index):
        raise ValueError("`before` has another index than `now`: give it one row per row of `now`")
    state = _columns(before, ("exact", "band", "half"), len(now))
    exact = _limited(now, state["exact"], ALLOWANCE * days)
    band = play(exact, state["band"], TENTHS_BAND)
    wide = play(exact, state["half"], HALVES_BAND)
    columns = {"exact": exact, "band": band, "half": wide, "stars": tenths(band), "half_stars": half(wide)}
    return pd.DataFrame(columns, index=now.index)


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
    parts = _columns(now, ("raw", "carried", "base"), len(now))
    limit = parts["carried"] + (exact_before - parts["base"]) - allowance
    floor = np.where(now["symptom"].to_numpy(dtype=bool), np.nan, exact_before - allowance)
    limited = np.minimum(np.fmax(np.fmax(parts["raw"], limit), floor), BEST)
    return np.asarray(np.where(np.isnan(parts["raw"]), np.nan, limited))


def _columns(table: pd.DataFrame | None, names: tuple[str, ...], rows: int) -> dict[str, Floats]:
    if table is None:
        return {name: np.full(rows, np.nan) for name in names}
    return {name: table[name].to_numpy(dtype=np.float64) for name in names}
