"""A subject without some of its incidents: they are set aside, counted again, and what goes is taken out of its sums.

Nothing is apportioned here either. What an order counts for is what the rules count with it less what they count once
it is set aside; each such fact weighs 2^(-age/h) in the sums of half-life h, and exactly that weight goes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.explain.again import AT, Rated
from scoring.features import HALF_LIVES, on_grid
from scoring.metrics import SubjectKind
from scoring.outcomes import COLUMNS, Counted, EvidenceFrames, Horizon, count_units
from scoring.outcomes.codes import EPOCH

Floats = NDArray[np.float64]
Units: TypeAlias = Collection[tuple[str, str]]  # a unit and the reason for which it is set aside; it may have several
_PREFIX = "simulated "


def set_aside(frames: EvidenceFrames, units: Units, kind: SubjectKind, subject_id: str) -> EvidenceFrames:
    """The same evidence once these units of the subject, each for one of EXCLUSION_REASONS, no longer count against it.

    As a decision does it: an order is excluded for this party alone, any other unit is held for this party alone.
    """
    orders = [(unit[2:], reason) for unit, reason in units if unit.startswith("o:")]
    others = frozenset(unit for unit, _reason in units if not unit.startswith("o:"))
    held_for = {**frames.held_for, kind: frames.held_for.get(kind, frozenset()) | others}
    return replace(frames, exclusions=_excluded(frames.exclusions, orders, kind, subject_id), held_for=held_for)


def _excluded(known: pd.DataFrame, orders: Units, kind: str, subject_id: str) -> pd.DataFrame:
    if not orders:
        return known
    columns = known[list(COLUMNS["exclusions"])]
    rows = columns.iloc[:0].reindex(range(len(orders))).assign(
        exclusion_id=[f"{_PREFIX}{reason} {key}" for key, reason in orders],
        order_id=[key for key, _reason in orders], reason=[reason for _key, reason in orders],
        subject_kind=kind, subject_id=subject_id, retracted=False,
    )  # fmt: skip
    return pd.concat([columns, rows], ignore_index=True)


def counts_gone(
    frames: EvidenceFrames, units: Units, horizon: Horizon, kind: SubjectKind, subject_id: str
) -> pd.DataFrame:
    """What these units of the subject count for now and would not once they are set aside, as `without` takes it.

    `frames`: all evidence of the units, and of no others of the subject that are not wanted. Columns day (whole days
    since 2000-01-01), counter (a name of DECAYED) and value (below 0 where setting aside adds something).
    """
    before, after = (
        _facts(count_units(one, horizon), kind) for one in (frames, set_aside(frames, units, kind, subject_id))
    )
    gone = before.sub(after, fill_value=0)
    return gone[gone != 0].rename("value").reset_index()


def _facts(counted: Counted, kind: SubjectKind) -> pd.Series[float]:
    facts = counted.facts
    rows = facts[(facts["family"] == "counters") & (facts["role"] == kind) & facts["counter"].isin(list(AT))]
    return rows.astype({"counter": "str", "value": "float64"}).groupby(["day", "counter"], observed=True)["value"].sum()


def without(rated: Rated, gone: pd.DataFrame, night: date) -> Rated:
    """The subject as it would stand tonight had what is `gone` (as of `counts_gone`) never counted.

    `night`: the last day that the sums know; later facts are not in them. Its peers, their level, the subject's age and
    what bands hold back stay as they are: the night that really sets aside may move those a little as well.
    """
    standing = rated.standing
    return replace(rated, standing=replace(standing, own=less(standing.own, gone, night)))


def less(own: Floats, gone: pd.DataFrame, night: date) -> Floats:
    """Sums (half-lives x DECAYED) less decayed facts: sum over facts of value x 2^(-age/h), never below 0, on the grid."""
    age = (np.datetime64(night, "D") - EPOCH).astype(np.int64) - gone["day"].to_numpy(dtype=np.int64)
    known = age >= 0
    columns = gone["counter"].map(AT).to_numpy(dtype=np.int64)[known]
    value = gone["value"].to_numpy(dtype=np.float64)[known]
    out = own.copy()
    for at, half_life in enumerate(HALF_LIVES):
        np.subtract.at(out[at], columns, value * np.exp2(-age[known] / half_life))
    return np.maximum(on_grid(out), 0.0)
