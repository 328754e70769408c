"""A small random market as rows of evidence, with every kind and every way an order can go."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reputation.evidence.services import batch_ingest, day_close

Rows = dict[str, list[dict[str, Any]]]
LAST = date(2026, 3, 31)


def instant(day: date, hour: float = 4) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def market(*, seed: int = 1, stores: int = 8, days: int = 100, orders: int = 1200, last: date = LAST) -> Rows:
    """Evidence of the `days` before and including `last`. Later stores do worse."""
    rng = random.Random(seed)
    rows: Rows = {kind: [] for kind in KINDS}
    first = last - timedelta(days=days - 1)
    for s in range(stores):
        category = "food" if s % 2 else "toys"
        rows["stores"].append(
            {"store_id": f"S{s}", "name": f"Store {s}", "category": category, "opened_on": str(first)}
        )
    for a in range(max(1, stores // 3)):
        rows["anchors"].append({"anchor_id": f"A{a}", "name": f"Anchor {a}", "followers": 1000 * (a + 1)})
    for number in range(orders):
        _order(rows, rng, number, first + timedelta(days=rng.randrange(days)), stores, instant(last, 15.9))
    for number in range(orders // 40):
        _live(rows, rng, number, first + timedelta(days=rng.randrange(days)), stores, instant(last, 15.9))
    return rows


KINDS = (
    "stores", "anchors", "live_sessions", "orders", "shipments", "returns", "complaints", "invitations", "responses",
    "conversations", "exclusions", "daily_counts",
)  # fmt: skip


def _order(rows: Rows, rng: random.Random, number: int, day: date, stores: int, end: datetime) -> None:
    store = min(rng.randrange(stores), rng.randrange(stores))
    bad = 0.02 + 0.25 * store / stores
    placed = instant(day, rng.uniform(0, 15))
    key = f"O{number}"
    row = {
        "order_id": key, "store_id": f"S{store}", "buyer_ref": f"B{rng.randrange(400)}", "device_ref": f"D{number}",
        "amount": f"{rng.uniform(5, 90):.2f}", "currency": "CNY", "placed_at": placed, "region": f"R{number % 3}",
        "ship_by": placed + timedelta(days=2), "deliver_by": placed + timedelta(days=7),
    }  # fmt: skip
    if rng.random() < 0.5:
        row["anchor_id"] = f"A{rng.randrange(max(1, stores // 3))}"
    if rng.random() < 0.03:
        row |= {"cancelled_at": placed + timedelta(hours=2), "cancelled_by": rng.choice(["buyer", "merchant"])}
    rows["orders"].append(row)
    shipped = placed + timedelta(days=rng.choice([0.5, 1, 1.5, 3 if rng.random() < bad * 2 else 1]))
    delivered = shipped + timedelta(days=rng.uniform(1, 7))
    rows["shipments"].append({"order_id": key, "shipped_at": shipped, "delivered_at": delivered, "carrier": "C1"})
    if rng.random() < bad:
        opened = delivered + timedelta(days=rng.uniform(0, 4))
        reason = rng.choice(["quality", "not_as_described", "damaged", "size", "counterfeit"])
        rows["returns"].append({"return_id": f"T{number}", "order_id": key, "opened_at": opened, "reason": reason})
        if rng.random() < 0.8:
            rows["returns"][-1]["refunded_at"] = opened + timedelta(days=rng.uniform(0.5, 5))
    if rng.random() < bad / 2:
        opened = delivered + timedelta(days=rng.uniform(0, 6))
        complaint = {"complaint_id": f"C{number}", "order_id": key, "opened_at": opened, "category": "quality"}
        if rng.random() < 0.7:
            closed = opened + timedelta(days=2)
            complaint |= {
                "first_response_at": closed,
                "closed_at": closed,
                "outcome": rng.choice(["upheld", "rejected"]),
            }
        rows["complaints"].append(complaint)
    if rng.random() < 0.2:
        score = 1 if rng.random() < bad else 5
        answers = {"overall": score, "service": rng.choice([2, 5]), "as_described": score}
        told = delivered + timedelta(days=1)
        rows["responses"].append(
            {
                "response_id": f"P{number}",
                "respondent_ref": row["buyer_ref"],
                "order_id": key,
                "answered_at": told,
                **answers,
            }
        )
    if rng.random() < 0.15:
        reply = placed + timedelta(minutes=rng.choice([1, 2, 30]))
        rows["conversations"].append(
            {"conversation_id": f"H{number}", "store_id": f"S{store}", "started_at": placed, "first_reply_at": reply}
        )
    if rng.random() < 0.01:
        rows["exclusions"].append({"exclusion_id": f"X{number}", "reason": "platform_fault", "order_id": key})
    _forget_the_future(rows, end)


def _live(rows: Rows, rng: random.Random, number: int, day: date, stores: int, end: datetime) -> None:
    started = instant(day, 10)
    rows["live_sessions"].append(
        {"live_id": f"L{number}", "anchor_id": f"A{number % max(1, stores // 3)}", "started_at": started}
    )
    for viewer in range(4):
        who = {"live_id": f"L{number}", "respondent_ref": f"V{number}|{viewer}"}
        rows["invitations"].append({"invitation_id": f"I{number}.{viewer}", **who, "sent_at": started})
        if rng.random() < 0.5:
            told = started + timedelta(hours=rng.uniform(1, 5))
            yes = rng.random() < 0.3
            rows["responses"].append(
                {
                    "response_id": f"Q{number}.{viewer}",
                    **who,
                    "answered_at": told,
                    "false_promotion": yes,
                    "hype": not yes,
                }
            )
    _forget_the_future(rows, end)


def _forget_the_future(rows: Rows, end: datetime) -> None:
    """What happens after the last day is not known yet: the row goes without it, or goes."""
    own = {"returns": "opened_at", "complaints": "opened_at", "responses": "answered_at"}
    for kind, time in own.items():
        if rows[kind] and rows[kind][-1][time] > end:
            rows[kind].pop()
    for kind in ("shipments", "returns", "complaints", "conversations"):
        if rows[kind]:
            late = [f for f, v in rows[kind][-1].items() if isinstance(v, datetime) and v > end]
            for name in late + (["outcome"] if "closed_at" in late else []):
                del rows[kind][-1][name]
    if rows["shipments"] and set(rows["shipments"][-1]) <= {"order_id", "carrier"}:
        rows["shipments"].pop()


def ingest(rows: Mapping[str, Sequence[Mapping[str, Any]]], kinds: Sequence[str] = KINDS) -> None:
    for kind in kinds:
        if rows.get(kind):
            result = batch_ingest(kind=kind, rows=list(rows[kind]), source="test", history=True)
            assert not result.rejected, (kind, result.rejected[:3])


def close(day: date, kinds: Sequence[str] = ("orders", "shipments", "returns", "complaints")) -> None:
    for kind in kinds:
        day_close(kind, day)
