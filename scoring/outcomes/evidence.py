"""What counting reads and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial

import pandas as pd

# The columns that counting reads of each frame; more may be there and are ignored.
COLUMNS: dict[str, tuple[str, ...]] = {
    "orders": (
        "order_id",
        "store_id",
        "anchor_id",
        "buyer_ref",
        "region",
        "amount",
        "placed_at",
        "ship_by",
        "deliver_by",
        "cancelled_at",
        "cancelled_by",
        "cancelled_known_at",
        "first_observed_at",
        "retracted",
    ),
    "shipments": ("order_id", "shipped_at", "delivered_at", "shipped_known_at", "delivered_known_at", "retracted"),
    "returns": (
        "return_id",
        "order_id",
        "opened_at",
        "first_reason",
        "refunded_at",
        "closed_at",
        "refunded_known_at",
        "closed_known_at",
        "first_observed_at",
        "retracted",
    ),
    "complaints": (
        "complaint_id",
        "order_id",
        "store_id",
        "anchor_id",
        "live_id",
        "opened_at",
        "category",
        "first_response_at",
        "closed_at",
        "outcome",
        "first_response_known_at",
        "outcome_known_at",
        "first_observed_at",
        "retracted",
    ),
    "responses": (
        "response_id",
        "respondent_ref",
        "answered_at",
        "order_id",
        "live_id",
        "overall",
        "as_described",
        "service",
        "logistics",
        "false_promotion",
        "hype",
        "first_observed_at",
        "retracted",
    ),
    "invitations": ("invitation_id", "live_id", "respondent_ref", "first_observed_at", "retracted"),
    "conversations": (
        "conversation_id",
        "store_id",
        "started_at",
        "first_reply_at",
        "resolved",
        "rating",
        "first_reply_known_at",
        "resolved_known_at",
        "rating_known_at",
        "first_observed_at",
        "retracted",
    ),
    "exclusions": (
        "exclusion_id",
        "reason",
        "order_id",
        "subject_kind",
        "subject_id",
        "region",
        "starts_at",
        "ends_at",
        "lifted_at",
        "retracted",
    ),
}

# Kinds whose absence breaks a promise, once the day on which that runs out is closed.
PROMISE_KINDS: tuple[str, ...] = ("shipments", "returns", "complaints", "conversations")


def due_column(kind: str) -> str:
    """The column of `Counted.units` for a kind of PROMISE_KINDS: look again once that market day is closed."""
    return f"due_{kind}"


def empty(kind: str) -> pd.DataFrame:
    """A frame of `kind` (a key of COLUMNS) without rows. Raises KeyError for another kind."""
    return pd.DataFrame({name: pd.Series(dtype=_dtype(name)) for name in COLUMNS[kind]})


def _dtype(name: str) -> str:
    if name.endswith("_at") or name in ("ship_by", "deliver_by"):
        return "datetime64[us, UTC]"
    if name == "retracted":
        return "bool"
    if name in ("amount", "overall", "as_described", "service", "logistics", "rating"):
        return "float64"
    return "object" if name in ("false_promotion", "hype", "resolved") else "str"


@dataclass(frozen=True)
class EvidenceFrames:
    """ALL evidence of the units in question; columns as in COLUMNS, named as in the models.

    Times are tz-aware UTC, ids are str (null: NaN), answers and yes/no may be null. `held`: units that screening or a
    person set aside; `held_for`: by role those that are set aside for this party alone, none of them an order, for which
    exclusions say so. `live_anchors`: live_id -> anchor_id. `units`: count these alone (a response may belong to an
    order and to a live voice, of which only one was asked for); None: every unit that the frames show.
    """

    orders: pd.DataFrame = field(default_factory=partial(empty, "orders"))
    shipments: pd.DataFrame = field(default_factory=partial(empty, "shipments"))
    returns: pd.DataFrame = field(default_factory=partial(empty, "returns"))
    complaints: pd.DataFrame = field(default_factory=partial(empty, "complaints"))
    responses: pd.DataFrame = field(default_factory=partial(empty, "responses"))
    invitations: pd.DataFrame = field(default_factory=partial(empty, "invitations"))
    conversations: pd.DataFrame = field(default_factory=partial(empty, "conversations"))
    exclusions: pd.DataFrame = field(default_factory=partial(empty, "exclusions"))
    held: frozenset[str] = frozenset()
    held_for: Mapping[str, frozenset[str]] = field(default_factory=dict)
    live_anchors: Mapping[str, str] = field(default_factory=dict)
    units: frozenset[str] | None = None


@dataclass(frozen=True)
class Horizon:
    """Per evidence kind the last closed market day; None or absent: never closed, so nothing is missed by absence."""

    closed: Mapping[str, date | None]
    time_zone: str


@dataclass(frozen=True)
class Counted:
    """What units came to.

    facts: unit, family ("counters", "outcomes"), role ("store", "anchor"), day (whole days since 2000-01-01), counter,
    value (int32, never 0); one row per (unit, family, role, day, counter), sorted. The text columns are categorical.
    units: unit, store_id, anchor_id ("" where none), and per kind of PROMISE_KINDS due_<kind> (date or None): the first
    market day whose closing will change the count. A unit whose order is unknown or retracted has no row: it counts as
    nothing, and its tally, if any, goes.
    """

    facts: pd.DataFrame
    units: pd.DataFrame
