"""Verdicts and drift as the gate and the drift check really write them, of a small market whose truth is known."""

from __future__ import annotations

import os
from datetime import timedelta
from functools import cache
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pandas as pd

from scoring.drift import DailyOrders, check, check_volume, histogram, psi, volume
from scoring.gate import judge
from scoring.model import StarModel
from scoring.stars import exact, fit_scale
from scoring.sums import feed
from scoring.trees import Growth
from scoring.windows import panels, tonight
from scoring.work import parted, scored
from tests.ratings.registry_world import empty, text
from tests.scoring.toy_market import LAST_DAY, Toy, toy

FEW = Growth(rounds=20)


@cache
def market() -> Toy:
    return toy(stores=200, days=200, orders=2.0, swing=0.3)


@cache
def gate() -> dict[str, Any]:
    """Stores with a champion and enough orders; anchors on the first night of an empty market."""
    learnt = panels(market().archive(), market().roster(), LAST_DAY)["store"]
    past, newest = parted(learnt)
    champion = StarModel("store", growth=FEW).fit(parted(past)[0]).calibrate(parted(past)[1])
    challenger = StarModel("store", growth=FEW).fit(past).calibrate(newest)
    scale = fit_scale(scored(tonight(market().archive(), market().roster(), LAST_DAY)["store"], champion))
    stores = judge(challenger, champion, newest, scale)
    anchors = judge(StarModel.load(text("anchor")), None, empty("anchor"), None)
    return {"store": stores.as_json(), "anchor": anchors.as_json()}


@cache
def drift(poisoned: int = 0) -> dict[str, Any]:
    """The last night against the one before; the stars of some stores fall without a reason."""
    archive, roster = market().archive(), market().roster()
    before, now = (tonight(archive, roster, LAST_DAY - timedelta(days=back))["store"] for back in (1, 0))
    model = StarModel("store", growth=FEW).fit(panels(archive, roster, LAST_DAY)["store"])
    scale = fit_scale(scored(now, model))
    stars = pd.DataFrame(
        {
            "exact": exact(model.score(now.features), scale, "store.overall"),
            "before": exact(model.score(before.features), scale, "store.overall"),
            "explained": 0.0,
        },
        index=now.counts["subject_id"],
    )
    stars.iloc[:poisoned, 0] = 1.0
    witnesses = pd.DataFrame({"incidents": [], "buyers": []}, dtype="float64")
    stores = check(stars, psi(histogram(before.features), now.features), len(stars), witnesses, history=199)
    sink = DailyOrders()
    feed(archive, roster, [sink], LAST_DAY - timedelta(days=199), LAST_DAY + timedelta(days=1))
    was = volume({day: n for day, n in sink.days.items() if day < LAST_DAY.toordinal()}, LAST_DAY - timedelta(days=1))
    return {"store": stores.as_json(), "evidence": check_volume(volume(sink.days, LAST_DAY), was).as_json()}
