"""The level of tonight against hand sums, and against what really came on markets that move."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from scoring import base, levels
from scoring.features import catalogue
from scoring.windows import Panel, panels
from tests.scoring.toy_market import LAST_DAY, Toy, toy


def panel(shares: dict[int, float], shown: dict[int, float], now: float) -> Panel:
    """One row per period, of a million orders; `shown`: what the counter of own defects showed at each."""
    counters = {day: {"defect": share, "problem": 2 * share} for day, share in shown.items()}
    orders = np.full(len(shares), 1e6)
    defects = orders * np.array(list(shares.values()))
    return Panel(
        "store",
        np.array(["a"] * len(shares)),
        pd.DataFrame(0.0, index=range(len(shares)), columns=[feature.name for feature in catalogue("store")]),
        pd.DataFrame(
            {"orders": orders, "defect": defects, "problem": defects, "late": defects, "defect_service": defects / 4}
        ),
        np.array(list(shares), dtype=np.int64),
        {"defect": now, "problem": 2 * now, "defect_service": now / 5},
        counters,
    )


def test_it_is_what_the_counters_show_and_their_distance_from_what_came() -> None:
    found = levels.tonight(panel({14: 0.06, 28: 0.04}, {14: 0.05, 28: 0.05}, now=0.02), "defect")
    gaps = [base.logit(0.06) - base.logit(0.05), base.logit(0.04) - base.logit(0.05)]
    assert found == pytest.approx(base.logit(0.02) + (gaps[0] + 2 * gaps[1]) / 3, abs=1e-4)


def test_an_aspect_keeps_its_part_of_the_defects() -> None:
    found = levels.tonight(panel({14: 0.04}, {14: 0.04}, now=0.04), "defect_service")
    assert found == pytest.approx(base.logit(0.01), abs=1e-3)


def test_without_a_known_period_it_is_what_the_counters_show() -> None:
    nothing = panel({}, {}, now=0.03)
    assert levels.tonight(nothing, "defect") == pytest.approx(base.logit(0.03))
    assert levels.tonight(nothing, "defect_service") == pytest.approx(base.logit(0.006))
    assert levels.tonight(nothing, "late") == pytest.approx(base.logit(0.06))


def came(market: Toy, after: int) -> float:
    """Log-odds of a defect among the orders of the 30 days that begin `after` days before the last one."""
    rows = pd.concat(
        [frame for day, frame in market.frames["outcomes"].items() if 0 < (day - LAST_DAY).days + after <= 30]
    )
    return base.logit(float(rows["defect"].sum() / rows["orders"].sum()))


def test_on_a_market_that_moves_it_is_nearer_than_the_newest_known_period() -> None:
    market = toy(stores=150, days=420, swing=0.8)
    fresh, stale = [], []
    for after in range(30, 151, 20):
        learnt = panels(market.archive(), market.roster(), LAST_DAY - timedelta(days=after))["store"]
        known = base.levels(learnt.outcomes, learnt.cutoffs, "defect")
        fresh.append(abs(levels.tonight(learnt, "defect") - came(market, after)))
        stale.append(abs(known[max(known)] - came(market, after)))
    assert np.mean(fresh) < 0.9 * np.mean(stale)


def test_the_counters_of_tonight_move_it_and_nothing_else_of_the_panel() -> None:
    at = panel({14: 0.06, 28: 0.04}, {14: 0.05, 28: 0.05}, now=0.02)
    doubled = dataclasses.replace(at, market={"defect": 0.04, "problem": 0.04})
    moved = levels.tonight(doubled, "defect") - levels.tonight(at, "defect")
    assert moved == pytest.approx(base.logit(0.04) - base.logit(0.02))
    assert levels.tonight(doubled, "problem") == levels.tonight(at, "problem")
