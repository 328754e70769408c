"""Published formulas against tables worked out by hand from the published rules."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.formulas import FORMULAS, HALF_LIFE, NAMES, WINDOWS, History, WindowSums, history
from scoring.roster import Roster
from scoring.sums import feed
from tests.scoring.toy_market import archive

CUTOFF = date(2026, 5, 1)


def past(*subjects: dict[str, float]) -> History:
    """Subjects whose counters all lie in every window and have not faded."""
    table = np.array([[subject.get(name, 0.0) for name in NAMES] for subject in subjects])
    return History(dict.fromkeys(WINDOWS, table), table)


def answered(question: str, *scores: int) -> dict[str, float]:
    metric = {"overall": "negative_answer", "as_described": "described_low"}.get(question, f"{question}_low")
    told = {f"{question}_sum": float(sum(scores)), f"{metric}_d": float(len(scores))}
    told[f"{metric}_n"] = float(sum(score <= 2 for score in scores))
    return told | ({"overall_positive": float(sum(s >= 4 for s in scores))} if question == "overall" else {})


def risk(key: str, *subjects: dict[str, float]) -> list[float]:
    return FORMULAS[key].score(past(*subjects)).tolist()


def test_dsr_is_the_mean_of_the_three_scores_then_overall_then_the_market() -> None:
    all_three = answered("as_described", 5, 3) | answered("service", 4) | answered("logistics", 2, 2, 5)
    found = risk("dsr_mean", all_three, answered("service", 1), answered("overall", 4, 4, 5), {})
    # 4, 4 and 3; 1 alone; 13 / 3; the market: description 4, service (4 + 1) / 2, logistics 3
    expected = [5 - 11 / 3, 4.0, 5 - 13 / 3, 5 - (4 + 2.5 + 3) / 3]
    assert found == pytest.approx(expected)


def test_dsr_of_a_market_with_overall_answers_only_gives_the_silent_their_mean() -> None:
    assert risk("dsr_mean", answered("overall", 5, 5, 2), {}) == pytest.approx([1.0, 1.0])
    assert risk("dsr_mean", {}, {}) == [2.0, 2.0]


def test_trust_score_adds_seven_reviews_of_three_and_a_half() -> None:
    found = risk("trust_score", answered("overall", 5), answered("overall", 1, 1), {})
    assert found == pytest.approx([5 - (5 + 24.5) / 8, 5 - (2 + 24.5) / 9, 1.5])


def test_trust_score_weighs_reviews_half_after_half_a_year() -> None:
    frames = {CUTOFF - timedelta(days=1): (5.0, 1.0), CUTOFF - timedelta(days=1 + HALF_LIFE): (1.0, 1.0)}
    found = FORMULAS["trust_score"].score(history_of({day: {"overall_sum": s, "negative_answer_d": n}
                                                      for day, (s, n) in frames.items()}))  # fmt: skip
    assert found.tolist() == pytest.approx([5 - (5 + 0.5 * 1 + 24.5) / (1 + 0.5 + 7)])


def test_wilson_gives_the_textbook_bounds() -> None:
    # 8 of 10: (0.49, 0.94); 80 of 100: (0.711, 0.867), to three digits as tables have them
    eight, eighty = answered("overall", *[5] * 8, 3, 1), answered("overall", *[4] * 80, *[3] * 20)
    assert risk("wilson", eight, eighty, {}) == pytest.approx([1 - 0.490, 1 - 0.711, 1.0], abs=6e-4)


def test_order_defect_rate_counts_low_answers_claims_and_refusals_over_orders() -> None:
    seller = {"orders": 200.0, "negative_answer_n": 1.0, "complaint_product_n": 2.0, "refused_return_n": 1.0}
    swamped = {"orders": 2.0, "negative_answer_n": 2.0, "complaint_service_n": 2.0}
    found = risk("order_defect_rate", seller, swamped, {})
    assert found == pytest.approx([0.02, 1.0, 8 / 202])


@pytest.mark.parametrize(
    ("level", "seller"),
    [
        (0, {"orders": 1000.0, "merchant_cancel_n": 5.0, "late_dispatch_n": 30.0, "late_dispatch_d": 1000.0}),
        (0, {"orders": 100.0, "merchant_cancel_n": 3.0, "late_dispatch_n": 5.0, "late_dispatch_d": 100.0}),
        (1, {"orders": 99.0}),  # too few for Top Rated
        (1, {"orders": 1000.0, "merchant_cancel_n": 6.0}),
        (1, {"orders": 1000.0, "late_dispatch_n": 900.0, "late_dispatch_d": 1000.0}),  # lateness alone: never Below
        (1, {"orders": 100.0, "merchant_cancel_n": 4.0}),  # 4 %, but only 4
        (2, {"orders": 100.0, "merchant_cancel_n": 5.0}),
        (2, {"orders": 500.0, "complaint_product_n": 3.0}),  # 0.6 % of cases
        (1, {}),
    ],
)
def test_seller_level_follows_the_standards(level: int, seller: dict[str, float]) -> None:
    assert level <= risk("seller_level", seller)[0] < level + 1


def test_seller_level_looks_at_three_months_when_they_hold_400_transactions() -> None:
    table = np.zeros((1, len(NAMES)))
    table[0, NAMES.index("orders")] = 400.0
    year = table.copy()
    year[0, [NAMES.index("orders"), NAMES.index("merchant_cancel_n")]] = [2000.0, 100.0]
    windows = {days: year if days == 365 else table for days in WINDOWS}
    assert FORMULAS["seller_level"].score(History(windows, table))[0] == 0.0
    table[0, NAMES.index("orders")] = 399.0
    assert FORMULAS["seller_level"].score(History(windows, table))[0] > 2.0


@pytest.mark.parametrize(
    ("seller", "place"),
    [
        ({"orders": 1000.0}, 0.0),
        ({"orders": 1000.0, "complaint_product_n": 10.0}, 1.0),  # 1 %: the last leader
        ({"orders": 1000.0, "quality_return_n": 20.0}, 2.0),  # 2 %: the last green
        ({"orders": 1000.0, "merchant_cancel_n": 25.0}, 2.5),  # half-way from 1.5 to 3.5 %: yellow
        ({"orders": 1000.0, "late_dispatch_n": 22.0, "late_dispatch_d": 100.0}, 4.0),  # 22 %: the last orange
        ({"orders": 1000.0, "complaint_product_n": 500.0}, 5.0),
        ({"orders": 1000.0, "complaint_product_n": 10.0, "merchant_cancel_n": 40.0}, 4.0),  # the worst of them
    ],
)
def test_thermometer_reads_the_worst_measure(seller: dict[str, float], place: float) -> None:
    assert risk("thermometer", seller) == pytest.approx([place])


def test_thermometer_is_grey_below_ten_sales() -> None:
    found = risk("thermometer", {"orders": 1000.0}, {"orders": 1000.0, "quality_return_n": 20.0}, {"orders": 9.0})
    assert found == pytest.approx([0.0, 2.0, 1.0])


def sold(orders: float, returned: float) -> dict[str, float]:
    return {"orders": orders, "quality_return_n": returned, "quality_return_d": orders}


def test_experience_puts_indicators_into_sixths_of_the_peers() -> None:
    peers = [sold(1000.0, 10.0 * rank) for rank in range(6)]
    assert risk("experience", *peers) == pytest.approx([0.0, 10.0, 20.0, 30.0, 40.0, 50.0])


def test_experience_keeps_the_growth_stage_and_the_floor_for_few_orders() -> None:
    peers = [sold(1000.0, 10.0 * rank) for rank in range(6)]
    found = risk("experience", *peers, sold(29.0, 29.0), sold(31.0, 3.0), sold(31.0, 4.0))
    assert found[6:] == pytest.approx([30.0, 20.0, 50.0])


def test_experience_weighs_its_three_dimensions_equally() -> None:
    late = {"late_delivery_n": 0.0, "late_delivery_d": 1000.0}
    peers = [sold(1000.0, 10.0 * rank) | late | {"late_delivery_n": 100.0 * (5 - rank)} for rank in range(6)]
    assert risk("experience", *peers) == pytest.approx([25.0] * 6)


def test_four_aspects_average_four_stars() -> None:
    seller = {
        "orders": 100.0, "quality_return_n": 10.0, "quality_return_d": 100.0,
        "negative_answer_n": 2.0, "negative_answer_d": 10.0, "late_dispatch_n": 50.0, "late_dispatch_d": 100.0,
    }  # fmt: skip
    product, logistics = 1 + 4 * 0.9 * 0.8, 1 + 4 * 0.5
    assert risk("four_aspects", seller) == pytest.approx([5 - (product + logistics + 5 + 5) / 4])


def test_four_aspects_take_the_markets_share_for_what_a_store_has_no_count_of() -> None:
    known = {"orders": 10.0, "negative_answer_n": 1.0, "negative_answer_d": 2.0}
    found = risk("four_aspects", known, {"orders": 10.0})
    assert found[1] == pytest.approx(found[0])


counts = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 400).map(float), max_size=len(NAMES))


@settings(max_examples=150, deadline=None)
@given(st.lists(counts, min_size=1, max_size=6))
def test_no_formula_ever_gives_nan(subjects: list[dict[str, float]]) -> None:
    for formula in FORMULAS.values():
        found = formula.score(past(*subjects))
        assert found.shape == (len(subjects),)
        assert np.isfinite(found).all(), formula.key


@settings(max_examples=80, deadline=None)
@given(st.lists(counts, min_size=2, max_size=6), st.data())
def test_scoring_some_subjects_among_the_same_peers_changes_nothing(
    subjects: list[dict[str, float]], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(subjects) - 1), min_size=1))
    whole = past(*subjects)
    for formula in FORMULAS.values():
        assert formula.score(whole.take(rows)).tolist() == formula.score(whole)[rows].tolist()


def test_daily_rates_without_sums_are_no_answers() -> None:
    told = {"orders": 10.0, "negative_answer_n": 1.0, "negative_answer_d": 10.0}
    assert risk("dsr_mean", told, answered("overall", 3)) == pytest.approx([2.0, 2.0])
    assert risk("trust_score", told) == [1.5]


def history_of(days: dict[date, dict[str, float]], cutoff: date = CUTOFF) -> History:
    frames = {day: pd.DataFrame([{"kind": "store", "subject_id": "s1", "via": "", **row}]) for day, row in days.items()}
    subjects = pd.DataFrame([{"kind": "store", "subject_id": "s1", "category": "c", "opened_on": None}])
    return history(archive({"counters": frames}), Roster(subjects), cutoff)


def test_a_window_holds_its_days_and_no_other() -> None:
    days = {CUTOFF - timedelta(days=age): {"orders": 1.0} for age in (0, 1, 30, 31, 60, 61, 90, 180, 181, 365, 366)}
    found = history_of(days)
    assert [found.total(window, "orders")[0] for window in WINDOWS] == [2, 4, 6, 7, 9]


def test_many_cut_offs_in_one_pass_equal_one_pass_each() -> None:
    rng = np.random.default_rng(3)
    first = CUTOFF - timedelta(days=500)
    frames = {}
    for step in range(520):
        ids = [f"s{n}" for n in range(6) if rng.random() < 0.6]
        table = pd.DataFrame({"kind": "store", "subject_id": ids, "via": ""})
        frames[first + timedelta(days=step)] = table.assign(
            orders=rng.integers(1, 9, len(ids)), overall_sum=rng.integers(1, 9, len(ids))
        )
    subjects = pd.DataFrame({"kind": "store", "subject_id": [f"s{n}" for n in range(6)], "category": ""})
    subjects["opened_on"] = None
    cutoffs = [CUTOFF - timedelta(days=step) for step in (200, 14, 0)]
    roster, files = Roster(subjects), archive({"counters": frames})
    windows, start = WindowSums(cutoffs), date.min
    for cutoff in cutoffs:
        feed(files, roster, [windows], start, cutoff)
        start = cutoff
        found, alone = windows.at(cutoff, roster.of_kind("store")), history(files, Roster(subjects), cutoff)
        for days in WINDOWS:
            assert (found.windows[days] == alone.windows[days]).all()
        assert found.faded == pytest.approx(alone.faded)
        by_hand = sum(
            frame.set_index("subject_id")["orders"].reindex(roster.ids).fillna(0).to_numpy()
            for day, frame in frames.items() if cutoff - timedelta(days=90) <= day < cutoff
        )  # fmt: skip
        assert found.total(90, "orders").tolist() == by_hand.tolist()


def test_added_counters_reach_every_window_and_leave_the_peers() -> None:
    market = past({"orders": 10.0}, {"orders": 30.0})
    moved = market.take([1]).plus({"orders": np.array([5.0]), "no such counter": np.array([1.0])})
    assert [moved.total(days, "orders")[0] for days in WINDOWS] == [35.0] * len(WINDOWS)
    assert moved.recent("orders").tolist() == [35.0]
    assert moved.market is market
