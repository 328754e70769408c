"""Bad evidence in many stops the night, in few it withholds them, and ordinary life does neither."""

from __future__ import annotations

import json
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.drift import DailyOrders, Drift, Limits, check, check_volume, histogram, index, jumped, psi, volume
from scoring.findings import codes
from scoring.sums import feed
from scoring.windows import tonight
from tests.scoring.toy_market import LAST_DAY, Toy, toy

NOBODY = pd.DataFrame({"incidents": [], "buyers": []}, dtype="float64")
DAY = date(2026, 6, 30)


def night(subjects: int = 1000, seed: int = 0) -> pd.DataFrame:
    """An ordinary night: everybody moves by hundredths of a star."""
    random = np.random.default_rng(seed)
    before = np.clip(random.normal(4.2, 0.5, subjects), 1, 5)
    ids = [f"s{number}" for number in range(subjects)]
    exact = np.clip(before + random.normal(0, 0.02, subjects), 1, 5)
    return pd.DataFrame({"exact": exact, "before": before, "explained": 0.0}, index=ids)


def moved(stars: pd.DataFrame, subjects: int, by: float) -> pd.DataFrame:
    out = stars.copy()
    out.iloc[:subjects, 0] = out.iloc[:subjects, 1] + by
    return out


def looked(stars: pd.DataFrame, witnesses: pd.DataFrame = NOBODY, **given: object) -> Drift:
    drift = check(stars, given.pop("shifts", {}), len(stars), witnesses, **{"history": 365} | given)  # type: ignore[arg-type]
    json.dumps(drift.as_json(), allow_nan=False)
    return drift


def seen(subjects: int, incidents: int, buyers: int) -> pd.DataFrame:
    ids = [f"s{number}" for number in range(subjects)]
    return pd.DataFrame({"incidents": incidents, "buyers": buyers}, index=ids, dtype="float64")


def stopped(drift: Drift) -> set[str]:
    return {finding.code for finding in drift.stop}


def test_an_ordinary_night_passes() -> None:
    drift = looked(night())
    assert (drift.stop, drift.withheld) == ((), frozenset())
    assert drift.figures["star_psi"] < 0.01


def test_a_poisoned_batch_in_many_stops_the_publication() -> None:
    drift = looked(moved(night(), 60, -0.6))
    assert stopped(drift) == {"stars_moved"}
    assert drift.reasons == ["6.0% of the stars moved by 0.5 or more in one night, 5.0% is allowed"]


def test_a_poisoned_batch_in_a_few_withholds_those_alone_whatever_buyers_it_brings() -> None:
    drift = looked(moved(night(), 5, -1.5), seen(5, incidents=80, buyers=60))
    assert drift.withheld == {f"s{number}" for number in range(5)}
    assert drift.stop == ()


def test_a_disaster_of_one_store_shows_when_several_buyers_bear_it_out() -> None:
    disaster = moved(night(), 1, -1.4)
    assert jumped(disaster) == ["s0"]
    assert looked(disaster, seen(1, incidents=9, buyers=7)).withheld == frozenset()


@pytest.mark.parametrize(("incidents", "buyers"), [(4, 4), (50, 4), (4, 9), (0, 0)])
def test_a_fall_that_few_bear_out_waits_for_a_person(incidents: int, buyers: int) -> None:
    fall = moved(night(), 1, -1.4)
    assert looked(fall, seen(1, incidents, buyers)).withheld == {"s0"}
    assert looked(fall).withheld == {"s0"}
    assert looked(fall, cleared={"s0"}).withheld == frozenset()


def test_a_sudden_rise_waits_unless_a_decision_explains_it() -> None:
    risen = moved(night(), 1, 0.0)
    risen.iloc[0] = (4.5, 3.2, 0.0)
    assert looked(risen).withheld == {"s0"}
    risen.iloc[0, 2] = 1.2
    assert looked(risen).withheld == frozenset()


def test_what_the_gate_let_the_model_move_is_no_drift() -> None:
    stars = moved(night(), 600, -0.7)
    assert stopped(looked(stars)) >= {"stars_moved"}
    explained = stars.assign(explained=np.where(np.arange(1000) < 600, -0.7, 0.0))
    assert looked(explained).stop == ()


