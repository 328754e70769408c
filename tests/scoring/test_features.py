"""The monotone promise at the level of features: a removed incident lowers no other number and raises none."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features import (
    DECAYED,
    HALF_LIVES,
    Peers,
    catalogue,
    features,
    metrics,
    names_for,
    on_grid,
    targets,
    totals,
    yardsticks,
)
from scoring.metrics import PROMISES

NUMERATORS = [f"{metric.key}_n" for metric in metrics("store")]


def found(counts: np.ndarray, everyone: Peers) -> pd.DataFrame:
    """Features of everybody, the same counts at each half-life."""
    sums = dict.fromkeys(HALF_LIVES, on_grid(counts))
    return features(sums, yardsticks(sums, everyone), everyone.age, everyone.kind)


def peers(size: int, categories: list[int]) -> Peers:
    return Peers("store", np.arange(size), np.array(categories), np.full(size, 100.0))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_one_incident_less_raises_no_feature_of_its_subject(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 5))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    counts = random.poisson(data.draw(st.sampled_from([0.3, 5.0, 400.0])), (size, len(DECAYED))).astype(float)
    everyone = peers(size, random.integers(0, 2, size).tolist())
    name = data.draw(st.sampled_from(NUMERATORS))
    at, who = DECAYED.index(name), data.draw(st.integers(0, size - 1))
    counts[who, at] = max(counts[who, at], 1.0)
    fewer = counts.copy()
    fewer[who, at] -= data.draw(st.sampled_from([1.0, 0.01, 1e-4]))
    before, after = found(counts, everyone).iloc[who], found(fewer, everyone).iloc[who]
    assert (after <= before).all()
    moved = set(before.index[after != before])
    made = [name.removesuffix("_n"), *(["dispatch_pace"] if name == "dispatch_time_n" else [])]
    assert moved <= {f"{key}_{half_life}" for key in made for half_life in HALF_LIVES}


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32))
def test_a_return_that_never_happened_raises_no_feature(seed: int) -> None:
    """Even one that was refunded in time: it leaves the numerators and the denominators of what returns are asked."""
    random = np.random.default_rng(seed)
    counts = random.poisson(9.0, (3, len(DECAYED))).astype(float) + 1
    counts[:, DECAYED.index("refund_time_n")] *= 600
    fewer = counts.copy()
    for name, less in (
        ("quality_return_n", 1),
        ("slow_refund_d", 1),
        ("refused_return_d", 1),
        ("refund_time_d", 1),
        ("refund_time_n", 300),
        ("incident_n", 1),
    ):
        fewer[0, DECAYED.index(name)] -= less
    everyone = peers(3, [0, 0, 1])
    before, after = (found(sums, everyone).iloc[0] for sums in (counts, fewer))
    assert (after <= before).all()


def test_a_strike_that_hits_everybody_alike_moves_no_large_subject() -> None:
    calm = np.full((20, len(DECAYED)), 5e4)
    calm[:, [DECAYED.index(name) for name in NUMERATORS]] = 1000.0
    strike = calm.copy()
    strike[:, DECAYED.index("late_delivery_n")] *= 10
    everyone = peers(20, [0] * 20)
    before, after = (found(sums, everyone) for sums in (calm, strike))
    np.testing.assert_allclose(before["late_delivery_30"], after["late_delivery_30"], atol=0.01)


def test_a_thin_subject_is_near_its_category_and_a_thick_one_at_its_own_rate() -> None:
    at_n, at_d = DECAYED.index("quality_return_n"), DECAYED.index("quality_return_d")
    counts = np.zeros((4, len(DECAYED)))
    counts[:, at_d] = [1e5, 1e5, 1.0, 1e5]
    counts[:, at_n] = [8e3, 8e3, 0.0, 2e3]
    shown = found(counts, peers(4, [0, 0, 0, 1]))["quality_return_120"]
    assert shown[2] > 0.1  # no incident in one order, in a category with more than the market's share
    assert abs(shown[2] - shown[0]) < 0.6
    np.testing.assert_allclose(shown[3], np.log(0.02 / 0.98) - np.log(0.08 / 0.92), atol=0.02)


def test_each_metric_has_each_half_life_and_no_window_is_subtracted() -> None:
    for kind in ("store", "anchor"):
        names = [feature.name for feature in catalogue(kind)]
        rates = [name for name in names if name.endswith(("_30", "_120", "_365")) and not name.startswith("log_")]
        assert len(names) == len(set(names))
        assert len(rates) == 3 * (len(metrics(kind)) + (kind == "store"))  # and the pace of dispatch
        assert {f.name for f in catalogue(kind) if not f.direction} == {
            *("log_orders", "log_orders_30", "log_age"),
            *(PROMISES if kind == "store" else ()),
        }


def test_pace_is_minutes_taken_by_minutes_promised() -> None:
    counts = np.zeros((3, len(DECAYED)))
    counts[:, DECAYED.index("dispatch_promise_n")] = 1e8
    counts[:, DECAYED.index("dispatch_promise_d")] = 1e4
    counts[:, DECAYED.index("dispatch_time_n")] = [2e7, 2e7, 6e7]
    counts[:, DECAYED.index("dispatch_time_d")] = 1e4
    shown = found(counts, peers(3, [0, 0, 0]))
    np.testing.assert_allclose(shown["dispatch_pace_30"], np.log([0.2 / 0.4, 0.2 / 0.4, 0.6 / 0.2]), atol=0.01)
    counts[2, DECAYED.index("dispatch_promise_n")] = 3e8  # it takes three times as long, and says so
    kept = found(counts, peers(3, [0, 0, 0]))
    np.testing.assert_allclose(kept["dispatch_pace_30"][2], 0.0, atol=0.01)
    np.testing.assert_allclose(kept["dispatch_promise"], [np.log(0.5), np.log(0.5), np.log(3)], atol=0.01)
    assert kept["dispatch_time_30"][2] == shown["dispatch_time_30"][2]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_yardsticks_are_the_sums_of_the_others_and_never_touch_the_subject(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    sums = {half_life: on_grid(random.exponential(50.0, (size, len(DECAYED)))) for half_life in HALF_LIVES}
    everyone = peers(size, random.integers(0, 3, size).tolist())
    who = data.draw(st.integers(0, size - 1))
    yard = yardsticks(sums, everyone)
    for half_life in HALF_LIVES:
        rest = np.arange(size) != who
        alike = rest & (everyone.categories == everyone.categories[who])
        np.testing.assert_array_equal(yard.market[half_life][who], sums[half_life][rest].sum(axis=0))
        np.testing.assert_array_equal(yard.category[half_life][who], sums[half_life][alike].sum(axis=0))
    other = {half_life: table.copy() for half_life, table in sums.items()}
    for table in other.values():
        table[who] = on_grid(random.exponential(3.0, len(DECAYED)))
    changed = yardsticks(other, everyone)
    for half_life in HALF_LIVES:
        np.testing.assert_array_equal(changed.market[half_life][who], yard.market[half_life][who])
        np.testing.assert_array_equal(changed.category[half_life][who], yard.category[half_life][who])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_features_of_some_rows_are_some_rows_of_the_features(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    sums = {half_life: on_grid(random.exponential(20.0, (size, len(DECAYED)))) for half_life in HALF_LIVES}
    everyone = peers(size, random.integers(0, 3, size).tolist())
    yard = totals(sums, everyone).others(sums, everyone.categories)
    some = np.flatnonzero(random.random(size) < 0.5)
    own = {half_life: table[some] for half_life, table in sums.items()}
    part = features(own, yard.take(some), everyone.age[some], "store")
    whole = features(sums, yard, everyone.age, "store").iloc[some].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, whole, check_exact=True)


def test_what_others_cause_and_what_counts_orders_is_no_feature() -> None:
    known = {feature.metric for kind in ("store", "anchor") for feature in catalogue(kind)}
    assert "incident" in known
    assert not known & {"defect", "problem"}


def test_an_aspect_sees_its_own_metrics_and_any_other_target_sees_all() -> None:
    assert names_for("anchor", "defect_honesty") == [
        *(f"{key}_{h}" for key in ("complaint_honesty", "false_promotion", "hype") for h in HALF_LIVES),
        "log_orders",
    ]
    everything = [feature.name for feature in catalogue("store")]
    assert all(names_for("store", target) == everything for target in ("defect", "problem", "late"))
    assert targets("anchor") == ["defect", "defect_product", "defect_honesty", "problem"]
