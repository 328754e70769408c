"""Measures against slow oracles that go through orders one by one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import base
from scoring.base import Sample
from scoring.evaluate.attack import MOST, least
from scoring.evaluate.bootstrap import differences
from scoring.evaluate.ceiling import ceiling, concentration, split
from scoring.evaluate.contenders import fit_line
from scoring.evaluate.measures import (
    Forecast,
    Ranking,
    auc,
    calibration_error,
    in_the_large,
    losses,
    measures,
    pooled,
    reliability,
    summary,
)

Counts = list[tuple[float, int, int]]  # score, hits, misses of each subject
subjects = st.lists(
    st.tuples(st.sampled_from([-2.0, -0.5, 0.0, 0.7, 3.0]), st.integers(0, 4), st.integers(0, 4)),
    min_size=1,
    max_size=8,
)


def arrays(counts: Counts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    score, hits, misses = (np.array(column, dtype=float) for column in zip(*counts, strict=True))
    return score, hits, misses


def by_pairs(counts: Counts) -> float:
    good = [score for score, hits, _ in counts for _ in range(hits)]
    bad = [score for score, _, misses in counts for _ in range(misses)]
    won = [1.0 if g > b else 0.5 if g == b else 0.0 for g in good for b in bad]
    return sum(won) / len(won) if won else 0.5


@settings(max_examples=300, deadline=None)
@given(subjects)
def test_auc_is_the_share_of_pairs_of_orders_in_the_right_order(counts: Counts) -> None:
    assert auc(*arrays(counts)) == pytest.approx(by_pairs(counts))


@settings(max_examples=150, deadline=None)
@given(subjects, st.data())
def test_a_weight_counts_like_so_many_copies(counts: Counts, data: st.DataObject) -> None:
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(counts), max_size=len(counts)))
    copies = [row for row, weight in zip(counts, weights, strict=True) for _ in range(weight)]
    found = Ranking(*arrays(counts)).auc(np.array([weights], dtype=float))[0]
    assert found == pytest.approx(by_pairs(copies))


def forecast(counts: Counts) -> Forecast:
    score, hits, misses = arrays(counts)
    return Forecast(hits + misses, hits, score)


@settings(max_examples=100, deadline=None)
@given(subjects)
def test_log_loss_is_summed_over_single_orders(counts: Counts) -> None:
    one_by_one = 0.0
    for score, hits, misses in counts:
        share = 1 / (1 + np.exp(-score))
        one_by_one -= hits * np.log(share) + misses * np.log(1 - share)
    assert losses(forecast(counts)).sum() == pytest.approx(one_by_one)


def test_calibration_error_of_two_sayings_is_their_mean_distance() -> None:
    said = np.array([0.1, 0.1, 0.4])
    found = Forecast(np.array([50.0, 50.0, 100.0]), np.array([10.0, 10.0, 30.0]), np.log(said / (1 - said)))
    assert [row["came"] for row in reliability(found)] == pytest.approx([0.2, 0.3])
    assert calibration_error(found) == pytest.approx(10.0)  # 10 points too low on half, 10 too high on half
    assert in_the_large(found) == pytest.approx(0.0)


@settings(max_examples=100, deadline=None)
@given(subjects)
def test_tenths_lose_no_order_and_never_part_equal_sayings(counts: Counts) -> None:
    table = reliability(forecast(counts))
    score, hits, misses = arrays(counts)
    assert sum(row["orders"] for row in table) == pytest.approx((hits + misses).sum())
    assert sum(row["orders"] * row["came"] for row in table) == pytest.approx(hits.sum())
    assert len(table) <= len(np.unique(score))


def test_a_formulas_own_order_decides_one_cut_off_and_log_odds_all_of_them() -> None:
    flat = Forecast(np.full(2, 10.0), np.array([8.0, 2.0]), np.zeros(2), rank=np.array([2.0, 1.0]))
    assert measures(flat)["auc"] == pytest.approx(0.8 * 0.8 + 0.5 * 2 * 0.8 * 0.2)
    assert measures(pooled([flat, flat]))["auc"] == 0.5


def test_a_summary_has_means_and_everything_together() -> None:
    first, second = forecast([(0.0, 1, 1), (1.0, 2, 0)]), forecast([(0.0, 5, 5)])
    found = summary([first, second])
    assert found["mean"]["auc"] == pytest.approx((5 / 6 + 0.5) / 2)
    assert found["pooled"]["log_loss"] == pytest.approx((losses(first).sum() + losses(second).sum()) / 14)


def market(seed: int, subjects: int = 400) -> tuple[np.ndarray, Forecast, Forecast]:
    """Ids, a forecast that knows the truth and one that says the same of everybody."""
    rng = np.random.default_rng(seed)
    orders = rng.integers(1, 60, subjects).astype(float)
    truth = rng.beta(4, 36, subjects)
    hits = rng.binomial(orders.astype(int), truth).astype(float)
    level = base.logit(0.1)
    ids = np.array([f"s{n:04d}" for n in range(subjects)])
    return ids, Forecast(orders, hits, np.log(truth / (1 - truth))), Forecast(orders, hits, np.full(subjects, level))


def test_the_bootstrap_finds_a_real_difference_and_none_with_itself() -> None:
    ids, knowing, flat = market(1)
    found = differences([ids], [knowing], {"flat": [flat], "itself": [knowing]}, seed=5)
    assert found["flat"]["auc"][0] > 0.05
    assert found["flat"]["log_loss"][1] < 0
    assert found["itself"] == {"auc": [0.0, 0.0], "log_loss": [0.0, 0.0]}
    assert differences([ids], [knowing], {"flat": [flat]}, seed=5)["flat"] == found["flat"]


def test_the_bootstrap_draws_whole_subjects_across_cut_offs() -> None:
    """Twice the same month of the same subjects is no more evidence than once."""
    ids, knowing, flat = market(2, subjects=80)
    once = differences([ids], [knowing], {"flat": [flat]}, seed=1)["flat"]
    twice = differences([ids, ids], [knowing] * 2, {"flat": [flat] * 2}, seed=1)["flat"]
    assert twice["log_loss"] == pytest.approx(once["log_loss"])


def test_the_interval_is_about_as_wide_as_markets_differ() -> None:
    gaps = []
    for seed in range(60):
        _, knowing, flat = market(100 + seed)
        gaps.append(measures(knowing)["log_loss"] - measures(flat)["log_loss"])
    ids, knowing, flat = market(7)
    low, high = differences([ids], [knowing], {"flat": [flat]}, seed=3)["flat"]["log_loss"]
    assert high - low == pytest.approx(2 * 1.645 * np.std(gaps), rel=0.4)


def test_halves_are_drawn_without_replacement_and_evenly() -> None:
    rng = np.random.default_rng(0)
    orders, hits = np.full(20_000, 7.0), np.full(20_000, 3.0)
    half, part = split(orders, hits, rng)
    assert set(half) == {3.0, 4.0}
    assert half.mean() == pytest.approx(3.5, abs=0.02)
    four = part[half == 4]
    # 3 of 7 are hits: of 4 drawn, all three with chance 4/35, none with 1/35
    assert (four == 3).mean() == pytest.approx(4 / 35, abs=0.01)
    assert (four == 0).mean() == pytest.approx(1 / 35, abs=0.005)


@pytest.mark.parametrize("strength", [5.0, 40.0, 200.0])
def test_the_strength_of_a_beta_binomial_is_found_again(strength: float) -> None:
    rng = np.random.default_rng(4)
    orders = rng.integers(1, 80, 30_000).astype(float)
    truth = rng.beta(0.1 * strength, 0.9 * strength, len(orders))
    hits = rng.binomial(orders.astype(int), truth).astype(float)
    assert concentration(orders, hits, np.zeros(len(orders), dtype=int)) == pytest.approx(strength, rel=0.2)


def test_without_spread_the_strength_is_at_its_bound() -> None:
    assert concentration(np.ones(5), np.zeros(5), np.zeros(5, dtype=int)) == pytest.approx(9999.0)


def test_the_ceiling_lies_between_chance_and_the_truth_and_nearer_to_it_with_more_orders() -> None:
    found = {}
    for orders in (6, 200):
        rng = np.random.default_rng(orders)
        truth = rng.beta(4, 36, 3000)
        hits = rng.binomial(orders, truth).astype(float)
        months = [(np.full(3000, float(orders)), hits, base.logit(0.1))]
        known = auc(truth, hits, orders - hits)
        found[orders] = (ceiling(months, [40.0], seed=1, splits=5)["mean"]["auc"] - 0.5) / (known - 0.5)
    assert 0.05 < found[6] < 0.5 < found[200] < 1.0


def test_a_line_finds_the_slope_that_made_the_outcomes_and_never_points_backwards() -> None:
    rng = np.random.default_rng(9)
    risk = rng.normal(3.0, 2.0, 4000)
    level = np.where(np.arange(4000) < 2000, -2.0, -1.0)
    weight = np.full(4000, 30.0)
    share = rng.binomial(30, base.sigmoid(level + 0.3 * (risk - 3.0) + 0.1)) / 30
    line = fit_line(risk, Sample(pd.DataFrame(), share, weight, level))
    assert line.above(np.array([3.0, 5.0])).tolist() == pytest.approx([0.1, 0.7], abs=0.05)
    assert fit_line(-risk, Sample(pd.DataFrame(), share, weight, level)).slope == 0.0


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, MOST + 500), min_size=1, max_size=6))
def test_the_least_number_of_orders_is_found_exactly(needed: list[int]) -> None:
    goal = np.array(needed, dtype=float)
    found = least(lambda times: times >= goal, len(goal))
    assert found.tolist() == [n if n <= MOST else float("inf") for n in needed]


def test_an_attack_that_works_only_in_small_doses_is_found() -> None:
    assert least(lambda times: (times >= 3) & (times <= 40), 2).tolist() == [3.0, 3.0]
