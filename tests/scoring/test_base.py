"""The logistic base: signs, priors, levels, and agreement with an independent optimum."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from scoring import base
from scoring.base import Sample
from scoring.features import catalogue

FREE = {feature.name for feature in catalogue("store") if not feature.direction}


def sample(rows: int = 400, seed: int = 0, level: float = -3.0, **slopes: float) -> Sample:
    """Features of noise; defects follow the level and the given slopes."""
    random = np.random.default_rng(seed)
    names = [feature.name for feature in catalogue("store")]
    x = pd.DataFrame(random.normal(0, 0.7, (rows, len(names))), columns=names)
    weight = random.integers(5, 400, rows).astype(float)
    true = level + sum((slope * x[name] for name, slope in slopes.items()), start=np.zeros(rows))
    share = random.binomial(weight.astype(int), base.sigmoid(np.asarray(true))) / weight
    return Sample(x, share, weight, np.full(rows, level))


def coefficients(fitted: base.Base) -> dict[str, float]:
    return dict(zip(fitted.features, fitted.coefficients, strict=True))


def test_it_finds_true_slopes() -> None:
    found = coefficients(base.fit("store", "defect", sample(3000, incident_120=0.8, late_dispatch_120=0.4), 20.0))
    assert found["incident_120"] == pytest.approx(0.8, abs=0.05)
    assert found["late_dispatch_120"] == pytest.approx(0.4, abs=0.05)


def test_no_rate_ever_gets_a_negative_coefficient() -> None:
    found = coefficients(base.fit("store", "defect", sample(late_dispatch_120=-0.9, quality_return_120=-0.5), 20.0))
    assert found["late_dispatch_120"] == 0.0
    assert all(value >= 0 for name, value in found.items() if name not in FREE)


def test_volume_may_speak_either_way() -> None:
    assert coefficients(base.fit("store", "defect", sample(log_orders=-0.5), 20.0))["log_orders"] < -0.4


def test_without_data_it_is_its_prior() -> None:
    empty = sample(0)
    assert coefficients(base.fit("store", "defect", empty, 20.0)) == pytest.approx(
        {name: float(name == "incident_120") for name in base.inputs("store", "defect")}
    )
    honest = coefficients(base.fit("anchor", "defect_honesty", empty, 20.0))
    shared = {f"{key}_120": 1 / 3 for key in ("complaint_honesty", "false_promotion", "hype")}
    assert {name: value for name, value in honest.items() if value} == pytest.approx(shared)


def test_an_aspect_looks_only_at_its_own_metrics() -> None:
    assert base.inputs("store", "defect_honesty") == ["complaint_honesty_120", "log_orders"]


def test_every_overall_target_looks_at_the_same_few_features() -> None:
    names = base.inputs("store", "defect")
    assert {"incident_120", "late_dispatch_120", "category_incident", "log_age", "dispatch_promise"} <= set(names)
    assert not {"incident_30", "incident_365"} & set(names)
    assert base.inputs("store", "problem") == base.inputs("store", "late") == names
    assert base.prior("store", "late") == {"incident_120": 1.0}


def test_it_is_the_optimum_of_the_penalised_likelihood() -> None:
    data, l2 = sample(200, slow_reply_120=0.5, service_low_120=0.3), 20.0
    fitted = base.fit("store", "defect_service", data, l2)
    x = data.features[list(fitted.features)].to_numpy()
    start = np.array([base.prior("store", "defect_service").get(name, 0.0) for name in fitted.features])

    def loss(point: np.ndarray) -> float:
        at = x @ point[:-1] + point[-1] + data.level
        cost = base.log_loss(data.share, data.weight, at) * data.weight.sum()
        return cost + l2 / 2 * ((point[:-1] - start) ** 2).sum()

    mine = np.append(fitted.coefficients, fitted.intercept)
    low = [(None if name in FREE else 0.0, None) for name in fitted.features] + [(None, None)]
    other = minimize(loss, np.append(start, 0.0), method="SLSQP", bounds=low, options={"maxiter": 500, "ftol": 1e-12})
    assert loss(mine) <= other.fun + 0.05


@pytest.mark.parametrize("true", [0.8, 1.3])
def test_the_slope_of_what_came_is_found(true: float) -> None:
    data = sample(3000, incident_120=true)
    assert base.slope(data.features["incident_120"].to_numpy(), data) == pytest.approx(true, abs=0.03)


def test_a_slope_is_the_optimum_of_its_posterior() -> None:
    """Against a grid, on a sample whose evidence weighs about as much as the prior."""
    data = sample(30, seed=3, level=-4.5, incident_120=1.3)
    above = data.features["incident_120"].to_numpy()
    powers = np.linspace(np.log(0.7), np.log(1.5), 4001)
    costs = [
        base.log_loss(data.share, data.weight, np.exp(power) * above + data.level) * data.weight.sum()
        + (power / 0.2) ** 2 / 2
        for power in powers
    ]
    best = float(np.exp(powers[int(np.argmin(costs))]))
    assert 0.72 < best < 1.48
    assert base.slope(above, data) == pytest.approx(best, abs=0.002)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.floats(-6, 6), st.integers(0, 300))
def test_a_slope_keeps_the_order_whatever_came(seed: int, true: float, rows: int) -> None:
    data = sample(rows, seed=seed, incident_120=true)
    assert 0.7 <= base.slope(data.features["incident_120"].to_numpy(), data) <= 1.5


def test_a_tiny_judge_moves_no_slope() -> None:
    data = sample(3, incident_120=5.0)
    few = Sample(data.features, np.array([0.0, 1.0, 0.0]), np.ones(3), data.level)
    assert base.slope(few.features["incident_120"].to_numpy(), few) == pytest.approx(1.0, abs=0.06)
    none = sample(0)
    assert base.slope(np.zeros(0), none) == 1.0


def test_log_loss_is_the_mean_over_orders() -> None:
    found = base.log_loss(np.array([0.5, 0.0]), np.array([2.0, 1.0]), np.array([0.0, np.log(1 / 3)]))
    assert found == pytest.approx((2 * np.log(2) - np.log(0.75)) / 3)
    assert base.log_loss(np.zeros(0), np.zeros(0), np.zeros(0)) == 0.0


def test_levels_are_the_log_odds_of_a_period() -> None:
    outcomes = pd.DataFrame({"orders": [60, 39, 10], "defect": [5.0, 4.5, 0.0]})
    found = base.levels(outcomes, np.array([1, 1, 2]), "defect")
    assert found[1] == pytest.approx(base.logit(0.1))
    assert found[2] == pytest.approx(base.logit(0.5 / 11))
