"""Returns: what they say about the goods, and how the store dealt with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.clocks import (
    NEVER,
    REFUND_HOURS,
    Bools,
    Days,
    Ints,
    day_number,
    instants,
    local,
    market_days,
    open_minutes,
)
from scoring.outcomes.deadlines import Settled, settled
from scoring.outcomes.evidence import Horizon
from scoring.outcomes.orders import Orders, alive, known_days
from scoring.outcomes.rules import BUYERS_REASONS, STORES_REASONS

_PROMISE = np.timedelta64(72, "h")
_REASONS = (*STORES_REASONS, *BUYERS_REASONS, "late")


@dataclass(frozen=True)
class Returns:
    """One element per return of an order that is here. Days are NEVER where the thing did not happen."""

    order: Ints  # position of its order
    reason: npt.NDArray[np.object_]  # the first stated one
    known: Days
    refunded: Days
    slow: Days
    refused: Days
    minutes: Ints
    minutes_day: Days
    due: Days


def returns_of(orders: Orders, frame: pd.DataFrame, horizon: Horizon) -> Returns:
    rows = alive(frame)
    at = orders.at(rows["order_id"])
    rows, at = rows[at >= 0], at[at >= 0]
    reason = np.where(rows["first_reason"].isin(_REASONS), rows["first_reason"].to_numpy(dtype=object), "other")
    known = np.maximum(orders.known[at], market_days(instants(rows["first_observed_at"]), orders.zone))
    refunded = np.maximum(known, known_days(rows, "refunded_known_at", "refunded_at", orders.zone))
    closed = np.maximum(known, known_days(rows, "closed_known_at", "closed_at", orders.zone))
    refused = np.isin(reason, STORES_REASONS) & (refunded == NEVER)
    promise = _refunds(rows, reason, known, np.minimum(refunded, closed), horizon)
    # Late by absence, or refunded never and refused or late: the whole promise was waited for nothing.
    unpaid = (refunded == NEVER) & (promise.broken | (refused & (closed != NEVER)))
    given_up = np.where(promise.broken, promise.day, closed)
    minutes, minutes_day = _minutes(rows, unpaid, orders.zone, given_up, refunded)
    return Returns(
        order=at,
        reason=reason,
        known=known,
        refunded=refunded,
        slow=promise.day,
        refused=np.where(refused, closed, NEVER).astype(np.int32),
        minutes=minutes,
        minutes_day=np.where(np.isin(reason, BUYERS_REASONS), NEVER, minutes_day).astype(np.int32),
        due=promise.due,
    )


def _refunds(rows: pd.DataFrame, reason: npt.NDArray[np.object_], known: Days, told: Days, horizon: Horizon) -> Settled:
    """The promise of a refund, where there is one. Refused in time keeps it too: that is another metric."""
    deadline = instants(rows["opened_at"]) + _PROMISE
    deadline[np.isin(reason, BUYERS_REASONS)] = np.datetime64("NaT")
    refunded, closed = instants(rows["refunded_at"]), instants(rows["closed_at"])
    done = np.where(np.isnat(refunded), closed, refunded)
    return settled(
        runs_out=market_days(deadline, horizon.time_zone),
        absent=np.isnat(done) & ~np.isnat(deadline),
        too_late=done > deadline,
        told=told,
        known=known,
        closed=day_number(horizon.closed.get("returns")),
    )


def _minutes(rows: pd.DataFrame, unpaid: Bools, zone: str, given_up: Days, refunded: Days) -> tuple[Ints, Days]:
    """Minutes until the refund. One that is overdue or was refused has waited its whole promise, else refusing would
    make the mean better."""
    opened, paid = instants(rows["opened_at"]), instants(rows["refunded_at"])
    end = np.where(unpaid, opened + _PROMISE, paid)
    minutes = open_minutes(local(opened, zone), local(end, zone), REFUND_HOURS)
    return minutes, np.where(unpaid, given_up, refunded).astype(np.int32)
