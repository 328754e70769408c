"""Which reasons set an order's symptoms aside, for its store and for its anchor."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.metrics import EXCLUSION_REASONS
from scoring.outcomes.clocks import Bools, Times, instants
from scoring.outcomes.codes import ROLES
from scoring.outcomes.orders import Orders, alive
from scoring.outcomes.rules import LOGISTICS_ONLY, Rule

Reasons = npt.NDArray[np.uint8]  # bit i: EXCLUSION_REASONS[i]

_EVERYTHING = sum(1 << at for at, reason in enumerate(EXCLUSION_REASONS) if reason not in LOGISTICS_ONLY)
_WEEK = np.timedelta64(7, "D")


def reasons_of(orders: Orders, exclusions: pd.DataFrame) -> dict[str, Reasons]:
    """Per role the reasons that hold for each order. One that names a subject clears that subject alone."""
    rows = alive(exclusions)
    rows = rows[rows["lifted_at"].isna()]
    out = {role: np.zeros(len(orders.frame), dtype=np.uint8) for role in ROLES}
    _add_single(orders, rows[rows["order_id"].notna()], out)
    _add_windows(orders, rows[rows["order_id"].isna()], out)
    return out


def _add_single(orders: Orders, rows: pd.DataFrame, out: dict[str, Reasons]) -> None:
    """Exclusions of one order each: for whom they name, if that is a party of the order, else for both parties."""
    at = orders.at(rows["order_id"])
    rows, at = rows[at >= 0], at[at >= 0]
    bits = np.array([_bit(reason) for reason in rows["reason"]], dtype=np.uint8)
    kinds, subjects = rows["subject_kind"].to_numpy(dtype=object), rows["subject_id"]
    everybody = subjects.isna().to_numpy(dtype=bool) | ~np.isin(kinds, ROLES)
    for role in ROLES:
        party = orders.frame[f"{role}_id"].to_numpy(dtype=object)[at]
        meant = everybody | ((kinds == role) & (party == subjects.to_numpy(dtype=object)))
        np.bitwise_or.at(out[role], at[meant], bits[meant])


def _bit(reason: object) -> int:
    return 1 << EXCLUSION_REASONS.index(reason if reason in EXCLUSION_REASONS else "other")


def _add_windows(orders: Orders, windows: pd.DataFrame, out: dict[str, Reasons]) -> None:
    if windows.empty:
        return
    reach = np.where(np.isnat(orders.deliver_by), orders.ship_by, orders.deliver_by)
    reach = np.where(np.isnat(reach), orders.placed + _WEEK, reach)
    starts, ends = instants(windows["starts_at"]), instants(windows["ends_at"])
    for place, row in enumerate(windows.to_dict("records")):
        inside = _inside(orders.placed, reach, starts[place], ends[place]) & _matches(orders.frame, row)
        for role in [role for role in ROLES if row["subject_kind"] in ROLES and role == row["subject_kind"]] or ROLES:
            out[role][inside] |= np.uint8(_bit(row["reason"]))


def _inside(placed: Times, reach: Times, starts: np.datetime64, ends: np.datetime64) -> Bools:
    inside: Bools = (np.isnat(ends) | (placed <= ends)) & (np.isnat(starts) | (reach >= starts))
    return inside


def _matches(frame: pd.DataFrame, row: dict[Any, Any]) -> Bools:
    """Of this subject and in this region, as far as either is named; a window that names neither matches nothing."""
    matched = np.full(len(frame), pd.notna(row["subject_id"]) or pd.notna(row["region"]))
    if pd.notna(row["subject_id"]):
        matched &= _equal(frame["anchor_id" if row["subject_kind"] == "anchor" else "store_id"], row["subject_id"])
    if pd.notna(row["region"]):
        matched &= _equal(frame["region"], row["region"])
    return matched


def _equal(column: pd.Series, value: str) -> Bools:
    out: Bools = (column == value).to_numpy(dtype=bool, na_value=False)
    return out


def clears_everything(reasons: Reasons) -> Bools:
    cleared: Bools = (reasons & _EVERYTHING) != 0
    return cleared


def clears_the_parcel(reasons: Reasons) -> Bools:
    """Whether weather, a strike or the carrier itself delayed it: that is so for whoever looks at it."""
    cleared: Bools = (reasons & ~np.uint8(_EVERYTHING)) != 0
    return cleared


def clears_logistics(reasons: Reasons) -> Bools:
    cleared: Bools = reasons != 0
    return cleared


def clears(rule: Rule, reasons: Reasons) -> Bools:
    """Where a symptom is set aside."""
    logistics = rule.aspect == "logistics" or rule.key == "platform_cancel"
    return clears_logistics(reasons) if logistics else clears_everything(reasons)


def stated(reasons: Reasons) -> npt.NDArray[np.int64]:
    """Index into EXCLUSION_REASONS of the one reason under which an order is shown; -1 where none."""
    telling = np.where(clears_everything(reasons), reasons & _EVERYTHING, reasons)
    out = np.full(len(reasons), -1, dtype=np.int64)
    for at in reversed(range(len(EXCLUSION_REASONS))):
        out[(telling >> at & 1) == 1] = at
    return out
