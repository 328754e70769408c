"""Intervals of a rate: what they promise, against numerical integration and against drawn truth."""

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
from scipy.optimize import approx_fprime, brentq
from scipy.special import expit, logit

from scoring import intervals
from scoring.intervals import BANDS, Precision, coverage, fit_precision, interval

Floats = NDArray[np.float64]
TRUE = Precision(0.9, 0.6)
shares = st.floats(0.001, 0.6)
volumes = st.floats(0.0, 5e4)
precisions = st.builds(Precision, st.floats(-1.3, 6.0), st.floats(0.0, 1.5))


def centre(share: float, spread: float) -> float:
    """Where a normal of log-odds must stand for its mean share to be `share`, by a fine sum and bisection."""
    z = np.linspace(-9, 9, 4001)
    chance = stats.norm.pdf(z) * (z[1] - z[0])

    def off(at: float) -> float:
        return float((expit(at + spread * z) * chance).sum()) - share

    return float(brentq(off, logit(share) - 4, logit(share) + 4, xtol=1e-10))


def drawn(rows: int, precision: Precision = TRUE, seed: int = 1) -> dict[str, Floats]:
    """Predictions, what came of them, and the true rates behind, as the model says the world is."""
    random = np.random.default_rng(seed)
    share = expit(-3.0 + 0.7 * random.standard_normal(rows))
    volume = np.exp(3.0 + 1.7 * random.standard_normal(rows))
    spread = precision.spread(share, volume)
    rate = expit(intervals._centre(share, spread)[0] + spread * random.standard_normal(rows))
    orders = random.poisson(volume / 4).astype(np.float64)
    defects = random.binomial(orders.astype(np.int64), rate).astype(np.float64)
    return {"share": share, "volume": volume, "rate": rate, "orders": orders, "defects": defects}


def told(rows: dict[str, Floats]) -> list[Floats]:
    return [rows[name] for name in ("share", "orders", "defects", "volume")]


def test_the_precision_behind_the_outcomes_is_found_again() -> None:
    found = fit_precision(*told(drawn(20_000)))
    volume = np.array([20.0, 100.0, 500.0, 3000.0])
    assert found.spread(0.05, volume) == pytest.approx(TRUE.spread(0.05, volume), rel=0.07)


def test_the_interval_holds_the_true_rate_as_often_as_it_says() -> None:
    past, now = drawn(20_000), drawn(20_000, seed=2)
    for level in (0.5, 0.8, 0.95):
        low, high = interval(now["share"], now["volume"], fit_precision(*told(past)), level)
        held = (low <= now["rate"]) & (now["rate"] <= high)
        for lowest, highest in pairwise(BANDS):
            here = (now["volume"] >= lowest) & (now["volume"] < highest)
            assert held[here].mean() == pytest.approx(level, abs=0.01 + 1.5 / np.sqrt(here.sum())), (level, lowest)


@pytest.mark.parametrize(("orders", "defects"), [(400, 20), (3000, 90), (20000, 1000)])
def test_slope_one_is_nearly_the_exact_posterior_of_a_normal_prior(orders: int, defects: int) -> None:
    """Prior: log-odds normal with spread 0.7 around 5 %. Posterior by integration, interval around its mean."""
    prior = stats.norm(logit(0.05), 0.7)
    grid = np.linspace(logit(0.05) - 4, logit(0.05) + 4, 20001)
    weight = prior.logpdf(grid) + defects * grid - orders * np.logaddexp(0, grid)
    weight = np.exp(weight - weight.max())
    mass = np.cumsum(weight) / weight.sum()
    wanted = expit(np.interp([0.1, 0.9], mass, grid))
    mean = float((expit(grid) * weight).sum() / weight.sum())
    low, high = interval([mean], [float(orders)], Precision(-2 * np.log(0.7), 1.0))
    assert [low[0], high[0]] == pytest.approx(wanted, rel=0.04)


@settings(max_examples=40, deadline=None)
@given(shares, volumes, precisions, st.floats(0.5, 0.99))
def test_it_gives_the_quantiles_of_a_logistic_normal_with_that_mean(
    share: float, volume: float, precision: Precision, level: float
) -> None:
    spread = float(precision.spread(share, volume))
    wanted = expit(stats.norm(centre(share, spread), spread).ppf([(1 - level) / 2, (1 + level) / 2]))
    low, high = interval([share], [volume], precision, level)
    assert low[0] == pytest.approx(min(wanted[0], share), rel=5e-3)
    assert high[0] == pytest.approx(max(wanted[1], share), rel=5e-3)


@settings(max_examples=60)
@given(shares, volumes, precisions)
def test_an_interval_holds_its_share_and_stays_within_0_and_1(
    share: float, volume: float, precision: Precision
) -> None:
    low, high = interval([share], [volume], precision)
    assert 0 <= low[0] <= share <= high[0] <= 1


@settings(max_examples=60)
@given(shares, volumes, st.floats(1.0, 1e4), precisions)
def test_more_orders_never_make_it_less_sure(share: float, volume: float, more: float, precision: Precision) -> None:
    assert precision.spread(share, volume + more) <= precision.spread(share, volume)


