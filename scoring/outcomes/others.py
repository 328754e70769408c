"""Units that are no orders: complaints without one, the voices of a live room's viewers, conversations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scoring.outcomes.answers import in_order, yes_or_no
from scoring.outcomes.clocks import (
    CHAT_HOURS,
    NEVER,
    Bools,
    Days,
    Ints,
    day_number,
    instants,
    local,
    market_days,
    open_deadline,
    wall_days,
)
from scoring.outcomes.complaints import Complaints, Context, anchors_named, complaints_of
from scoring.outcomes.deadlines import settled
from scoring.outcomes.evidence import EvidenceFrames, Horizon
from scoring.outcomes.ledger import Ledger
from scoring.outcomes.orders import alive, known_days
from scoring.outcomes.rules import LOW, RULES

Part = tuple[Ledger, pd.DataFrame, dict[str, Days]]
_CHAT_MINUTES = 3


def is_held(units: pd.Series, frames: EvidenceFrames, role: str = "") -> Bools:
    """Units that are set aside; with a role those too that are so for this party alone."""
    held = frames.held | frames.held_for.get(role, frozenset())
    out: Bools = units.isin(list(held)).to_numpy(dtype=bool)
    return out


def _asked(rows: pd.DataFrame, frames: EvidenceFrames) -> pd.DataFrame:
    chosen = rows if frames.units is None else rows[rows["unit"].isin(list(frames.units))]
    return chosen.reset_index(drop=True)


def _part(ledger: Ledger, rows: pd.DataFrame, due: dict[str, Days]) -> Part:
    return ledger, rows[["unit", "store_id", "anchor_id"]], due


def count_incidents(frames: EvidenceFrames, horizon: Horizon) -> Part:
    """Complaints without an order count in their metric's numerator, against whom they name."""
    rows = alive(frames.complaints)
    rows = rows[rows["order_id"].isna()].sort_values("complaint_id")
    rows = _asked(rows.assign(unit="c:" + rows["complaint_id"].astype("str")), frames)
    anchor = anchors_named(rows, frames.live_anchors)
    found = complaints_of(rows, _no_order(rows, anchor), horizon)
    ledger = Ledger(len(rows))
    known = market_days(instants(rows["first_observed_at"]), horizon.time_zone)
    for role, named, liable in (
        ("store", rows["store_id"].notna().to_numpy(dtype=bool), found.against_store),
        ("anchor", (anchor != "").to_numpy(dtype=bool), found.against_anchor),
    ):
        held = is_held(rows["unit"], frames, role)
        ledger.count(role, "held", known, held & named)
        _count_complaints(ledger, role, found, liable & ~held)
    rows = rows.assign(store_id=rows["store_id"].fillna(""), anchor_id=anchor)
    due = np.where(is_held(rows["unit"], frames), NEVER, found.due).astype(np.int32)
    return _part(ledger, rows, {"complaints": due})


def _no_order(rows: pd.DataFrame, anchor: pd.Series) -> Context:
    size, named = len(rows), (anchor != "").to_numpy(dtype=bool)
    return Context(
        order=np.full(size, -1, dtype=np.int64),
        known=np.zeros(size, dtype=np.int32),
        settled=np.zeros(size, dtype=np.int32),  # nothing to refund: settled is enough
        has_store=rows["store_id"].notna().to_numpy(dtype=bool),
        has_anchor=named,
        names_anchor=named,
    )


def _count_complaints(ledger: Ledger, role: str, found: Complaints, where: Bools) -> None:
    for rule in RULES.values():
        if rule.key.startswith("complaint_"):
            mine = where & (found.category == rule.key.removeprefix("complaint_"))
            ledger.count(role, f"{rule.metric}_n", found.confirmed, mine)
            ledger.count(role, "incident_n", found.confirmed, mine)
            if rule.grave:
                ledger.count(role, "grave", found.confirmed, mine)


