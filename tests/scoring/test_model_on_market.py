"""Simulated evidence -> outcomes -> day files -> features -> rating, against the truth of the simulation."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pandas as pd
import pytest

from scoring.daily import apply, buyers, deltas, tallies
from scoring.market import Market, MarketSpec, simulate
from scoring.model import StarModel
from scoring.outcomes import COLUMNS, Counted, EvidenceFrames, Horizon, count_units
from scoring.roster import Roster
from scoring.stars import fit_scale, rate
from scoring.windows import panels, tonight
from scoring.work import scored
from tests.scoring.toy_market import archive

AS_OF = date(2026, 6, 30)
# Of each kind the time at which it is first observed when nobody told us later.
MAIN_TIME = {
    "orders": "placed_at",
    "shipments": "shipped_at",
    "returns": "opened_at",
    "complaints": "opened_at",
    "responses": "answered_at",
    "invitations": "sent_at",
    "conversations": "started_at",
}
OWN_TIME = {"outcome_known_at": "closed_at", "resolved_known_at": "first_reply_at", "rating_known_at": "first_reply_at"}


def told_in_time(kind: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Evidence as the database has it when every fact was told at its own time."""
    names = {"reason": "first_reason"} if kind == "returns" else {"from": "starts_at", "to": "ends_at"}
    out = frame.rename(columns=names)
    if kind == "responses":
        out = pd.concat([out, pd.json_normalize(out["answers"].tolist())], axis=1)
    if kind == "orders":
        out["amount"] = out["amount"].astype("float64")
    if kind in MAIN_TIME:
        out["first_observed_at"] = out[MAIN_TIME[kind]]
    out["retracted"] = False
    for name in COLUMNS[kind]:
        if name not in out:
            out[name] = out[OWN_TIME.get(name, name.removesuffix("_known_at") + "_at")]
    return out[list(COLUMNS[kind])]


def counted(market: Market) -> Counted:
    frames: dict[str, Any] = {kind: told_in_time(kind, market.evidence[kind]) for kind in COLUMNS}
    lives = market.evidence["live_sessions"]
    hosts = dict(zip(lives["live_id"], lives["anchor_id"], strict=True))
    horizon = Horizon(dict.fromkeys(market.evidence, AS_OF), "Asia/Shanghai")
    return count_units(EvidenceFrames(**frames, live_anchors=hosts), horizon)


def day_tables(market: Market) -> dict[str, dict[date, pd.DataFrame]]:
    units = counted(market)
    changes, sketch = deltas(units, tallies(units).iloc[:0]), buyers(units, market.evidence["orders"])
    tables: dict[str, dict[date, pd.DataFrame]] = {"counters": {}, "outcomes": {}}
    last = {"counters": AS_OF, "outcomes": AS_OF - timedelta(days=60)}
    for (family, number), delta in changes.groupby(["family", "day"]):
        day = date(2000, 1, 1) + timedelta(days=int(number))
        if day <= last[family]:
            seen = sketch[sketch["day"] == number] if family == "counters" else None
            tables[family][day] = apply(None, delta, seen)
    return tables


def subjects(market: Market) -> pd.DataFrame:
    stores = market.evidence["stores"].rename(columns={"store_id": "subject_id"}).assign(kind="store")
    anchors = market.evidence["anchors"].rename(columns={"anchor_id": "subject_id"})
    return pd.concat([stores, anchors.assign(kind="anchor", category=None, opened_on=None)])[
        ["kind", "subject_id", "category", "opened_on"]
    ]


@pytest.fixture(scope="module")
def shown() -> pd.DataFrame:
    market = simulate(MarketSpec(stores=150, days=220, seed=7, last_day=AS_OF))
    days, roster = archive(day_tables(market)), Roster(subjects(market))
    learnt, part = panels(days, roster, AS_OF), tonight(days, roster, AS_OF)
    models = {kind: StarModel(kind).fit(learnt[kind]) for kind in ("store", "anchor")}
    scores = pd.concat([scored(part[kind], models[kind]) for kind in ("store", "anchor")], ignore_index=True)
    truth = market.truth["stores"].set_index("store_id")["defect_rate_30d"]
    table = rate(scores, fit_scale(scores))
    return table.assign(
        truth=table["subject_id"].map(truth),
        model=table["kind"].map({kind: model.figures_["model"] for kind, model in models.items()}),
    )


def test_stores_are_ranked_by_their_true_rates(shown: pd.DataFrame) -> None:
    stores = shown[(shown["kind"] == "store") & (shown["state"] == "rated")]
    assert len(stores) > 60
    assert stores["model"].eq("lightgbm").all()
    agreement = stores["log_odds"].corr(stores["truth"], method="spearman")
    plain = (stores["confirmed_defects"] / stores["orders_counted"]).corr(stores["truth"], method="spearman")
    assert agreement > 0.7
    assert agreement > plain - 0.02


def test_expected_defects_have_the_level_of_the_market(shown: pd.DataFrame) -> None:
    stores = shown[(shown["kind"] == "store") & (shown["state"] == "rated")]
    weight = stores["orders_counted"]
    assert np.average(stores["defect_share"], weights=weight) == pytest.approx(
        np.average(stores["truth"], weights=weight), rel=0.35
    )
    assert (stores["all_causes_share"] >= stores["defect_share"]).all()


def test_anchors_are_rated_on_goods_and_honesty_alone(shown: pd.DataFrame) -> None:
    anchors = shown[(shown["kind"] == "anchor") & (shown["state"] == "rated")]
    assert len(anchors) > 5
    assert anchors[["stars", "stars_product", "stars_honesty"]].notna().all(axis=None)
    assert anchors[["stars_logistics", "stars_service", "stars_after_sales"]].isna().all(axis=None)