def test_ends_follow_the_share() -> None:
    low, high = interval(np.linspace(0.001, 0.5, 200), np.full(200, 120.0), TRUE)
    assert (np.diff(low) > 0).all()
    assert (np.diff(high) > 0).all()


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
def test_a_handful_of_outcomes_leaves_it_near_the_prior(rows: int) -> None:
    found = fit_precision([0.05] * rows, [3.0] * rows, [0.0] * rows, [10.0] * rows)
    assert found.spread(0.05, 0.0) == pytest.approx(0.65, rel=0.1)
    assert 0.4 <= found.slope <= 0.6


def test_rows_without_orders_say_nothing() -> None:
    rows = drawn(500)
    padded = [np.append(column, [value] * 3) for column, value in zip(told(rows), (0.9, 0.0, 0.0, 1e6), strict=True)]
    assert fit_precision(*padded) == fit_precision(*told(rows))
    assert coverage(*padded, TRUE) == coverage(*told(rows), TRUE)


@pytest.mark.parametrize("noise", ["none", "wild"])
def test_outcomes_that_nothing_explains_keep_it_finite(noise: str) -> None:
    share, orders = np.full(2000, 0.1), np.full(2000, 200.0)
    defects = np.full(2000, 20.0) if noise == "none" else np.tile([0.0, 200.0], 1000)
    found = fit_precision(share, orders, defects, np.full(2000, 500.0))
    low, high = interval([0.1], [500.0], found)
    assert np.isfinite([found.intercept, found.slope, low[0], high[0]]).all()
    assert (high[0] - low[0] < 0.03) if noise == "none" else (high[0] - low[0] > 0.2)


cases = st.tuples(shares, st.integers(1, 20_000), st.floats(0, 1), volumes)


@settings(max_examples=30, deadline=None)
@given(cases, precisions)
def test_the_likelihood_is_the_integral_over_all_rates(
    row: tuple[float, int, float, float], precision: Precision
) -> None:
    """Large shops included, whose outcome fits a sliver of what had been foreseen."""
    share, orders, part, volume = row
    spread = float(precision.spread(share, volume))
    middle = centre(share, spread)
    defects = int(orders * np.clip(expit(middle + spread * (6 * part - 3)), 0, 1))
    value, _ = intervals._likelihood(
        np.array([precision.intercept, precision.slope]),
        *(np.array([x], dtype=np.float64) for x in (share, orders, defects, volume)),
    )
    z = np.linspace(-12, 12, 40_001)
    log_odds = middle + spread * z
    height = defects * log_odds - orders * np.logaddexp(0, log_odds) - z**2 / 2
    wanted = height.max() + np.log(np.exp(height - height.max()).sum() * (z[1] - z[0]) / np.sqrt(2 * np.pi))
    assert value == pytest.approx(wanted, abs=0.02)


@settings(max_examples=40)
@given(st.lists(cases, min_size=1, max_size=8), precisions)
def test_the_gradient_of_the_likelihood_is_true(
    rows: list[tuple[float, int, float, float]], precision: Precision
) -> None:
    share, orders, part, volume = (np.array(column, dtype=np.float64) for column in zip(*rows, strict=True))
    orders = np.minimum(orders, 300.0)
    spread = precision.spread(share, volume)
    defects = np.floor(orders * expit(logit(share) + spread * (4 * part - 2)))
    at = np.array([precision.intercept, precision.slope])
    _, gradient = intervals._likelihood(at, share, orders, defects, volume)

    def alone(point: Floats) -> float:
        return intervals._likelihood(point, share, orders, defects, volume)[0]

    assert gradient == pytest.approx(approx_fprime(at, alone, 1e-6), rel=0.05, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(shares, st.integers(1, 60), st.floats(0, 1), volumes, precisions)
def test_coverage_weighs_the_probabilities_of_all_rates(
    share: float, orders: int, part: float, volume: float, precision: Precision
) -> None:
    defects, spread = int(orders * part), float(precision.spread(share, volume))
    z = np.linspace(-8, 8, 4001)
    chance = stats.norm.pdf(z) * (z[1] - z[0])
    rate = expit(centre(share, spread) + spread * z)
    below, upto = (float((stats.binom(orders, rate).cdf(x) * chance).sum()) for x in (defects - 1, defects))
    wanted = max(0.0, min(upto, 0.9) - max(below, 0.1)) / max(upto - below, 1e-300)
    told = coverage([share], [float(orders)], [float(defects)], [volume], precision)
    if upto - below > 0.02:  # else the places of the normal decide
        assert told["covered"] == pytest.approx(wanted, abs=0.3)
        assert (told["covered"] == 0) == (wanted == 0) or 0 < min(abs(below - 0.9), abs(upto - 0.1)) < 0.02


def test_coverage_is_the_level_when_the_world_is_as_told() -> None:
    figures = coverage(*told(drawn(10_000, seed=3)), TRUE)
    assert figures["covered"] == pytest.approx(0.8, abs=0.01)
    assert [band["covered"] for band in figures["bands"]] == pytest.approx([0.8] * 5, abs=0.08)
    assert sum(band["subjects"] for band in figures["bands"]) == figures["subjects"]


@pytest.mark.parametrize(("slip", "low", "high"), [(4.0, 0.4, 0.75), (0.25, 0.85, 1.0)])
def test_coverage_tells_of_intervals_too_narrow_or_too_wide(slip: float, low: float, high: float) -> None:
    wrong = Precision(TRUE.intercept + float(np.log(slip)), TRUE.slope)
    rows = drawn(2_000)
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