def count_voices(frames: EvidenceFrames, horizon: Horizon) -> Part:
    """Of each invited viewer of a live room the first yes or no to each question. Uninvited ones are never counted."""
    rows = in_order(frames.responses[frames.responses["live_id"].notna() & frames.responses["respondent_ref"].notna()])
    voices = rows[["live_id", "respondent_ref"]].astype("str")
    anchor = voices["live_id"].map(dict(frames.live_anchors)).astype("str").fillna("")
    rows = rows.assign(unit="v:" + voices["live_id"] + "|" + voices["respondent_ref"], anchor_id=anchor, store_id="")
    invited = _invited(frames.invitations, horizon.time_zone)
    rows = rows.assign(invited=rows["unit"].map(invited).fillna(NEVER).astype("int32"))
    rows = _asked(rows[rows["anchor_id"] != ""].sort_values("unit", kind="stable"), frames)
    voice, owner = np.unique(rows["unit"].to_numpy(dtype=object).astype(str), return_inverse=True)
    first = rows.drop_duplicates("unit").reset_index(drop=True)
    day = np.maximum(rows["invited"].to_numpy(), market_days(instants(rows["first_observed_at"]), horizon.time_zone))
    ledger, held = Ledger(len(voice)), is_held(first["unit"], frames, "anchor")
    opening = market_days(instants(first["first_observed_at"]), horizon.time_zone)
    ledger.count("anchor", "held", opening, held)
    for question in ("false_promotion", "hype"):
        _count_answer(ledger, question, yes_or_no(rows[question]), owner, np.where(held[owner], NEVER, day))
    return _part(ledger, first, {})


def _invited(invitations: pd.DataFrame, zone: str) -> dict[str, int]:
    """The day on which the first invitation of each voice was known."""
    rows = alive(invitations)
    rows = rows[rows["live_id"].notna() & rows["respondent_ref"].notna()]
    unit = "v:" + rows["live_id"].astype("str") + "|" + rows["respondent_ref"].astype("str")
    days = pd.Series(market_days(instants(rows["first_observed_at"]), zone), index=unit.to_numpy(dtype=object))
    return {str(unit): int(day) for unit, day in days.groupby(level=0).min().items()}


def _count_answer(ledger: Ledger, question: str, answer: Ints, owner: Ints, day: Days) -> None:
    told = np.flatnonzero(answer >= 0)
    units, first = np.unique(owner[told], return_index=True)
    chosen = told[first]
    counts = day[chosen] != NEVER
    units, chosen = units[counts], chosen[counts]
    ledger.add("anchor", f"{question}_d", units, day[chosen])
    ledger.add("anchor", f"{question}_n", units, day[chosen], answer[chosen])


def count_conversations(frames: EvidenceFrames, horizon: Horizon) -> Part:
    rows = alive(frames.conversations)
    rows = rows[rows["store_id"].notna() & rows["started_at"].notna()].sort_values("conversation_id")
    rows = _asked(rows.assign(unit="h:" + rows["conversation_id"].astype("str"), anchor_id=""), frames)
    ledger, held = Ledger(len(rows)), is_held(rows["unit"], frames, "store")
    known = market_days(instants(rows["first_observed_at"]), horizon.time_zone)
    ledger.count("store", "held", known, held)
    due = _count_replies(ledger, rows, known, ~held, horizon)
    for counter, field, bad in (
        ("chat_low", "rating", _low(rows["rating"])),
        ("chat_unresolved", "resolved", yes_or_no(rows["resolved"]) == 0),
    ):
        day = _told(rows, field, known, horizon.time_zone)
        ledger.count("store", f"{counter}_d", day, ~held)
        ledger.count("store", f"{counter}_n", day, ~held & bad)
    return _part(ledger, rows, {"conversations": np.where(held, NEVER, due).astype(np.int32)})


def _low(rating: pd.Series) -> Bools:
    score = pd.to_numeric(rating, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    return score <= LOW


def _told(rows: pd.DataFrame, field: str, known: Days, zone: str) -> Days:
    """The day on which a rating or mark was known; NEVER where there is none."""
    told = market_days(instants(rows[f"{field}_known_at"]), zone)
    day = np.where(told == NEVER, known, np.maximum(known, told))
    return np.where(rows[field].isna(), NEVER, day).astype(np.int32)


def _count_replies(ledger: Ledger, rows: pd.DataFrame, known: Days, where: Bools, horizon: Horizon) -> Days:
    """Counts the replies and returns where a reply is still due."""
    zone = horizon.time_zone
    deadline = open_deadline(local(instants(rows["started_at"]), zone), _CHAT_MINUTES, CHAT_HOURS)
    reply = local(instants(rows["first_reply_at"]), zone)
    promise = settled(
        runs_out=wall_days(deadline),
        absent=np.isnat(reply),
        too_late=reply > deadline,
        told=np.maximum(known, known_days(rows, "first_reply_known_at", "first_reply_at", zone)),
        known=known,
        closed=day_number(horizon.closed.get("conversations")),
    )
    ledger.count("store", "slow_reply_d", known, where)
    ledger.count("store", "slow_reply_n", promise.day, where)
    return promise.due
