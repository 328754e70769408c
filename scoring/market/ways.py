"""The ways to undo an incident in evidence: which units have it, and their copies without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from scoring.outcomes import EvidenceFrames

Frames = dict[str, Any]  # kind -> pd.DataFrame
_LOW = 2
_SOON = pd.Timedelta(hours=1)
_QUESTIONS = ("overall", "as_described", "service", "logistics")
# Picks the prefix of a unit ("o:" order, "c:" complaint, "h:" conversation, "v:" voice) and the ids to choose from;
# mends the copies of these ids.
Way = tuple[Callable[[EvidenceFrames], tuple[str, pd.Series]], Callable[[Frames, set[str]], None]]


def voice_of(frame: pd.DataFrame) -> pd.Series:
    """Id of each live room's voice: the room and its viewer."""
    return frame["live_id"].astype("str") + "|" + frame["respondent_ref"].astype("str")


def _returned(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    return "o:", frames.returns["order_id"]


def _no_return(copies: Frames, ids: set[str]) -> None:
    copies["returns"] = copies["returns"][~copies["returns"]["order_id"].isin(ids)]


def _late_refund(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    """Not of an order with a settled complaint: a refund is what makes that count (docs/outcomes.md)."""
    rows, complaints = frames.returns, frames.complaints
    settled = rows["order_id"].isin(complaints.loc[complaints["outcome"] == "settled", "order_id"])
    prompt = rows["refunded_at"] - rows["opened_at"] <= pd.Timedelta(hours=72)
    return "o:", rows.loc[~prompt & ~settled, "order_id"]


def _prompt_refund(copies: Frames, ids: set[str]) -> None:
    rows = copies["returns"]
    here = rows["order_id"].isin(ids)
    for name in ("refunded_at", "refunded_known_at", "closed_at", "closed_known_at"):
        rows.loc[here, name] = rows.loc[here, "opened_at"] + _SOON


def _complained(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    return "o:", frames.complaints["order_id"]


def _no_complaint(copies: Frames, ids: set[str]) -> None:
    copies["complaints"] = copies["complaints"][~copies["complaints"]["order_id"].isin(ids)]


def _no_reports(copies: Frames, ids: set[str]) -> None:
    """All that a buyer told of an incident: the return, the complaint, the low answers."""
    for mend in (_no_return, _no_complaint, _to(float("nan"))):
        mend(copies, ids)


def _complained_alone(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    return "c:", frames.complaints.loc[frames.complaints["order_id"].isna(), "complaint_id"]


def _no_lone_complaint(copies: Frames, ids: set[str]) -> None:
    copies["complaints"] = copies["complaints"][~copies["complaints"]["complaint_id"].isin(ids)]


def _answered_low(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    rows = frames.responses
    return "o:", rows.loc[(rows[list(_QUESTIONS)] <= _LOW).any(axis=1), "order_id"]


def _answered_low_in_time(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    """Without a late parcel: an answer that the carrier excuses is no incident, and counts as one that was not low."""
    parcels = frames.orders[["order_id", "deliver_by"]].merge(frames.shipments, on="order_id")
    in_time = parcels.loc[parcels["delivered_at"] <= parcels["deliver_by"], "order_id"]
    prefix, orders = _answered_low(frames)
    return prefix, orders[orders.isin(in_time)]


def _to(value: float) -> Callable[[Frames, set[str]], None]:
    """Low answers become `value`; NaN: the question was left out."""

    def mend(copies: Frames, ids: set[str]) -> None:
        rows = copies["responses"]
        here = rows["order_id"].isin(ids)
        for question in _QUESTIONS:
            rows.loc[here & (rows[question] <= _LOW), question] = value

    return mend


def _sent_late(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    rows = frames.shipments.merge(frames.orders[["order_id", "ship_by"]], on="order_id")
    return "o:", rows.loc[rows["shipped_at"] > rows["ship_by"], "order_id"]


def _on_time(copies: Frames, ids: set[str]) -> None:
    """Dispatched an hour before the promise; the parcel travels as long as it did."""
    rows = copies["shipments"].merge(copies["orders"][["order_id", "ship_by"]], on="order_id", how="left")
    here = rows["order_id"].isin(ids) & (rows["shipped_at"] > rows["ship_by"])
    earlier = rows.loc[here, "shipped_at"] - (rows.loc[here, "ship_by"] - _SOON)
    for name in ("shipped_at", "shipped_known_at", "delivered_at", "delivered_known_at"):
        rows.loc[here, name] = rows.loc[here, name] - earlier
    copies["shipments"] = rows.drop(columns=["ship_by"])


def _never_sent(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    rows = frames.orders
    unsent = ~rows["order_id"].isin(frames.shipments["order_id"])
    return "o:", rows.loc[unsent & (rows["cancelled_at"].isna() | (rows["cancelled_by"] == "merchant")), "order_id"]


def _sent(copies: Frames, ids: set[str]) -> None:
    """Not cancelled; dispatched within the hour and delivered a day later."""
    orders = copies["orders"]
    here = orders["order_id"].isin(ids)
    orders.loc[here, ["cancelled_at", "cancelled_known_at"]] = pd.NaT
    orders.loc[here, "cancelled_by"] = None
    rows = orders.loc[here, ["order_id", "placed_at"]]
    sent, arrived = rows["placed_at"] + _SOON, rows["placed_at"] + 24 * _SOON
    new = pd.DataFrame({
        "order_id": rows["order_id"], "shipped_at": sent, "shipped_known_at": sent, "delivered_at": arrived,
        "delivered_known_at": arrived, "retracted": False,
    })  # fmt: skip
    copies["shipments"] = pd.concat([copies["shipments"], new], ignore_index=True)


def _talked(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    rows = frames.conversations
    slow = ~(rows["first_reply_at"] - rows["started_at"] <= pd.Timedelta(minutes=3))
    return "h:", rows.loc[slow | (rows["rating"] <= _LOW) | (rows["resolved"] == False), "conversation_id"]  # noqa: E712


def _well_served(copies: Frames, ids: set[str]) -> None:
    rows = copies["conversations"]
    here = rows["conversation_id"].isin(ids)
    for name in ("first_reply_at", "first_reply_known_at"):
        rows.loc[here, name] = rows.loc[here, "started_at"]
    rows.loc[here & (rows["rating"] <= _LOW), "rating"] = 4
    rows.loc[here & (rows["resolved"] == False), "resolved"] = True  # noqa: E712


def _voiced(frames: EvidenceFrames) -> tuple[str, pd.Series]:
    rows = frames.responses
    told = (rows["false_promotion"] == True) | (rows["hype"] == True)  # noqa: E712
    return "v:", voice_of(rows)[told & rows["live_id"].notna() & rows["respondent_ref"].notna()]


def _said_no(copies: Frames, ids: set[str]) -> None:
    rows = copies["responses"]
    here = voice_of(rows).isin(ids)
    for question in ("false_promotion", "hype"):
        rows.loc[here & rows[question].notna(), question] = False


WAYS: dict[str, Way] = {
    "return into none": (_returned, _no_return),
    "late refund into prompt": (_late_refund, _prompt_refund),
    "complaint into none": (_complained, _no_complaint),
    "return and all else told of it into none": (_returned, _no_reports),
    "complaint and all else told of it into none": (_complained, _no_reports),
    "complaint without an order into none": (_complained_alone, _no_lone_complaint),
    "low answers into good": (_answered_low, _to(5.0)),
    "low answers into none": (_answered_low_in_time, _to(float("nan"))),
    "late dispatch into punctual": (_sent_late, _on_time),
    "unsent or cancelled into sent": (_never_sent, _sent),
    "bad conversation into good": (_talked, _well_served),
    "false promotion or hype into no": (_voiced, _said_no),
}