@pytest.mark.parametrize("subjects", [1, 5, 30])
def test_a_small_market_does_not_stop_for_a_few_stars(subjects: int) -> None:
    stars = moved(night(subjects), max(1, subjects // 5), -0.7)
    shifts = dict.fromkeys("abcdef", 3.0)
    assert looked(stars, shifts=shifts).stop == ()


def test_newcomers_and_an_empty_market_have_nothing_to_compare() -> None:
    fresh = night(50).assign(before=np.nan)
    assert looked(fresh).figures["moved"] == 0
    assert looked(night(50).iloc[:0]).stop == ()


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_star_that_is_no_number_stops_even_one_store(broken: float) -> None:
    stars = night(1).assign(exact=broken)
    assert stopped(looked(stars)) == {"stars_not_finite"}


def test_a_shift_of_everybody_stops() -> None:
    stars = night()
    assert stopped(looked(stars.assign(exact=np.clip(stars["exact"] - 0.45, 1, 5)))) == {"stars_shifted"}


def test_many_shifted_features_stop_and_one_does_not() -> None:
    names = [f"f{number}" for number in range(20)]
    one = dict.fromkeys(names, 0.01) | {"f0": 5.0}
    many = dict.fromkeys(names, 0.01) | {f"f{number}": 0.3 for number in range(5)}
    assert looked(night(), shifts=one).stop == ()
    assert stopped(looked(night(), shifts=many)) == {"features_shifted"}
    assert looked(night(), shifts=many, history=13).stop == ()


# The index itself


def test_the_index_is_the_formula() -> None:
    p, q = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.35, 0.25])
    by_hand = sum((b - a) * np.log(b / a) for a, b in zip(p, q, strict=True))
    assert index(p, q) == pytest.approx(by_hand)
    assert index([1.0, 0.0], [0.0, 1.0]) == pytest.approx(2 * 0.999 * np.log(1000))


SHARES = st.lists(st.floats(0, 1), min_size=2, max_size=8).filter(lambda values: sum(values) > 0)


@given(SHARES, st.randoms())
def test_the_index_is_never_negative_and_the_same_from_both_sides(values: list[float], random: object) -> None:
    p = np.array(values) / sum(values)
    q = p.copy()
    random.shuffle(q)  # type: ignore[attr-defined]
    assert index(p, q) >= 0
    assert index(p, q) == pytest.approx(index(q, p))
    assert index(p, p) == 0


def column(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"x": values.astype(np.float32)})


def test_a_shift_of_the_whole_column_is_found_and_its_size_orders_it() -> None:
    values = np.random.default_rng(0).normal(0, 1, 2000)
    reference = histogram(column(values))
    small, middle, large = (psi(reference, column(values + by))["x"] for by in (0.05, 0.4, 1.5))
    assert small < 0.1 < middle < large
    assert large > 1


def test_a_metric_that_is_the_same_for_all_may_breathe_but_not_leap() -> None:
    reference = histogram(column(np.full(500, 0.3)))
    assert psi(reference, column(np.full(500, 0.302)))["x"] < 0.05
    assert psi(reference, column(np.full(500, 3.3)))["x"] > 1
    assert psi(reference, column(np.full(500, np.nan)))["x"] > 1


def test_a_lump_on_a_bins_edge_is_no_shift_when_it_crosses_it() -> None:
    """Nine tenths have no evidence and share one value, which moves a hair as the market does."""
    random = np.random.default_rng(0)
    values = np.where(np.arange(1000) < 900, 0.0, random.normal(0, 1, 1000))
    reference = histogram(column(values))
    hair = np.where(values == 0.0, 0.003, values)
    assert psi(reference, column(hair))["x"] < 0.1


def test_empty_tables_and_unknown_columns_give_no_index() -> None:
    values = column(np.arange(10.0))
    assert psi(histogram(values.iloc[:0]), values) == {}
    assert psi(histogram(values), values.iloc[:0]) == {}
    assert psi(histogram(values), values.rename(columns={"x": "y"})) == {}


@given(st.lists(st.floats(-50, 50) | st.just(float("nan")), min_size=1, max_size=60))
def test_a_histogram_is_json_and_its_shares_are_the_whole(values: list[float]) -> None:
    kept = json.loads(json.dumps(histogram(column(np.array(values))), allow_nan=False))
    assert sum(kept["features"]["x"]["shares"]) == pytest.approx(1, abs=1e-4)
    assert kept["features"]["x"]["knots"] == sorted(kept["features"]["x"]["knots"])
    assert psi(kept, column(np.array(values)))["x"] == pytest.approx(0, abs=1e-4)


# A market's own nights


@pytest.fixture(scope="module")
def market() -> Toy:
    return toy(stores=250, days=60, swing=0.3)


def test_a_growing_market_never_shifts_for_growing(market: Toy) -> None:
    nights = [LAST_DAY - timedelta(days=back) for back in (46, 45, 20, 19, 1, 0)]
    tables = [tonight(market.archive(), market.roster(), as_of)["store"].features for as_of in nights]
    for before, after in zip(tables[::2], tables[1::2], strict=True):
        shifts = psi(histogram(before), after)
        assert "log_age" not in shifts
        assert np.mean([shift > 0.25 for shift in shifts.values()]) <= 0.2
    assert max(psi(histogram(tables[4]), tables[5]).values()) < 0.1


