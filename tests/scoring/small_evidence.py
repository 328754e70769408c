"""Evidence a few rows long, written as one would tell it: times are "03-01 10:00", market time of 2025."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from scoring.outcomes import (
    COLUMNS,
    PROMISE_KINDS,
    Counted,
    EvidenceFrames,
    Horizon,
    count_units,
    due_column,
    empty,
)

ZONE = "Asia/Shanghai"
MARKET = ZoneInfo(ZONE)
Row = dict[str, Any]


def at(text: str) -> datetime:
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=MARKET)


def day(text: str) -> date:
    return datetime.strptime(f"2025-{text}", "%Y-%m-%d").date()  # noqa: DTZ007 (a day has no zone)


def _row(kind: str, defaults: Row, given: Row) -> Row:
    unknown = set(given) - set(COLUMNS[kind])
    assert not unknown, unknown
    row = {**dict.fromkeys(COLUMNS[kind]), "retracted": False, **defaults, **given}
    return {name: at(value) if isinstance(value, str) and _is_time(name) else value for name, value in row.items()}


def _is_time(name: str) -> bool:
    return name.endswith("_at") or name in ("ship_by", "deliver_by")


def order(**given: Any) -> Row:
    placed = given.get("placed_at", "03-01 10:00")
    defaults = {
        "order_id": "1",
        "store_id": "S",
        "buyer_ref": "B",
        "amount": 10.0,
        "placed_at": placed,
        "first_observed_at": placed,
        "cancelled_known_at": given.get("cancelled_at"),
    }
    return _row("orders", defaults, given)


def shipment(**given: Any) -> Row:
    known = {"shipped_known_at": given.get("shipped_at"), "delivered_known_at": given.get("delivered_at")}
    return _row("shipments", {"order_id": "1", **known}, given)


def returned(**given: Any) -> Row:
    opened = given.get("opened_at", "03-06 10:00")
    defaults = {
        "return_id": "r1",
        "order_id": "1",
        "opened_at": opened,
        "first_observed_at": opened,
        "first_reason": "quality",
        "refunded_known_at": given.get("refunded_at"),
        "closed_known_at": given.get("closed_at"),
    }
    return _row("returns", defaults, given)


def complaint(**given: Any) -> Row:
    opened = given.get("opened_at", "03-06 10:00")
    defaults = {
        "complaint_id": "c1",
        "order_id": "1",
        "opened_at": opened,
        "first_observed_at": opened,
        "category": "quality",
        "first_response_known_at": given.get("first_response_at"),
        "outcome_known_at": given.get("closed_at"),
    }
    return _row("complaints", defaults, given)


def response(**given: Any) -> Row:
    answered = given.get("answered_at", "03-07 10:00")
    defaults = {
        "response_id": "q1",
        "order_id": "1",
        "respondent_ref": "B",
        "answered_at": answered,
        "first_observed_at": answered,
    }
    return _row("responses", defaults, given)


def invitation(**given: Any) -> Row:
    defaults = {"invitation_id": "i1", "live_id": "L", "respondent_ref": "B", "first_observed_at": "03-01 09:00"}
    return _row("invitations", defaults, given)


def conversation(**given: Any) -> Row:
    started = given.get("started_at", "03-01 10:00")
    known = {f"{name}_known_at": given.get("first_reply_at", started) for name in ("first_reply", "resolved", "rating")}
    defaults = {"conversation_id": "h1", "store_id": "S", "started_at": started, "first_observed_at": started, **known}
    return _row("conversations", defaults, given)


def exclusion(**given: Any) -> Row:
    return _row("exclusions", {"exclusion_id": "e1", "reason": "attack"}, given)


def frame(kind: str, rows: list[Row]) -> pd.DataFrame:
    """Rows as the database gives them: UTC times, str ids, yes/no and answers with nulls."""
    if not rows:
        return empty(kind)
    dtypes = empty(kind).dtypes
    return pd.DataFrame({name: _column([row[name] for row in rows], dtypes[name]) for name in COLUMNS[kind]})


def _column(values: list[Any], dtype: Any) -> pd.Series:
    if isinstance(dtype, pd.DatetimeTZDtype):
        return pd.Series(pd.to_datetime(values, utc=True)).astype(dtype)
    return pd.Series(values, dtype="object").astype(dtype)


def frames(**kinds: Any) -> EvidenceFrames:
    extra = {name: kinds.pop(name) for name in ("held", "held_for", "live_anchors", "units") if name in kinds}
    return EvidenceFrames(**{kind: frame(kind, rows) for kind, rows in kinds.items()}, **extra)


def closed_through(text: str | None) -> Horizon:
    return Horizon(dict.fromkeys(PROMISE_KINDS, None if text is None else day(text)), ZONE)


def count(closed: str | None = None, **kinds: Any) -> Counted:
    return count_units(frames(**kinds), closed_through(closed))


def told(counted: Counted) -> dict[tuple[str, str, str, str], int]:
    """(family, role, counter, "MM-DD") -> value, summed over the units."""
    rows = counted.facts.astype({"family": "str", "role": "str", "counter": "str"})
    days = [f"{date(2000, 1, 1) + timedelta(days=int(number)):%m-%d}" for number in rows["day"]]
    keys = zip(rows["family"], rows["role"], rows["counter"], days, strict=True)
    out: Counter[tuple[str, str, str, str]] = Counter()
    for key, value in zip(keys, rows["value"].tolist(), strict=True):
        out[key] += value
    return dict(out)


def bad(counted: Counted) -> dict[str, str]:
    """What speaks against somebody: "store.late_dispatch" -> the day on which it counts.

    Durations are left out, and so are the incidents, which sum these up (see `incidents`).
    """
    out = {}
    for family, role, counter, when in told(counted):
        if family == "counters" and counter.endswith("_n") and not counter.endswith(("_time_n", "_promise_n")):
            out[f"{role}.{counter[:-2]}"] = when
    return {key: when for key, when in out.items() if not key.endswith(".incident")}


def incidents(counted: Counted) -> dict[str, dict[str, int]]:
    """ "store" -> day -> how many of its incidents were first known on it."""
    out: dict[str, dict[str, int]] = {}
    for (family, role, counter, when), value in told(counted).items():
        if family == "counters" and counter == "incident_n":
            out.setdefault(role, {})[when] = value
    return out


def results(counted: Counted, role: str = "store") -> set[str]:
    """What the orders came to, by the names of the outcome counters."""
    return {key[2] for key in told(counted) if key[:2] == ("outcomes", role)}


def due(counted: Counted) -> dict[str, dict[str, date]]:
    """Unit -> kind of evidence -> the day whose closing may change the unit's count."""
    out: dict[str, dict[str, date]] = {}
    for row in counted.units.to_dict("records"):
        days = {kind: row[due_column(kind)] for kind in PROMISE_KINDS}
        out[str(row["unit"])] = {kind: day for kind, day in days.items() if day is not None}
    return out
