"""Calibration figures against other ways of getting them, and against a truth that is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize

from scoring.calibration import calibration

Floats = np.ndarray


def market(subjects: int, slope: float, seed: int = 0, shift: float = 0.0) -> tuple[Floats, Floats, Floats, Floats]:
    """Subjects whose true log-odds are level + shift + slope x what is foreseen."""
    random = np.random.default_rng(seed)
    above, orders = random.normal(0, 0.6, subjects), random.poisson(40, subjects) + 1.0
    level = np.full(subjects, -2.5)
    truth = 1 / (1 + np.exp(-(level + shift + slope * above)))
    return random.binomial(orders.astype(int), truth) / orders, orders, above, level


@pytest.mark.parametrize("slope", [0.4, 1.0, 2.5])
def test_the_slope_is_that_of_a_logistic_regression(slope: float) -> None:
    share, orders, above, level = market(800, slope)
    centred = above - np.average(above, weights=orders)

    def loss(point: Floats) -> float:
        log_odds = level + np.average(above, weights=orders) + point[0] + point[1] * centred
        return float((orders * (np.logaddexp(0, log_odds) - share * log_odds)).sum())

    found = calibration(share, orders, above, level)
    assert found.slope == pytest.approx(minimize(loss, [0.0, 1.0]).x[1], abs=1e-3)


def test_its_interval_holds_the_truth_nine_times_in_ten() -> None:
    found = [calibration(*market(200, 1.0, seed=seed)) for seed in range(200)]
    assert 168 <= sum(one.slope_low <= 1.0 <= one.slope_high for one in found) <= 194


@pytest.mark.parametrize(("shift", "large"), [(0.0, 1.0), (0.4, 0.7), (-0.4, 1.45)])
def test_in_the_large_and_the_error_follow_a_shift(shift: float, large: float) -> None:
    found = calibration(*market(3000, 1.0, shift=shift))
    assert found.large == pytest.approx(large, abs=0.06)
    assert found.error == pytest.approx(abs(1 - large), abs=0.08)


def test_bins_are_few_where_defects_are_and_hold_all_orders() -> None:
    for subjects, most in ((3000, 10), (50, 2), (3, 1)):
        share, orders, above, level = market(subjects, 1.0)
        found = calibration(share, orders, above, level)
        assert 1 <= len(found.bins) <= most
        assert sum(bin_[2] for bin_ in found.bins) == pytest.approx(orders.sum())
        assert sum(bin_[1] * bin_[2] for bin_ in found.bins) == pytest.approx(share @ orders)


def test_where_all_are_foreseen_alike_there_is_no_slope() -> None:
    share, orders, above, level = market(100, 1.0)
    found = calibration(share, orders, above * 0, level)
    assert found.slope is None
    assert (found.slope_low, found.slope_high) == (0.0, 0.0)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1e6), st.floats(-20, 20)), min_size=1, max_size=12))
def test_whatever_the_rows_every_figure_is_finite(rows: list[tuple[float, float, float]]) -> None:
    share, orders, above = (np.array(column) for column in zip(*rows, strict=True))
    found = calibration(share, orders, above, np.full(len(rows), -3.0))
    figures = [found.large, found.error, found.slope or 0.0, found.slope_low, found.slope_high]
    assert np.isfinite(figures).all()