def test_evidence_with_columns_swapped_is_found(market: Toy) -> None:
    features = tonight(market.archive(), market.roster(), LAST_DAY)["store"].features
    swapped = features.rename(columns={f"late_dispatch_{h}": f"dispatch_time_{h}" for h in (30, 120, 365)}
                              | {f"dispatch_time_{h}": f"late_dispatch_{h}" for h in (30, 120, 365)})  # fmt: skip
    shifts = psi(histogram(features), swapped[features.columns])
    assert {name for name, shift in shifts.items() if shift > 0.25} >= {"late_dispatch_120", "dispatch_time_120"}


def test_daily_orders_are_those_of_the_day_files(market: Toy) -> None:
    sink = DailyOrders()
    feed(market.archive(), market.roster(), [sink], LAST_DAY - timedelta(days=59), LAST_DAY + timedelta(days=1))
    truth = {day.toordinal(): float(frame["orders"].sum()) for day, frame in market.frames["counters"].items()}
    assert sink.days == truth


# Volume


def days(orders: float = 1000.0, count: int = 200, **last: float) -> dict[int, float]:
    found = {DAY.toordinal() - back: orders for back in range(count)}
    return found | {DAY.toordinal(): value for value in last.values()}


def yesterday(orders: float = 1000.0, count: int = 200) -> dict[str, float]:
    return volume({day - 1: value for day, value in days(orders, count).items()}, DAY - timedelta(days=1))


def test_volume_is_counted_by_hand() -> None:
    found = volume(days(count=400, last=10.0), DAY)
    day = DAY.toordinal()
    assert found == {"day": day, "last_day": 10.0, "usual_day": 1000.0, "year": 364 * 1000.0 + 10.0}
    assert volume({}, DAY) == {"day": day, "last_day": 0.0, "usual_day": 0.0, "year": 0.0}
    assert volume({DAY.toordinal() - 2: 50.0}, DAY)["usual_day"] == 25.0


def test_an_ordinary_day_and_a_sale_pass() -> None:
    for last in (1000.0, 400.0, 12_000.0):
        assert check_volume(volume(days(last=last), DAY), yesterday()).stop == ()


def test_evidence_that_doubles_overnight_stops() -> None:
    doubled = volume({day: 2 * orders for day, orders in days().items()}, DAY)
    assert stopped(check_volume(doubled, yesterday())) == {"evidence_grew"}


def test_evidence_that_vanishes_overnight_stops() -> None:
    halved = volume({day: orders / 2 for day, orders in days().items()}, DAY)
    assert stopped(check_volume(halved, yesterday())) == {"evidence_shrank"}
    assert stopped(check_volume(volume({}, DAY), yesterday())) == {"evidence_shrank"}


def test_a_young_market_doubles_without_a_stop() -> None:
    for age in (2, 3, 10):
        assert check_volume(volume(days(count=age), DAY), yesterday(count=age - 1)).stop == ()


def test_nights_that_were_left_out_explain_what_came_meanwhile() -> None:
    before = volume({DAY.toordinal() - 40 - back: 1000.0 for back in range(20)}, DAY - timedelta(days=40))
    assert check_volume(volume(days(count=60), DAY), before).stop == ()
    assert stopped(check_volume(volume(days(3000.0, count=60), DAY), before)) == {"evidence_grew"}


def test_a_small_market_doubles_without_a_stop() -> None:
    assert check_volume(volume(days(3.0), DAY), yesterday(1.0)).stop == ()


def test_a_day_that_did_not_come_stops_one_night() -> None:
    missing = volume(days(last=0.0), DAY)
    assert stopped(check_volume(missing, yesterday())) == {"day_missing"}
    assert check_volume(volume(days(2.0, last=0.0), DAY), yesterday(2.0)).stop == ()


def test_a_feed_that_is_always_a_day_late_does_not_stop() -> None:
    late = volume(days(last=0.0), DAY)
    assert check_volume(late, late).stop == ()


def test_the_first_night_has_no_night_before() -> None:
    drift = check_volume(volume(days(last=0.0), DAY), None)
    assert drift.stop == ()
    assert drift.figures["volume"]["last_day"] == 0


def test_every_stop_has_a_sentence() -> None:
    named = {"stars_not_finite", "stars_moved", "stars_shifted", "features_shifted", "evidence_grew",
             "evidence_shrank", "day_missing"}  # fmt: skip
    assert named <= set(codes())
    assert Limits().warn < Limits().psi
