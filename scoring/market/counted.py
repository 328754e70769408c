"""A simulated market as a night sees it, in memory: counted evidence, day tables, subjects. For benchmarks and tests."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd

from scoring.archive import Archive
from scoring.daily import apply, buyers, deltas, tallies
from scoring.market.build import Market
from scoring.outcomes import COLUMNS, Counted, EvidenceFrames, Horizon, count_units

MATURE = 60  # days after which the outcomes of a day are published
# Of each kind the time at which it is first observed when nobody told us later.
_MAIN_TIME = {
    "orders": "placed_at",
    "shipments": "shipped_at",
    "returns": "opened_at",
    "complaints": "opened_at",
    "responses": "answered_at",
    "invitations": "sent_at",
    "conversations": "started_at",
}
_OWN_TIME = {
    "outcome_known_at": "closed_at",
    "resolved_known_at": "first_reply_at",
    "rating_known_at": "first_reply_at",
}
_NAMES = {"returns": {"reason": "first_reason"}, "exclusions": {"from": "starts_at", "to": "ends_at"}}
_EPOCH = date(2000, 1, 1)


def frames_of(market: Market) -> EvidenceFrames:
    """The market's evidence as a database has it to which every fact was told at its own time."""
    frames: dict[str, Any] = {kind: _told(kind, market.evidence[kind]) for kind in COLUMNS}
    lives = market.evidence["live_sessions"]
    return EvidenceFrames(**frames, live_anchors=dict(zip(lives["live_id"], lives["anchor_id"], strict=True)))


def _told(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    out = frame.rename(columns=_NAMES.get(kind, {})).assign(retracted=False)
    if kind == "responses":
        out = pd.concat([out, pd.json_normalize(out["answers"].tolist())], axis=1)
    if kind == "orders":
        out["amount"] = out["amount"].astype("float64")
    if kind in _MAIN_TIME:
        out["first_observed_at"] = out[_MAIN_TIME[kind]]
    for name in COLUMNS[kind]:
        if name not in out:
            out[name] = out[_OWN_TIME.get(name, name.removesuffix("_known_at") + "_at")]
    return out[list(COLUMNS[kind])]


def horizon_of(market: Market) -> Horizon:
    """Every kind is closed up to the last day."""
    return Horizon(dict.fromkeys(market.evidence, market.spec.last_day), market.spec.time_zone)


def counted(market: Market) -> Counted:
    """All of it, counted as a night counts."""
    return count_units(frames_of(market), horizon_of(market))


def archive_of(market: Market, units: Counted) -> Archive:
    """Day tables as the last night has them: counters of every day, outcomes of the days that are 60 days old."""
    changes = deltas(units, tallies(Counted(units.facts.iloc[:0], units.units.iloc[:0])))
    sketch = dict(list(buyers(units, market.evidence["orders"]).groupby("day")))
    last = market.spec.last_day
    until = {"counters": last, "outcomes": last - timedelta(days=MATURE)}
    loaders: dict[str, dict[date, Any]] = {family: {} for family in until}
    key: Any
    for key, delta in changes.groupby(["family", "day"]):
        family, day = key[0], _EPOCH + timedelta(days=int(key[1]))
        if day <= until[family]:
            table = apply(None, delta, sketch.get(key[1]) if family == "counters" else None)
            loaders[family][day] = partial(_same, table)
    return Archive(loaders)


def _same(table: pd.DataFrame) -> pd.DataFrame:
    return table


def subjects_of(market: Market) -> pd.DataFrame:
    """kind, subject_id, category, opened_on of all stores and anchors."""
    stores = market.evidence["stores"].rename(columns={"store_id": "subject_id"}).assign(kind="store")
    anchors = market.evidence["anchors"].rename(columns={"anchor_id": "subject_id"})
    both = pd.concat([stores, anchors.assign(kind="anchor", category=None, opened_on=None)], ignore_index=True)
    return both[["kind", "subject_id", "category", "opened_on"]]
