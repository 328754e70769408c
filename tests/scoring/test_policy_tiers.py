"""How far subjects reach: by their orders within their kind, and a backtest told by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.policy import policy_read
from scoring.policy.night import KINDS, Night, tiers
from scoring.policy.star_history import no_stars
from tests.scoring.test_policy_files import FINE


def night(orders: list[int], kinds: list[int] | None = None) -> Night:
    size = len(orders)
    return Night(
        date(2026, 6, 30), tuple(f"s{number:04d}" for number in range(size)),
        np.array(kinds or [0] * size, dtype=np.int64), np.array(["c"] * size, dtype=object),
        np.zeros(size, dtype=np.int64), {30: np.array(orders, dtype=float)[:, None]}, {30: ("orders",)},
        np.zeros(size, dtype=np.int64), no_stars(size),
    )  # fmt: skip


@pytest.mark.parametrize(("size", "head", "middle"), [(1, 1, 0), (10, 1, 0), (11, 1, 1), (100, 1, 9), (1000, 10, 90)])
def test_the_head_is_the_largest_hundredth_and_the_middle_the_next_nine(size: int, head: int, middle: int) -> None:
    orders = list(np.random.default_rng(3).permutation(size) + 1)
    found = tiers(night(orders))
    by_size = [found[row] for row in np.argsort(orders)[::-1]]
    assert by_size == ["head"] * head + ["middle"] * middle + ["tail"] * (size - head - middle)


def test_each_kind_has_a_head_of_its_own_and_who_is_gone_has_none() -> None:
    found = tiers(night([5, 9, 1, 2, 50], [0, 0, 1, 1, len(KINDS)]))
    assert list(found) == ["tail", "head", "tail", "head", "tail"]


def test_who_sold_nothing_is_tail_and_counts_for_nothing() -> None:
    assert list(tiers(night([0, 0, 3]))) == ["tail", "tail", "head"]
    assert list(tiers(night([0, 0]))) == ["tail", "tail"]
    assert list(tiers(night([]))) == []


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), st.randoms())
def test_equals_are_told_apart_by_their_ids_whatever_the_order_of_the_rows(orders: list[int], random: object) -> None:
    one = night(orders)
    rows = list(range(len(orders)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    other = replace(one, ids=tuple(one.ids[row] for row in rows), sums={30: one.sums[30][rows]})
    assert dict(zip(one.ids, tiers(one), strict=True)) == dict(zip(other.ids, tiers(other), strict=True))


def test_a_rule_says_whether_it_ends_when_cured() -> None:
    plain = policy_read(FINE).policy
    assert plain is not None
    assert plain.rules[0].lift_when_cured is False
    cured = policy_read(FINE.replace("expires: 7", "lift_when_cured: true\n    expires: 7")).policy
    assert cured is not None
    assert cured.rules[0].lift_when_cured is True
    wrong = policy_read(FINE.replace("expires: 7", "lift_when_cured: 1\n    expires: 7"))
    assert [problem.text for problem in wrong.refused] == ["lift_when_cured is neither true nor false"]
