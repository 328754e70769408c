"""Intervals of a rate: what they promise, against scipy's own distributions and against drawn truth."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.optimize import approx_fprime

from scoring import intervals
from scoring.intervals import BANDS, Precision, coverage, fit_precision, interval

Floats = NDArray[np.float64]
TRUE = Precision(float(np.log(60.0)), 0.75)
shares = st.floats(0.0005, 0.6)
volumes = st.floats(0.0, 5e4)
precisions = st.builds(Precision, st.floats(0.0, 8.0), st.floats(0.0, 1.5))


def drawn(rows: int, precision: Precision = TRUE, seed: int = 1) -> dict[str, Floats]:
    """Predictions, what came of them, and the true rates behind, as the model says the world is."""
    random = np.random.default_rng(seed)
    share = 1 / (1 + np.exp(3.0 - 0.7 * random.standard_normal(rows)))
    volume = np.exp(3.0 + 1.7 * random.standard_normal(rows))
    phi = precision.at(volume)
    rate = random.beta(share * phi, (1 - share) * phi)
    orders = random.poisson(volume / 4).astype(np.float64)
    defects = random.binomial(orders.astype(np.int64), rate).astype(np.float64)
    return {"share": share, "volume": volume, "rate": rate, "orders": orders, "defects": defects}


def told(rows: dict[str, Floats]) -> list[Floats]:
    return [rows[name] for name in ("share", "orders", "defects", "volume")]


def test_the_precision_behind_the_outcomes_is_found_again() -> None:
    found = fit_precision(*told(drawn(60_000)))
    volume = np.array([20.0, 100.0, 500.0, 3000.0])
    assert found.at(volume) == pytest.approx(TRUE.at(volume), rel=0.2)


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    past, now = drawn(60_000), drawn(40_000, seed=2)
    for level in (0.5, 0.8, 0.95):
        low, high = interval(now["share"], now["volume"], fit_precision(*told(past)), level)
        held = (low <= now["rate"]) & (now["rate"] <= high)
        for lowest, highest in pairwise(BANDS):
            here = (now["volume"] >= lowest) & (now["volume"] < highest)
            assert held[here].mean() == pytest.approx(level, abs=0.04), (level, lowest)


def test_slope_one_is_the_posterior_of_a_beta_prior() -> None:
    """The exact answer where nothing drifts: prior Beta(2, 38), then 7 defects of 160 orders."""
    low, high = interval([9 / 200], [160.0], Precision(float(np.log(40.0)), 1.0))
    assert [low[0], high[0]] == pytest.approx(stats.beta(9, 191).ppf([0.1, 0.9]), rel=1e-9)


@settings(max_examples=60)
@given(shares, volumes, precisions, st.floats(0.1, 0.99))
def test_it_gives_scipys_beta_quantiles(share: float, volume: float, precision: Precision, level: float) -> None:
    phi = float(precision.at(volume))
    wanted = stats.beta(share * phi, (1 - share) * phi).ppf([(1 - level) / 2, (1 + level) / 2])
    low, high = interval([share], [volume], precision, level)
    assert low[0] == pytest.approx(min(wanted[0], share), rel=1e-6, abs=1e-12)
    assert high[0] == pytest.approx(max(wanted[1], share), rel=1e-6)


@settings(max_examples=60)
@given(shares, volumes, precisions)
def test_an_interval_holds_its_share_and_stays_within_0_and_1(
    share: float, volume: float, precision: Precision
) -> None:
    low, high = interval([share], [volume], precision)
    assert 0 <= low[0] <= share <= high[0] <= 1


@settings(max_examples=60)
@given(shares, volumes, st.floats(1.0, 1e4), precisions)
def test_more_orders_never_widen_the_distribution(
    share: float, volume: float, more: float, precision: Precision
) -> None:
    assert precision.at(volume + more) >= precision.at(volume)


def test_ends_follow_the_share() -> None:
    share = np.linspace(0.001, 0.5, 200)
    low, high = interval(share, np.full(200, 120.0), TRUE)
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) > 0).all()


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
def test_a_handful_of_outcomes_leaves_it_near_the_prior(rows: int) -> None:
    found = fit_precision([0.05] * rows, [3.0] * rows, [0.0] * rows, [10.0] * rows)
    assert found.at(0.0) == pytest.approx(40.0, rel=0.5)
    assert 0.5 <= found.slope <= 1.1


def test_rows_without_orders_say_nothing() -> None:
    rows = drawn(500)
    padded = [np.append(column, [value] * 3) for column, value in zip(told(rows), (0.9, 0.0, 0.0, 1e6), strict=True)]
    assert fit_precision(*padded) == fit_precision(*told(rows))
    assert coverage(*padded, TRUE) == coverage(*told(rows), TRUE)


@pytest.mark.parametrize("noise", ["none", "wild"])
def test_outcomes_that_no_beta_explains_keep_it_finite(noise: str) -> None:
    share, orders = np.full(400, 0.1), np.full(400, 200.0)
    defects = np.full(400, 20.0) if noise == "none" else np.tile([0.0, 200.0], 200)
    found = fit_precision(share, orders, defects, np.full(400, 500.0))
    low, high = interval([0.1], [500.0], found)
    assert np.isfinite([found.intercept, found.slope, low[0], high[0]]).all()
    assert (high[0] - low[0] < 0.01) if noise == "none" else (high[0] - low[0] > 0.2)


@settings(max_examples=40)
@given(st.lists(st.tuples(shares, st.integers(1, 400), st.floats(0, 1), volumes), min_size=1, max_size=8), precisions)
def test_the_likelihood_is_scipys_and_its_gradient_is_true(
    rows: list[tuple[float, int, float, float]], precision: Precision
) -> None:
    share, orders, part, volume = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    defects, phi = np.floor(orders * part), precision.at(volume)
    at = np.array([precision.intercept, precision.slope])
    value, gradient = intervals._likelihood(at, share, orders, defects, volume)
    plain = stats.betabinom(orders.astype(int), share * phi, (1 - share) * phi).logpmf(defects.astype(int)).sum()
    ways = sum(
        np.log(float(stats.binom(int(m), 0.5).pmf(int(k)))) + m * np.log(2)
        for m, k in zip(orders, defects, strict=True)
    )
    assert value == pytest.approx(plain - ways, rel=1e-6, abs=1e-6)

    def alone(point: Floats) -> float:
        return intervals._likelihood(point, share, orders, defects, volume)[0]

    assert gradient == pytest.approx(approx_fprime(at, alone, 1e-6), rel=1e-3, abs=1e-2)


@settings(max_examples=60)
@given(shares, st.integers(1, 300), st.floats(0, 1), volumes, precisions)
def test_coverage_weighs_scipys_probabilities(
    share: float, orders: int, part: float, volume: float, precision: Precision
) -> None:
    defects, phi = int(orders * part), float(precision.at(volume))
    world = stats.betabinom(orders, share * phi, (1 - share) * phi)
    below, upto = (world.cdf(defects - 1) if defects else 0.0), world.cdf(defects)
    wanted = max(0.0, min(upto, 0.9) - max(below, 0.1)) / max(upto - below, 1e-300)
    told = coverage([share], [float(orders)], [float(defects)], [volume], precision)
    if upto - below > 1e-9:  # else rounding decides
        assert told["covered"] == pytest.approx(wanted, abs=1e-5)


def test_coverage_is_the_level_when_the_world_is_as_told() -> None:
    figures = coverage(*told(drawn(40_000, seed=3)), TRUE)
    assert figures["covered"] == pytest.approx(0.8, abs=0.01)
    assert [band["covered"] for band in figures["bands"]] == pytest.approx([0.8] * 5, abs=0.04)
    assert sum(band["subjects"] for band in figures["bands"]) == figures["subjects"]


@pytest.mark.parametrize(("slip", "low", "high"), [(4.0, 0.4, 0.75), (0.25, 0.85, 1.0)])
def test_coverage_tells_of_intervals_too_narrow_or_too_wide(slip: float, low: float, high: float) -> None:
    wrong = Precision(TRUE.intercept + float(np.log(slip)), TRUE.slope)
    rows = drawn(20_000)
    orders = np.floor(rows["volume"] * 4) + 1
    defects = np.random.default_rng(5).binomial(orders.astype(np.int64), rows["rate"])
    assert low < coverage(rows["share"], orders, defects, rows["volume"], wrong)["covered"] < high


def test_coverage_of_nobody_is_unknown() -> None:
    figures = coverage([], [], [], [], TRUE)
    assert figures["subjects"] == 0
    assert figures["covered"] is None
    assert [band["to"] for band in figures["bands"]] == [30, 100, 300, 1000, None]


def test_figures_and_precision_survive_json() -> None:
    rows = drawn(300)
    figures = coverage(*told(rows), TRUE)
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert Precision(**json.loads(json.dumps(asdict(TRUE)))) == TRUE


def test_many_subjects_are_summed_in_parts_of_the_same_result(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = told(drawn(2000))
    whole = coverage(*rows, TRUE)
    monkeypatch.setattr(intervals, "_TERMS", 50)
    assert coverage(*rows, TRUE) == whole


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (([0.1], [3.0], [4.0], [1.0]), "from 0 to orders"),
        (([0.1], [3.0], [-1.0], [1.0]), "from 0 to orders"),
        (([0.1, 0.2], [3.0], [1.0], [1.0]), "one shape"),
    ],
)
def test_rows_that_cannot_be_are_refused(rows: tuple[list[float], ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        fit_precision(*rows)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.5, float("nan")])
def test_a_level_lies_between_0_and_1(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        interval([0.1], [1.0], TRUE, level)
