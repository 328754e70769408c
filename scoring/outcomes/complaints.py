"""Complaints: which are confirmed, when, and against whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.clocks import NEVER, Bools, Days, Ints, day_number, instants, market_days
from scoring.outcomes.deadlines import Settled, settled
from scoring.outcomes.evidence import Horizon
from scoring.outcomes.orders import known_days
from scoring.outcomes.rules import RULES

_PROMISE = np.timedelta64(10, "D")
_PRODUCT = ("counterfeit", "safety", "quality")


@dataclass(frozen=True)
class Complaints:
    """One element per complaint. confirmed: the day on which it became a symptom, NEVER if it is none (yet)."""

    order: Ints  # position of its order; -1 without one
    category: npt.NDArray[np.object_]
    confirmed: Days
    against_store: Bools
    against_anchor: Bools
    due: Days


@dataclass(frozen=True)
class Context:
    """What a complaint's own row does not say, per complaint: since when its order is known, when a return of it was refunded, refused or overdue,
    which parties there are and whether it names the anchor, itself or by the live room."""

    order: Ints
    known: Days
    settled: Days  # NEVER: nothing of the kind
    has_store: Bools
    has_anchor: Bools
    names_anchor: Bools


def complaints_of(rows: pd.DataFrame, context: Context, horizon: Horizon) -> Complaints:
    """rows: complaints that are not retracted, aligned with `context`."""
    zone = horizon.time_zone
    category = rows["category"].to_numpy(dtype=object)
    category = np.where(np.isin(category, _categories()), category, "other")
    known = np.maximum(context.known, market_days(instants(rows["first_observed_at"]), zone))
    ruling = np.where(rows["outcome_known_at"].isna(), instants(rows["closed_at"]), instants(rows["outcome_known_at"]))
    ruled = np.maximum(known, market_days(ruling, zone))
    outcome = rows["outcome"].to_numpy(dtype=object)
    dismissed = np.isin(outcome, ("rejected", "withdrawn"))
    promise = _answering(rows, dismissed, known, ruled, horizon)
    upheld = np.where(outcome == "upheld", ruled, NEVER)
    by_refund = np.where(outcome == "settled", np.maximum(ruled, context.settled), NEVER)
    store, anchor = _liable(rows, category, outcome == "upheld", context)
    return Complaints(
        order=context.order,
        category=category,
        against_store=store,
        against_anchor=anchor,
        due=promise.due,
        confirmed=np.minimum(np.minimum(upheld, by_refund), promise.day).astype(np.int32),
    )


def _categories() -> list[str]:
    return [key.removeprefix("complaint_") for key in RULES if key.startswith("complaint_")]


def _answering(rows: pd.DataFrame, dismissed: Bools, known: Days, ruled: Days, horizon: Horizon) -> Settled:
    """The promise of any answer within ten days; a ruling is one too."""
    deadline = instants(rows["opened_at"]) + _PROMISE
    deadline[dismissed] = np.datetime64("NaT")
    ruling = np.where(rows["outcome"].isna(), np.datetime64("NaT", "us"), instants(rows["outcome_known_at"]))
    ruling = np.fmin(instants(rows["closed_at"]), ruling)
    answered = np.fmin(instants(rows["first_response_at"]), ruling)
    response = known_days(rows, "first_response_known_at", "first_response_at", horizon.time_zone)
    return settled(
        runs_out=market_days(deadline, horizon.time_zone),
        absent=np.isnat(answered) & ~np.isnat(deadline),
        too_late=answered > deadline,
        told=np.minimum(response, np.where(np.isnat(ruling), NEVER, ruled)),
        known=known,
        closed=day_number(horizon.closed.get("complaints")),
    )


def _liable(
    rows: pd.DataFrame, category: npt.NDArray[np.object_], upheld: Bools, context: Context
) -> tuple[Bools, Bools]:
    names_store = rows["store_id"].notna().to_numpy(dtype=bool)
    advertising, brushing = category == "false_advertising", category == "brushing"
    # An anchor's promise is the anchor's. The store answers for it too only if a ruling went against it by name.
    store = np.where(advertising & context.has_anchor, upheld & names_store, True) & context.has_store
    anchor = np.isin(category, _PRODUCT) | advertising | (brushing & (context.names_anchor | ~context.has_store))
    return store, anchor & context.has_anchor


def anchors_named(rows: pd.DataFrame, live_anchors: Mapping[str, str]) -> pd.Series:
    """The anchor that each complaint names, itself or by its live room; "" where none."""
    by_live = rows["live_id"].map(dict(live_anchors)).astype("str")
    return rows["anchor_id"].astype("str").fillna(by_live).fillna("")
