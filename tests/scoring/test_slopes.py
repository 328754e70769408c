"""Slopes: how large calibration finds the differences that a fit foresaw too small or too large."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest

from scoring import base
from scoring.intervals import fit_precision
from scoring.model import StarModel
from scoring.trees import Growth
from scoring.windows import Panel, panels
from tests.scoring.test_model import split
from tests.scoring.toy_market import LAST_DAY, toy


@pytest.fixture(scope="module")
def panel() -> Panel:
    market = toy(stores=400, days=240, swing=0.3)
    return panels(market.archive(), market.roster(), LAST_DAY)["store"]


def slope_of(model: StarModel, panel: Panel, target: str) -> float:
    """Of what came on what was foreseen, the most likely on a grid."""
    level = base.levels(panel.outcomes, panel.cutoffs, target).popitem()[1]
    above, orders = model.predict_target(panel.features, target), panel.outcomes["orders"].to_numpy(dtype=float)
    hits = panel.outcomes[target].to_numpy(dtype=float)
    powers = np.linspace(0.3, 3.0, 541)
    costs = [base.log_loss(hits / orders, orders, power * above + level) for power in powers]
    return float(powers[int(np.argmin(costs))])


def test_calibration_stretches_what_was_too_shrunk(panel: Panel) -> None:
    """The mean with a handful of trees foresees too small differences. What is published is of the right size."""
    past, newest = split(panel)
    timid = StarModel("store", growth=Growth(rounds=8)).fit(past)
    before = {target: slope_of(timid, newest, target) for target in ("defect", "problem")}
    timid.calibrate(newest)
    for target, was in before.items():
        assert was > 1.1
        assert timid.slopes_[target]["lightgbm"] == pytest.approx(min(was, 1.5), rel=0.1)
        assert slope_of(timid, newest, target) == pytest.approx(1.0, abs=0.06)
    once = timid.save()
    assert timid.calibrate(newest).save() == once


def test_a_slope_moves_no_place_in_the_ranking(panel: Panel) -> None:
    past, newest = split(panel)
    fitted = StarModel("store").fit(past)
    assert {value for found in fitted.slopes_.values() for value in found.values()} == {1.0}
    before = {target: fitted.base_target(newest.features, target) for target in fitted.targets_}
    fitted.calibrate(newest)
    for target, was in before.items():
        factor = fitted.slopes_[target]["base"]
        np.testing.assert_allclose(fitted.base_target(newest.features, target), factor * was, rtol=1e-12)
        assert 0.7 <= factor <= 1.5
    assert set(fitted.slopes_) == set(fitted.targets_)


def test_every_way_to_ask_sees_the_slope(panel: Panel) -> None:
    past, newest = split(panel)
    model = StarModel("store").fit(past).calibrate(newest)
    assert model.slopes_["defect"][model.published_["defect"]] != 1.0
    loaded = StarModel.load(model.save())
    assert loaded.slopes_ == model.slopes_
    said = loaded.predict(newest.features)
    above = model.predict_target(newest.features, "defect")
    np.testing.assert_array_equal(said["log_odds"], above + model.reference_["defect"])
    np.testing.assert_allclose(said["defect_share"], base.sigmoid(above + model.tonight_["defect"]), rtol=1e-12)
    orders = newest.outcomes["orders"].to_numpy(dtype=float)
    share = newest.outcomes["defect"].to_numpy(dtype=float) / orders
    level = base.levels(newest.outcomes, newest.cutoffs, "defect").popitem()[1]
    volume = np.expm1(newest.features["log_orders"].to_numpy(dtype=float))
    assert model.precision_ == fit_precision(base.sigmoid(above + level), orders, share * orders, volume)
