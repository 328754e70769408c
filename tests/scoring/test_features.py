"""The monotone promise at the level of features: a removed incident lowers no other number and raises none."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.features import DECAYED, HALF_LIVES, Peers, catalogue, features, metrics
from scoring.metrics import CATALOGUE

NUMERATORS = [f"{metric.key}_n" for metric in CATALOGUE if "store" in metric.subjects]


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
    before = features(dict.fromkeys(HALF_LIVES, counts), everyone).iloc[who]
    after = features(dict.fromkeys(HALF_LIVES, fewer), everyone).iloc[who]
    assert (after <= before).all()
    moved = set(before.index[after != before])
    assert moved <= {f"{name.removesuffix('_n')}_{half_life}" for half_life in HALF_LIVES}


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
        ("defect_n", 1),
        ("problem_n", 1),
    ):
        fewer[0, DECAYED.index(name)] -= less
    everyone = peers(3, [0, 0, 1])
    before, after = (features(dict.fromkeys(HALF_LIVES, sums), everyone).iloc[0] for sums in (counts, fewer))
    assert (after <= before).all()


def test_a_strike_that_hits_everybody_alike_moves_no_large_subject() -> None:
    calm = np.full((20, len(DECAYED)), 5e4)
    calm[:, [DECAYED.index(name) for name in NUMERATORS]] = 1000.0
    strike = calm.copy()
    strike[:, DECAYED.index("late_delivery_n")] *= 10
    everyone = peers(20, [0] * 20)
    before, after = (features(dict.fromkeys(HALF_LIVES, sums), everyone) for sums in (calm, strike))
    np.testing.assert_allclose(before["late_delivery_30"], after["late_delivery_30"], atol=0.01)


def test_a_thin_subject_is_near_its_category_and_a_thick_one_at_its_own_rate() -> None:
    at_n, at_d = DECAYED.index("defect_n"), DECAYED.index("defect_d")
    counts = np.zeros((4, len(DECAYED)))
    counts[:, at_d] = [1e5, 1e5, 1.0, 1e5]
    counts[:, at_n] = [8e3, 8e3, 0.0, 2e3]
    found = features(dict.fromkeys(HALF_LIVES, counts), peers(4, [0, 0, 0, 1]))["defect_120"]
    assert found[2] > 0.1  # no incident in one order, in a category with more than the market's share
    assert abs(found[2] - found[0]) < 0.6
    np.testing.assert_allclose(found[3], np.log(0.02 / 0.98) - np.log(0.08 / 0.92), atol=0.02)


def test_each_metric_has_each_half_life_and_no_window_is_subtracted() -> None:
    names = [feature.name for feature in catalogue("store")]
    assert len(names) == len(set(names)) == 3 * len(metrics("store")) + 3
