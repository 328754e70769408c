"""The orders of a chunk as aligned arrays, with the state of their dispatch and delivery promises."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scoring.outcomes.clocks import (
    DISPATCH_HOURS,
    NEVER,
    Bools,
    Days,
    Ints,
    Times,
    day_number,
    instants,
    local,
    market_days,
    open_minutes,
)
from scoring.outcomes.deadlines import Settled, settled
from scoring.outcomes.evidence import EvidenceFrames, Horizon

_NAT = np.datetime64("NaT", "us")


@dataclass(frozen=True)
class Orders:
    """One element per order that is there, not retracted, with a store and a time; sorted by order_id."""

    frame: pd.DataFrame
    zone: str
    known: Days
    placed: Times
    ship_by: Times
    deliver_by: Times
    cancelled: Times
    cancelled_by: pd.Series
    cancelled_known: Days
    shipped: Times
    delivered: Times
    shipped_known: Days
    delivered_known: Days

    def at(self, order_ids: pd.Series) -> Ints:
        """Position of each order, -1 where it is not here."""
        out: Ints = pd.Index(self.frame["order_id"]).get_indexer(pd.Index(order_ids)).astype(np.int64)
        return out

    def nothing(self) -> Days:
        return np.full(len(self.frame), NEVER, dtype=np.int32)


def alive(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["retracted"].to_numpy(dtype=bool)]


def known_days(frame: pd.DataFrame, known: str, event: str, zone: str) -> Days:
    """The day on which a field became known: its own record of that, else the time that it tells; NEVER where null."""
    told, happened = instants(frame[known]), instants(frame[event])
    days = market_days(np.where(np.isnat(told), happened, told), zone)
    return np.where(np.isnat(happened), NEVER, days).astype(np.int32)


def orders_of(frames: EvidenceFrames, zone: str) -> Orders:
    frame = alive(frames.orders)
    frame = frame[frame["store_id"].notna() & frame["placed_at"].notna()]
    frame = frame.sort_values("order_id").reset_index(drop=True)
    if frames.units is not None:
        frame = frame[("o:" + frame["order_id"].astype("str")).isin(list(frames.units))].reset_index(drop=True)
    known = market_days(instants(frame["first_observed_at"]), zone)
    return Orders(
        frame=frame,
        zone=zone,
        known=known,
        placed=instants(frame["placed_at"]),
        ship_by=instants(frame["ship_by"]),
        deliver_by=instants(frame["deliver_by"]),
        cancelled=instants(frame["cancelled_at"]),
        cancelled_by=frame["cancelled_by"],
        cancelled_known=np.maximum(known, known_days(frame, "cancelled_known_at", "cancelled_at", zone)),
        **_shipping(frame, alive(frames.shipments), known, zone),  # type: ignore[arg-type]
    )


def _shipping(orders: pd.DataFrame, shipments: pd.DataFrame, known: Days, zone: str) -> dict[str, Times | Days]:
    at = pd.Index(orders["order_id"]).get_indexer(pd.Index(shipments["order_id"]))
    rows = shipments[at >= 0]
    at = at[at >= 0]
    out: dict[str, Times | Days] = {}
    for name in ("shipped", "delivered"):
        times = np.full(len(orders), _NAT)
        times[at] = instants(rows[f"{name}_at"])
        days = np.full(len(orders), NEVER, dtype=np.int32)
        days[at] = known_days(rows, f"{name}_known_at", f"{name}_at", zone)
        out[name], out[f"{name}_known"] = times, np.maximum(days, known)
    return out


def valid(orders: Orders) -> Bools:
    """Paid, and not cancelled by the buyer before it was dispatched.

    A buyer who gives up after the dispatch promise has run out does not undo it: else the worst delays would vanish.
    """
    amount = pd.to_numeric(orders.frame["amount"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    evidence = np.where(np.isnat(orders.shipped), orders.delivered, orders.shipped)
    by_buyer = (orders.cancelled_by == "buyer").to_numpy(dtype=bool, na_value=False) & ~np.isnat(orders.cancelled)
    withdrawn = by_buyer & ~(evidence <= orders.cancelled) & ~(orders.cancelled > orders.ship_by)
    return (amount > 0) & ~withdrawn


@dataclass(frozen=True)
class Promises:
    """What became of dispatch and delivery. Days: since when lateness is known, NEVER where there is none."""

    dispatch_late: Bools
    dispatch_day: Days
    delivery_late: Bools
    delivery_own: Bools  # late, and the store had dispatched late or not at all
    delivery_day: Days
    dispatch_minutes: Ints
    dispatch_minutes_day: Days
    due: Days


def promises_of(orders: Orders, horizon: Horizon) -> Promises:
    closed = day_number(horizon.closed.get("shipments"))
    unscanned = np.isnat(orders.shipped) & ~np.isnat(orders.delivered)
    # A parcel that arrived without a dispatch scan was dispatched, nobody knows when: in time, for all we know.
    dispatch = _promise(orders, orders.ship_by, orders.shipped, orders.shipped_known, unscanned, closed)
    none = np.zeros(len(unscanned), dtype=bool)
    delivery = _promise(orders, orders.deliver_by, orders.delivered, orders.delivered_known, none, closed)
    minutes, minutes_day = _dispatch_minutes(orders, dispatch)
    return Promises(
        dispatch_late=dispatch.broken,
        dispatch_day=dispatch.day,
        delivery_late=delivery.broken,
        delivery_own=delivery.broken & (dispatch.broken | ~((orders.shipped <= orders.deliver_by) | unscanned)),
        delivery_day=delivery.day,
        dispatch_minutes=minutes,
        dispatch_minutes_day=minutes_day,
        due=np.minimum(dispatch.due, delivery.due),
    )


def _promise(orders: Orders, by: Times, done: Times, told: Days, ended: Bools, closed: int) -> Settled:
    absent = np.isnat(done) & ~ended & ~(orders.cancelled <= by) & ~np.isnat(by)
    runs_out = market_days(by, orders.zone)
    return settled(runs_out=runs_out, absent=absent, too_late=done > by, told=told, known=orders.known, closed=closed)


def _dispatch_minutes(orders: Orders, dispatch: Settled) -> tuple[Ints, Days]:
    """Minutes until dispatch. An order that the merchant cancelled, or that is overdue, has waited its whole promise.

    Without that, cancelling or never sending a parcel would make the mean better.
    """
    waiting = np.isnat(orders.shipped) & np.isnat(orders.delivered)
    dropped = waiting & by_merchant(orders)
    overdue = waiting & dispatch.broken & ~dropped
    end = np.where(overdue, orders.ship_by, orders.shipped)
    end = np.where(dropped, np.fmax(orders.cancelled, orders.ship_by), end)
    day = np.where(dropped, orders.cancelled_known, np.where(overdue, dispatch.day, orders.shipped_known))
    minutes = open_minutes(local(orders.placed, orders.zone), local(end, orders.zone), DISPATCH_HOURS)
    return minutes, day.astype(np.int32)


def by_merchant(orders: Orders) -> Bools:
    out: Bools = (orders.cancelled_by == "merchant").to_numpy(dtype=bool, na_value=False) & ~np.isnat(orders.cancelled)
    return out
