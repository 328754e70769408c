"""Practices worked out once more, order by order in plain Python, from the rows as they were sent."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
FAULTS = {"quality", "not_as_described", "damaged", "wrong_item", "missing", "counterfeit"}
Figures = dict[tuple[str, str], dict[str, Any]]


class Oracle:
    """`aside`: (order, role) -> whether for the parcel alone."""

    def __init__(self, rows: Mapping[str, list[dict[str, Any]]], last: date, aside: Mapping[tuple[str, str], bool]):
        self.rows, self.last, self.aside = rows, last, aside
        self.orders = {row["order_id"]: row for row in rows["orders"]}
        self.shipments = {row["order_id"]: row for row in rows["shipments"]}
        self.end = start(last + timedelta(days=1))
        self.found: Figures = defaultdict(dict)

    def figures(self) -> Figures:
        self._parcels("dispatch", "shipped_at", "ship_by", 7)
        self._parcels("delivery", "delivered_at", "deliver_by", 21)
        self._returns()
        self._replies()
        self._viewers()
        self._answers()
        return {who: told for who, told in self.found.items() if told}

    def span(self, lag: int, days: int = 90) -> tuple[date, date]:
        through = self.last - timedelta(days=lag)
        return through - timedelta(days=days - 1), through

    def within(self, moment: datetime, lag: int, days: int = 90) -> bool:
        first, through = self.span(lag, days)
        return first <= moment.astimezone(ZONE).date() <= through

    def _times(self, name: str, waits: Mapping[str, list[tuple[datetime, datetime | None, Any]]], lag: int) -> None:
        first, through = self.span(lag)
        for store, each in waits.items():
            if len(each) < 5 or all(done is None for _began, done, _promise in each):
                continue
            took = [math.ceil(max(((done or self.end) - began).total_seconds(), 0) / 60) for began, done, _p in each]
            promises = [round((p - began).total_seconds() / 60) for began, _done, p in each if p is not None]
            self.found["store", store][name] = {
                "n": len(each), "half": at(took, 0.5), "most": at(took, 0.9),
                "waiting": sum(done is None for _began, done, _promise in each),
                "promised": at(promises, 0.5) if promises else None, "since": str(first), "through": str(through),
            }  # fmt: skip

    def _parcels(self, name: str, field: str, promise: str, lag: int) -> None:
        waits = defaultdict(list)
        for key, order in self.orders.items():
            shipment = self.shipments.get(key, {})
            unscanned = field == "shipped_at" and "shipped_at" not in shipment and "delivered_at" in shipment
            usable = "cancelled_at" not in order and not unscanned and (key, "store") not in self.aside
            if usable and self.within(order["placed_at"], lag):
                waits[order["store_id"]].append((order["placed_at"], shipment.get(field), order.get(promise)))
        self._times(name, waits, lag)

    def _returns(self) -> None:
        waits, faults = defaultdict(list), defaultdict(list)
        for row in self.rows["returns"]:
            store, paid = self.orders[row["order_id"]]["store_id"], row.get("refunded_at")
            if self.aside.get((row["order_id"], "store")) is False or not self.within(row["opened_at"], 14):
                continue
            refused = paid is None and "closed_at" in row
            if row["reason"] not in ("size", "no_reason") and not refused:
                waits[store].append((row["opened_at"], paid, None))
            if row["reason"] in FAULTS:
                faults[store].append(refused)
        self._times("refund", waits, 14)
        first, through = self.span(14)
        for store, each in faults.items():
            if len(each) >= 5:
                told = {"n": len(each), "refused": sum(each), "since": str(first), "through": str(through)}
                self.found["store", store]["returns"] = told

    def _replies(self) -> None:
        waits = defaultdict(list)
        for row in self.rows["conversations"]:
            began = row["started_at"]
            if 8 <= began.astimezone(ZONE).hour < 23 and self.within(began, 2):
                waits[row["store_id"]].append((began, row.get("first_reply_at"), None))
        self._times("reply", waits, 2)

    def _viewers(self) -> None:
        anchors = {row["live_id"]: row["anchor_id"] for row in self.rows["live_sessions"]}
        invited = {(row["live_id"], row["respondent_ref"]) for row in self.rows["invitations"] if "live_id" in row}
        voices: dict[str, dict[tuple[str, str], list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
        for row in sorted(self.rows["responses"], key=lambda row: (row["answered_at"], row["response_id"])):
            voice = (row.get("live_id", ""), row["respondent_ref"])
            if voice in invited and self.within(row["answered_at"], 0):
                voices[anchors[voice[0]]][voice].append(row)
        first, through = self.span(0)
        for anchor, each in voices.items():
            said = [[first_of(rows, name) for name in ("false_promotion", "hype")] for rows in each.values()]
            said = [pair for pair in said if pair != [None, None]]
            if len(said) >= 5:
                self.found["anchor", anchor]["viewers"] = {
                    "n": len(said), "false_promotion": sum(pair[0] is True for pair in said),
                    "hype": sum(pair[1] is True for pair in said), "since": str(first), "through": str(through),
                }  # fmt: skip

    def _answers(self) -> None:
        scores: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
        for row in sorted(self.rows["responses"], key=lambda row: (row["answered_at"], row["response_id"])):
            if row.get("overall") is None or not self.within(row["answered_at"], 0, 365) or "order_id" not in row:
                continue
            order = self.orders[row["order_id"]]
            for role in ("store", "anchor"):
                if order.get(f"{role}_id") and self.aside.get((row["order_id"], role)) is not False:
                    scores[role, order[f"{role}_id"]].setdefault(row["order_id"], row["overall"])
        for who, each in scores.items():
            if len(each) >= 5:
                mean = round(sum(each.values()) / len(each) + 1e-12, 2)
                self.found[who]["answers"] = {"n": len(each), "mean": mean}


def at(values: Iterable[int], share: float) -> int:
    """The smallest value that at least this share of all do not exceed."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1]


def first_of(rows: list[dict[str, Any]], name: str) -> bool | None:
    return next((row[name] for row in rows if row.get(name) is not None), None)


def start(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)
