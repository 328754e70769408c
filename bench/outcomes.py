"""Counts a synthetic chunk of orders and prints rows per second: python -m bench.outcomes [ORDERS]."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.daily import apply, buyers, deltas, tallies
from scoring.outcomes import Counted, EvidenceFrames, Horizon, count_units

_START = np.datetime64("2025-01-01", "us")


def times(start: npt.NDArray[Any], hours: npt.NDArray[np.float64], there: npt.NDArray[np.bool_]) -> pd.Series:
    """`hours` after `start` where `there`, as the database gives it."""
    moved = start + (hours * 3600e6).astype("timedelta64[us]")
    return pd.Series(pd.DatetimeIndex(np.where(there, moved, np.datetime64("NaT", "us"))).tz_localize("UTC"))


def text(values: npt.NDArray[Any], there: npt.NDArray[np.bool_]) -> pd.Series:
    return pd.Series(values.astype(str), dtype="str").where(pd.Series(there))


def market(size: int, seed: int = 1) -> EvidenceFrames:
    """`size` orders of 90 days with shipments, and returns, complaints and answers to some."""
    rng = np.random.default_rng(seed)
    every = np.ones(size, dtype=bool)
    ids = np.char.add("order-", np.arange(size).astype(str))
    placed = _START + (rng.random(size) * 90 * 86400e6).astype("timedelta64[us]")
    shipped, delivered = rng.exponential(30, size), 24 + rng.exponential(60, size)
    orders = pd.DataFrame(
        {
            "order_id": text(ids, every),
            "store_id": text(np.char.add("s", rng.integers(0, 2000, size).astype(str)), every),
            "anchor_id": text(np.char.add("a", rng.integers(0, 500, size).astype(str)), rng.random(size) < 0.4),
            "buyer_ref": text(np.char.add("b", rng.integers(0, size, size).astype(str)), every),
            "region": text(np.char.add("r", rng.integers(0, 30, size).astype(str)), every),
            "amount": rng.random(size) * 100,
            "placed_at": times(placed, np.zeros(size), every),
            "ship_by": times(placed, np.full(size, 48.0), every),
            "deliver_by": times(placed, np.full(size, 144.0), every),
            "cancelled_at": times(placed, np.full(size, 5.0), rng.random(size) < 0.03),
            "cancelled_by": text(rng.choice(["buyer", "merchant"], size), every),
            "cancelled_known_at": times(placed, np.full(size, 6.0), every),
            "first_observed_at": times(placed, np.full(size, 1.0), every),
            "retracted": ~every,
        }
    )
    shipments = pd.DataFrame(
        {
            "order_id": orders["order_id"],
            "shipped_at": times(placed, shipped, every),
            "delivered_at": times(placed, shipped + delivered, every),
            "shipped_known_at": times(placed, shipped + 2, every),
            "delivered_known_at": times(placed, shipped + delivered + 2, every),
            "retracted": ~every,
        }
    )
    late = shipped + delivered
    return EvidenceFrames(
        orders=orders,
        shipments=shipments,
        returns=_returns(rng, ids, placed, late),
        complaints=_complaints(rng, ids, placed, late),
        responses=_responses(rng, ids, placed, late),
        exclusions=_exclusions(rng, ids),
    )


def _some(rng: np.random.Generator, size: int, share: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    chosen = np.flatnonzero(rng.random(size) < share)
    return chosen, np.ones(len(chosen), dtype=bool)


def _returns(rng: np.random.Generator, ids: Any, placed: Any, late: Any) -> pd.DataFrame:
    at, every = _some(rng, len(ids), 0.1)
    opened, refund = late[at] + 24, rng.exponential(48, len(at))
    return pd.DataFrame(
        {
            "return_id": text(np.char.add("r-", ids[at]), every),
            "order_id": text(ids[at], every),
            "opened_at": times(placed[at], opened, every),
            "first_reason": text(rng.choice(["quality", "damaged", "size", "no_reason", "late"], len(at)), every),
            "refunded_at": times(placed[at], opened + refund, every),
            "closed_at": times(placed[at], opened + refund + 1, every),
            "refunded_known_at": times(placed[at], opened + refund, every),
            "closed_known_at": times(placed[at], opened + refund + 1, every),
            "first_observed_at": times(placed[at], opened, every),
            "retracted": ~every,
        }
    )


def _complaints(rng: np.random.Generator, ids: Any, placed: Any, late: Any) -> pd.DataFrame:
    at, every = _some(rng, len(ids), 0.02)
    none = ~every
    opened = late[at] + 48
    return pd.DataFrame(
        {
            "complaint_id": text(np.char.add("c-", ids[at]), every),
            "order_id": text(ids[at], every),
            "store_id": text(ids[at], none),
            "anchor_id": text(ids[at], none),
            "live_id": text(ids[at], none),
            "opened_at": times(placed[at], opened, every),
            "category": text(rng.choice(["quality", "delivery", "refund", "false_advertising"], len(at)), every),
            "first_response_at": times(placed[at], opened + 5, rng.random(len(at)) < 0.8),
            "closed_at": times(placed[at], opened + 90, every),
            "outcome": text(rng.choice(["upheld", "rejected", "settled"], len(at)), every),
            "first_response_known_at": times(placed[at], opened + 5, every),
            "outcome_known_at": times(placed[at], opened + 90, every),
            "first_observed_at": times(placed[at], opened, every),
            "retracted": none,
        }
    )


def _responses(rng: np.random.Generator, ids: Any, placed: Any, late: Any) -> pd.DataFrame:
    at, every = _some(rng, len(ids), 0.4)
    scores = {name: rng.integers(1, 6, len(at)) for name in ("overall", "as_described", "service", "logistics")}
    return pd.DataFrame(
        {
            "response_id": text(np.char.add("q-", ids[at]), every),
            "respondent_ref": text(ids[at], every),
            "order_id": text(ids[at], every),
            "live_id": text(ids[at], ~every),
            "answered_at": times(placed[at], late[at] + 24, every),
            **scores,
            "false_promotion": None,
            "hype": None,
            "first_observed_at": times(placed[at], late[at] + 25, every),
            "retracted": ~every,
        }
    )


def _exclusions(rng: np.random.Generator, ids: Any) -> pd.DataFrame:
    at, every = _some(rng, len(ids), 0.001)
    named = np.arange(len(at)) >= 100
    region = np.char.add("r", rng.integers(0, 30, len(at)).astype(str))
    start = _START + (rng.random(len(at)) * 80 * 86400e6).astype("timedelta64[us]")
    return pd.DataFrame(
        {
            "exclusion_id": text(np.char.add("e-", ids[at]), every),
            "reason": text(rng.choice(["force_majeure", "attack"], len(at)), every),
            "order_id": text(ids[at], named),
            "subject_kind": text(region, ~every),
            "subject_id": text(region, ~every),
            "region": text(region, ~named),
            "starts_at": times(start, np.zeros(len(at)), ~named),
            "ends_at": times(start, np.full(len(at), 72.0), ~named),
            "lifted_at": times(start, np.zeros(len(at)), ~every),
            "retracted": ~every,
        }
    )


def timed(name: str, work: Callable[[], Any]) -> Any:
    start = time.process_time()
    result = work()
    sys.stdout.write(f"{name:12}{time.process_time() - start:8.2f} s\n")
    return result


def nothing() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in ("unit", "store_id", "anchor_id", "facts")})


def main(size: int) -> None:
    frames = market(size)
    horizon = Horizon(dict.fromkeys(("shipments", "returns", "complaints"), date(2025, 4, 20)), "Asia/Shanghai")
    start = time.process_time()
    counted: Counted = timed("count_units", lambda: count_units(frames, horizon))
    rows: pd.DataFrame = timed("tallies", lambda: tallies(counted))
    changes: pd.DataFrame = timed("deltas", lambda: deltas(counted, nothing()))
    timed("again", lambda: deltas(counted, rows))
    sketches: pd.DataFrame = timed("buyers", lambda: buyers(counted, frames.orders))
    day = int(changes["day"].median())
    timed(
        "one day",
        lambda: apply(
            None, changes[(changes["day"] == day) & (changes["family"] == "counters")], sketches[sketches["day"] == day]
        ),
    )
    spent = time.process_time() - start
    sys.stdout.write(f"{len(counted.facts):,} facts of {size:,} orders, {size / spent:,.0f} orders/s\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300_000)
