"""Sums that roll from night to night are those of each night alone; buyers are exact up to five; stars keep their time."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.policy.night import walk
from scoring.policy.rolling import RecentBuyers, Rolling
from scoring.policy.star_history import StarHistory, star_history
from scoring.reported import COLUMNS
from scoring.roster import Roster
from scoring.sums import NO_HASH, Block
from tests.scoring.policy_oracle import LAST, small_market
from tests.scoring.toy_market import archive

NEEDS = {1: ("grave",), 7: ("late_dispatch_n", "orders"), 30: ("orders",), 90: ("quality_return_d", "quality_return_n")}


def test_a_walk_over_many_nights_tells_of_each_what_a_walk_to_it_alone_tells() -> None:
    small = small_market(3, stores=12, anchors=4)
    nights = [LAST - timedelta(days=back) for back in (80, 40, 39, 12, 1, 0)]
    together = list(walk(archive(small.frames), Roster(small.subjects), NEEDS, nights))
    for night in together:
        alone = next(walk(archive(small.frames), Roster(small.subjects), NEEDS, [night.day]))
        for window in NEEDS:
            assert np.array_equal(night.sums[window], alone.sums[window]), (night.day, window)
        assert np.array_equal(night.buyers, alone.buyers)
    assert [night.day for night in together] == nights


def test_every_day_file_is_read_once() -> None:
    small = small_market(3, stores=4, anchors=0)
    read: list[date] = []

    def loader(day: date, frame: pd.DataFrame):
        return lambda: (read.append(day), frame)[1]

    files = archive(small.frames)
    files.loaders = {"counters": {day: loader(day, frame) for day, frame in small.frames["counters"].items()}}
    nights = [LAST - timedelta(days=back) for back in range(59, -1, -1)]
    assert len(list(walk(files, Roster(small.subjects), NEEDS, nights))) == 60
    assert len(read) == len(set(read))
    assert min(read) >= nights[0] - timedelta(days=89)


def test_daily_rates_leave_nothing_behind_when_they_leave_the_window() -> None:
    day = LAST - timedelta(days=9)
    told = pd.DataFrame({"kind": "store", "subject_id": ["s"], "via": "", "orders": [3], "late_dispatch_n": [1],
                         "late_dispatch_d": [3], "quality_return_n": [1], "quality_return_d": [3]})  # fmt: skip
    files = archive({"reported": {day: told, LAST: told}})
    needs = {7: ("incident_n", "defect_n", "orders")}
    first, *_, last = walk(
        files, Roster(told.assign(category="", opened_on=None)), needs, [day, day + timedelta(days=7)]
    )
    assert first.sums[7][0, 1] > 1.0  # derived, not whole
    assert not last.sums[7].any()
    assert first.buyers[0] == 5  # whose buyers are not told to us


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 2), st.lists(st.integers(1, 12), max_size=8)), max_size=5),
        min_size=1,
        max_size=30,
    ),
    st.integers(1, 12),
)
def test_buyers_of_any_window_are_exact_up_to_five(days: list[list[tuple[int, list[int]]]], window: int) -> None:
    start = LAST - timedelta(days=len(days) - 1)
    recent, seen = RecentBuyers(), [[set() for _ in range(3)] for _ in days]
    for at, rows in enumerate(days):
        sketch = [(sorted(set(bought))[:5] + [int(NO_HASH)] * 5)[:5] for _, bought in rows]
        for row, bought in rows:
            seen[at][row].update(bought)
        counts = np.zeros((len(rows), len(COLUMNS)))
        block = Block(
            np.array([row for row, _ in rows], dtype=np.int64),
            np.full(len(rows), start.toordinal() + at),
            counts,
            np.ones(len(rows), dtype=bool),
            np.array(sketch, dtype=np.uint32).reshape(-1, 5),
        )
        recent.add(block, 3)
        night = start + timedelta(days=at)
        wanted = [
            min(5, len(set().union(*(day[row] for day in seen[max(0, at - window + 1) : at + 1])))) for row in range(3)
        ]
        assert recent.count(night, 3, window).tolist() == wanted


def test_counts_too_large_for_single_precision_stay_exact() -> None:
    rolling = Rolling({1: ("dispatch_time_n",), 2: ("dispatch_time_n",)}, LAST - timedelta(days=2), LAST)
    at = COLUMNS.index("dispatch_time_n")
    for back in (2, 1, 0):
        counts = np.zeros((1, len(COLUMNS)))
        counts[0, at] = 2**24 + 1 + back
        day = LAST - timedelta(days=back)
        nobody = np.full((1, 5), NO_HASH, dtype=np.uint32)
        rolling.add(Block(np.array([0]), np.array([day.toordinal()]), counts, np.array([True]), nobody), 1)
        sums, _ = rolling.at(day, 1)
        assert sums[1][0, 0] == 2**24 + 1 + back
    assert sums[2][0, 0] == 2 * (2**24 + 1) + 1


def shown(**stars: float) -> pd.DataFrame:
    return pd.DataFrame({"kind": "store", "subject_id": list(stars), "stars": list(stars.values())})


def nights(*stars: float | None, every: int = 1) -> StarHistory:
    first = LAST - timedelta(days=every * (len(stars) - 1))
    told = [
        (first + timedelta(days=every * at), shown(s=star) if star else shown(other=4.0))
        for at, star in enumerate(stars)
    ]
    return star_history(told, roster())


def roster() -> Roster:
    return Roster(pd.DataFrame({"kind": "store", "subject_id": ["s", "other"], "category": "", "opened_on": None}))


@pytest.mark.parametrize(
    ("stars", "low"),
    [
        ([2.4] * 5, 5),
        ([2.4, 2.4, 2.5, 2.4], 1),  # 2.5 ends the low time
        ([2.4, 2.4, None, 2.4], 3),  # a night without a star neither counts nor ends it
        ([None, 2.0], 1),
        ([2.4, 2.4, 3.0], 0),
    ],
)
def test_low_nights_are_counted_without_a_break(stars: list[float | None], low: int) -> None:
    assert nights(*stars).at(2).low_days[0] == low


def test_without_a_star_tonight_nothing_is_known() -> None:
    tonight = nights(2.0, 2.0, None).at(2)
    assert np.isnan(tonight.now[0])
    assert np.isnan(tonight.low_days[0])
    assert np.isnan(tonight.change[30][0])


def test_a_star_is_compared_with_the_night_so_many_days_before_or_one_of_the_week_before_that() -> None:
    assert nights(2.0, *[3.0] * 29, 2.6).at(2).change[30][0] == pytest.approx(0.6)
    assert nights(2.0, *[None] * 33, 2.6).at(2).change[30][0] != pytest.approx(0.6)  # s had none that night
    assert nights(2.0, 2.4, every=35).at(2).change[30][0] == pytest.approx(0.4)
    assert np.isnan(nights(2.0, 2.4, every=38).at(2).change[30][0])
