"""Worse evidence never takes a flag away, and the bounds that this rests on."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from scoring.policy import Policy, Rule, bounds
from scoring.policy.evaluate import evaluate, flags
from scoring.policy.night import walk
from scoring.policy.readings import others
from scoring.policy.rules import Group, Leaf, OfCategory, needs
from scoring.roster import Roster
from tests.scoring.policy_oracle import LAST, METRICS, small_market
from tests.scoring.toy_market import archive

MARKET = small_market(7, days=100)
DAYS = [(day, subject) for day, frame in MARKET.frames["counters"].items()
        for subject in frame["subject_id"][frame["kind"] == "store"]]  # fmt: skip
thresholds = st.one_of(
    st.sampled_from([0.0, 0.02, 0.1, 0.3, 0.9]),
    st.builds(OfCategory, st.sampled_from([None, 0.5, 0.9]), st.sampled_from([1.0, 1.5, 3.0])),
)
harmful = st.one_of(
    st.builds(Leaf, st.sampled_from(METRICS[:3]), st.sampled_from([7, 30, 90]), st.just("low"), st.sampled_from([">=", ">"]), thresholds),
    st.builds(Leaf, st.sampled_from(METRICS[:3]), st.sampled_from([7, 30]), st.just("count"), st.just(">="), st.sampled_from([1.0, 5.0, 20.0])),
    st.builds(Leaf, st.sampled_from(METRICS[:2]), st.just(30), st.just("buyers"), st.just(">="), st.sampled_from([3.0, 5.0])),
    st.builds(Leaf, st.just("incident"), st.just(30), st.just("low"), st.just(">="), st.sampled_from([0.1, 0.7])),
)  # fmt: skip
groups = st.builds(Group, st.sampled_from(["all", "any"]), st.lists(harmful, min_size=1, max_size=3).map(tuple))


def flagged(rules: tuple[Rule, ...], frames: dict) -> set[tuple[str, str]]:
    policy = Policy("p", {}, rules)
    night = next(walk(archive(frames), Roster(MARKET.subjects), needs(policy), [LAST]))
    return {(flag.subject_id, flag.rule) for flag in flags(night, evaluate(policy, night))}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(groups, min_size=3, max_size=3),
    st.booleans(),
    st.sampled_from(DAYS),
    st.integers(1, 60),
    st.sampled_from(METRICS),
)
def test_more_incidents_never_take_a_flag_away(
    trees: list[Group], grave: bool, at: tuple[date, str], more: int, metric: str
) -> None:
    if metric == "false_promotion":  # stores have none
        metric = "incident"
    day, subject = at
    worse = MARKET.frames["counters"][day].copy()
    worse.loc[worse["subject_id"] == subject, f"{metric}_n"] += more
    frames = {"counters": MARKET.frames["counters"] | {day: worse}}
    rules = tuple(
        Rule(f"r{number}", "store", "low", when, "notice", False, 7, grave, {}) for number, when in enumerate(trees)
    )
    was, now = ({pair for pair in flagged(rules, some) if pair[0] == subject} for some in (MARKET.frames, frames))
    assert was <= now


@given(st.integers(0, 500), st.integers(0, 500))
def test_a_bound_rises_with_every_incident_and_with_every_bad_order(n: int, good: int) -> None:
    d = n + good
    counts = np.array([n, n + 1, n + 1], dtype=float), np.array([d, max(d, n + 1), d + 1], dtype=float)
    low, high = bounds.wilson(*counts)
    if d:
        value = bounds.share(*counts)
        assert (low <= value + 1e-12).all()
        assert (value <= high + 1e-12).all()
        assert low[0] < low[1] + 1e-12
        assert low[0] < low[2] + 1e-12
    assert (low[1:] < 1).all()


@given(st.integers(0, 300), st.integers(1, 300))
def test_the_bounds_of_a_rate_are_garwoods(n: int, d: int) -> None:
    low, high = bounds.poisson(np.array([float(n)]), np.array([float(d)]))
    assert low[0] == pytest.approx(chi2.ppf(0.1, 2 * n) / 2 / d if n else 0.0)
    assert high[0] == pytest.approx(chi2.ppf(0.9, 2 * n + 2) / 2 / d)


def test_by_chance_a_lower_bound_passes_the_true_rate_once_in_ten_times() -> None:
    random = np.random.default_rng(1)
    for p, d in ((0.02, 500), (0.1, 200), (0.1, 2000), (0.4, 50)):
        low, high = bounds.wilson(random.binomial(d, p, 20_000).astype(float), np.full(20_000, float(d)))
        assert 0.05 < (low > p).mean() < 0.13
        assert 0.05 < (high < p).mean() < 0.13


@given(st.integers(21, 60), st.integers(0, 1000), st.sampled_from([None, 0.1, 0.5, 0.95]), st.integers(0, 400))
def test_nobody_moves_what_they_are_compared_with(size: int, seed: int, quantile: float | None, more: int) -> None:
    random = np.random.default_rng(seed)
    d = random.integers(0, 200, size).astype(float)
    n = np.floor(d * random.random(size) * 0.5)
    group = np.zeros(size, dtype=np.int64)
    before = others(group, n, d, bounds.share(n, d), quantile)[0]
    n[0], d[0] = n[0] + more, d[0] + 2 * more
    after = others(group, n, d, bounds.share(n, d), quantile)[0]
    assert before == after or np.isnan([before, after]).all()
