"""Features and counts against plain Python sums, and what a cut-off may know."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from scoring.archive import Archive
from scoring.features import HALF_LIVES, catalogue, features, metrics
from scoring.metrics import CATALOGUE, OUTCOMES
from scoring.roster import Roster
from scoring.windows import panels, tonight, training_cutoffs
from tests.scoring.toy_market import LAST_DAY, Toy, archive, toy

PER_ORDER = {"slow_refund", "refund_time", "refused_return"}


@pytest.fixture(scope="module")
def market() -> Toy:
    return toy(stores=8, days=230, seed=3)


def decayed(market: Toy, subject: str, counter: str, half_life: int, cutoff: date) -> float:
    """By hand: the day before the cut-off counts in full, every half-life before it halves."""
    return sum(
        value * 0.5 ** (((cutoff - day).days - 1) / half_life)
        for day, value in history(id(market.frames), subject, counter, market)
        if day < cutoff
    )


_HISTORY: dict[tuple[int, str], dict[str, list[tuple[date, int]]]] = {}


def history(key: int, subject: str, counter: str, market: Toy) -> list[tuple[date, int]]:
    if (key, counter) not in _HISTORY:
        lines: dict[str, list[tuple[date, int]]] = {}
        for day, frame in market.frames["counters"].items():
            values = frame[counter].tolist() if counter in frame else [0] * len(frame)
            for who, value in zip(frame["subject_id"].tolist(), values, strict=True):
                lines.setdefault(who, []).append((day, value))
        _HISTORY[(key, counter)] = lines
    return _HISTORY[(key, counter)].get(subject, [])


def expected(market: Toy, key: str, half_life: int, subject: str, cutoff: date) -> float:
    """The documented formula, subject by subject."""
    metric = next(m for m in CATALOGUE if m.key == key)
    below = "orders" if key in PER_ORDER else f"{key}_d"
    sums = {
        s: (decayed(market, s, f"{key}_n", half_life, cutoff), decayed(market, s, below, half_life, cutoff))
        for s in market.subjects["subject_id"]
    }
    groups = dict(zip(market.subjects["subject_id"], market.subjects["category"], strict=True))
    rest = [s for s in sums if s != subject]
    total = [sum(sums[s][i] for s in rest) for i in (0, 1)]
    near = [sum(sums[s][i] for s in rest if groups[s] == groups[subject]) for i in (0, 1)]
    if metric.unit == "share":
        m = (total[0] + 1) / (total[1] + 50)
        c = (near[0] + 10) / (near[1] + 10 / m)
        p = (sums[subject][0] + 0.5) / (sums[subject][1] + 0.5 / c)
        if key == "incident":
            return math.log(p) - math.log(m)
        return math.log(min(p, 0.99) / (1 - min(p, 0.99))) - math.log(m / (1 - m))
    if key == "refund_time":
        m = (total[0] + 3600) / (total[1] + 50)
        c = (near[0] + 14400) / (near[1] + 14400 / m)
        return math.log((sums[subject][0] + 2880) / (sums[subject][1] + 2880 / c)) - math.log(m)
    m = (total[0] + 7200) / (total[1] + 5)
    c = (near[0] + 20 * m) / (near[1] + 20)
    return math.log((sums[subject][0] + 5 * c) / (sums[subject][1] + 5)) - math.log(m)


@pytest.mark.parametrize("half_life", HALF_LIVES)
@pytest.mark.parametrize(
    "key", ["incident", "late_dispatch", "negative_answer", "slow_refund", "dispatch_time", "refund_time"]
)
def test_a_feature_is_the_documented_formula(market: Toy, key: str, half_life: int) -> None:
    got = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    cutoff = LAST_DAY + timedelta(days=1)
    wanted = [expected(market, key, half_life, s, cutoff) for s in got.counts["subject_id"]]
    np.testing.assert_allclose(got.features[f"{key}_{half_life}"], wanted, rtol=1e-4, atol=1e-4)


def test_volume_and_age_are_logs(market: Toy) -> None:
    got = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    cutoff = LAST_DAY + timedelta(days=1)
    orders = [decayed(market, s, "orders", 120, cutoff) for s in got.counts["subject_id"]]
    np.testing.assert_allclose(got.features["log_orders"], np.log1p(orders), rtol=1e-5)
    np.testing.assert_allclose(got.features["log_age"], np.log1p(331), rtol=1e-5)


def test_outcomes_are_those_of_the_fourteen_days_from_the_cutoff(market: Toy) -> None:
    panel = panels(market.archive(), market.roster(), LAST_DAY)["store"]
    cutoffs = training_cutoffs(market.archive(), LAST_DAY)
    assert sorted(set(panel.cutoffs.tolist())) == [day.toordinal() for day in cutoffs]
    for cutoff in cutoffs:
        for name in OUTCOMES:
            wanted = sum(
                int(frame[name].sum())
                for day, frame in market.frames["outcomes"].items()
                if 0 <= (day - cutoff).days < 14
            )
            assert panel.outcomes.loc[panel.cutoffs == cutoff.toordinal(), name].sum() == wanted


def test_cutoffs_lie_on_a_grid_of_fourteen_days_and_have_history() -> None:
    long = toy(stores=3, days=320).archive()
    found = training_cutoffs(long, LAST_DAY)
    assert len(found) == 8
    assert all(cutoff.toordinal() % 14 == 0 for cutoff in found)
    assert {(later - earlier).days for earlier, later in pairwise(found)} == {14}
    assert timedelta(days=74) <= LAST_DAY - found[-1] < timedelta(days=88)
    first = found[-2] - timedelta(days=14)
    young = {day: frame for day, frame in toy(stores=3, days=320).frames["counters"].items() if day >= first}
    assert training_cutoffs(archive({"counters": young}), LAST_DAY) == found[-2:]
    assert training_cutoffs(toy(stores=3, days=85).archive(), LAST_DAY) == []
    assert training_cutoffs(Archive({}), LAST_DAY) == []


def test_cutoffs_move_once_in_fourteen_nights() -> None:
    long = toy(stores=2, days=320).archive()
    nights = [training_cutoffs(long, LAST_DAY - timedelta(days=back)) for back in range(28)]
    assert len({tuple(found) for found in nights}) == 3
    assert max(sum(found == one for found in nights) for one in nights) == 14


def test_a_panel_is_parted_by_cutoff(market: Toy) -> None:
    panel = panels(market.archive(), market.roster(), LAST_DAY)["store"]
    newest = int(panel.cutoffs.max())
    past, last = panel.before(newest), panel.at(newest)
    assert len(past.cutoffs) + len(last.cutoffs) == len(panel.cutoffs)
    assert past.cutoffs.max() < newest == last.cutoffs.min()
    assert last.subjects.tolist() == sorted(last.subjects) == panel.subjects[panel.cutoffs == newest].tolist()
    pd.testing.assert_frame_equal(last.features, panel.features[panel.cutoffs == newest].reset_index(drop=True))
    assert len(panel.before(0).cutoffs) == 0


def test_features_can_be_made_again_from_what_tonight_keeps(market: Toy) -> None:
    part = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    again = features(part.sums, part.yardsticks, part.age, "store")
    pd.testing.assert_frame_equal(again, part.features, check_exact=True)
    assert len(part.age) == len(part.counts) == len(part.sums[30]) == len(part.yardsticks.market[365])


def test_a_cutoff_does_not_see_its_own_day_or_later(market: Toy) -> None:
    last = training_cutoffs(market.archive(), LAST_DAY)[-1]
    changed = {
        day: frame.assign(defect_n=frame["defect_d"], late_dispatch_n=frame["orders"]) if day >= last else frame
        for day, frame in market.frames["counters"].items()
    }
    before = panels(market.archive(), market.roster(), LAST_DAY)["store"]
    after = panels(archive(market.frames | {"counters": changed}), market.roster(), LAST_DAY)["store"]
    pd.testing.assert_frame_equal(before.features, after.features)


def test_the_horizon_does_not_reach_into_unripe_days(market: Toy) -> None:
    ripe = {day: frame for day, frame in market.frames["outcomes"].items() if day <= LAST_DAY - timedelta(days=60)}
    before = panels(market.archive(), market.roster(), LAST_DAY)["store"]
    after = panels(archive(market.frames | {"outcomes": ripe}), market.roster(), LAST_DAY)["store"]
    pd.testing.assert_frame_equal(before.outcomes, after.outcomes)


def test_missing_days_are_days_without_evidence(market: Toy) -> None:
    gaps = {day: frame for day, frame in market.frames["counters"].items() if day.day % 3}
    blank = {day: frame if day.day % 3 else frame.iloc[:0] for day, frame in market.frames["counters"].items()}
    first = min(market.frames["counters"])
    gaps[first] = blank[first] = market.frames["counters"][first]
    one = tonight(archive({"counters": gaps}), market.roster(), LAST_DAY)["store"]
    other = tonight(archive({"counters": blank}), market.roster(), LAST_DAY)["store"]
    pd.testing.assert_frame_equal(one.features, other.features)


def row(subject: str, kind: str = "store", via: str = "", **counts: int) -> dict[str, object]:
    return {"kind": kind, "subject_id": subject, "via": via} | counts


def subjects(*ids: str, kind: str = "store", category: str | None = "tea") -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "subject_id": list(ids), "category": category, "opened_on": None})


def counts_of(
    counters: dict[int, list[dict[str, object]]],
    table: pd.DataFrame,
    kind: str = "store",
    reported: dict[int, list[dict[str, object]]] | None = None,
) -> pd.DataFrame:
    """Counts of tonight; keys are days ago."""
    frames = {
        "counters": {LAST_DAY - timedelta(days=ago): pd.DataFrame(rows) for ago, rows in counters.items()},
        "reported": {LAST_DAY - timedelta(days=ago): pd.DataFrame(rows) for ago, rows in (reported or {}).items()},
    }
    return tonight(archive(frames), Roster(table), LAST_DAY)[kind].counts.set_index("subject_id")  # type: ignore[index]


def test_counts_look_back_365_days_and_held_14() -> None:
    line = row("a", orders=1, held=1, defect_n=1, excluded_attack=2, excluded_other=1)
    days = {ago: [line] for ago in (0, 13, 14, 364, 365)}
    got = counts_of(days, subjects("a")).loc["a"]
    assert (got["orders_counted"], got["confirmed_defects"], got["held"]) == (4, 4, 2)
    assert (got["excluded_attack"], got["excluded_other"], got["excluded_orders"]) == (8, 4, 12)
    assert got["excluded_force_majeure"] == 0


def test_buyers_are_counted_exactly_up_to_five() -> None:
    none = 4294967295
    sketch = lambda *hashes: dict(zip(("b1", "b2", "b3", "b4", "b5"), (*hashes, *[none] * 5), strict=False))  # noqa: E731
    days = {
        3: [row("a", orders=2) | sketch(7, 9), row("b", orders=1) | sketch(1)],
        2: [row("a", orders=2) | sketch(7, 8), row("b", orders=9) | sketch(2, 3, 4, 5, 6)],
        400: [row("a", orders=1) | sketch(1)],
        1: [row("a", orders=1)],
        0: [row("c", orders=3) | sketch()],
    }
    got = counts_of(days, subjects("a", "b", "c"))["buyers"]
    assert got.to_dict() == {"a": 3, "b": 5, "c": 0}


def test_anchors_are_summed_over_stores() -> None:
    days = {
        1: [
            row("h", "anchor", "s1", orders=2, b1=1),
            row("h", "anchor", "s2", orders=3, b1=2),
            row("h", orders=7, b1=3),
        ]
    }
    got = counts_of(days, subjects("h", kind="anchor"), "anchor").loc["h"]
    assert (got["orders_counted"], got["buyers"]) == (5, 2)


def test_every_subject_appears_once_whoever_names_it() -> None:
    table = pd.concat([subjects("b", "a"), subjects("b", category="late"), subjects("n", category=None)])
    got = counts_of({1: [row("z", orders=1), row("a", orders=1)]}, table)
    assert got.index.tolist() == ["a", "b", "n", "z"]
    assert got["category"].to_dict() == {"a": "tea", "b": "tea", "n": "", "z": ""}


def test_reported_days_rate_a_subject_without_orders() -> None:
    told = {
        ago: [row("r", orders=10, late_dispatch_n=1, late_dispatch_d=10, quality_return_n=2, quality_return_d=10)]
        for ago in range(1, 11)
    }
    got = counts_of({1: [row("a", orders=4)]}, subjects("a", "r"), reported=told)
    assert got.loc["r", ["basis", "orders_counted", "buyers"]].tolist() == ["aggregated", 100, 5]
    assert got.loc["r", "confirmed_defects"] == round(100 * (1 - 0.9 * 0.8))
    assert got.loc["a", "basis"] == "orders"


def test_orders_missing_from_a_report_are_its_largest_order_denominator() -> None:
    told = {
        1: [row("r", late_dispatch_d=40, late_dispatch_n=1, slow_reply_d=500, slow_reply_n=3, defect_n=2, defect_d=50)]
    }
    got = counts_of({}, subjects("r"), reported=told).loc["r"]
    assert (got["orders_counted"], got["confirmed_defects"]) == (50, 2)


def test_what_was_counted_wins_over_what_was_reported() -> None:
    counted = {1: [row("a", orders=10, defect_n=1, defect_d=10, late_dispatch_n=1, late_dispatch_d=10)]}
    told = {1: [row("a", orders=90, late_dispatch_n=80, late_dispatch_d=90, slow_reply_n=5, slow_reply_d=10)]}
    frames = {
        "counters": {LAST_DAY - timedelta(days=1): pd.DataFrame(counted[1])},
        "reported": {LAST_DAY - timedelta(days=1): pd.DataFrame(told[1])},
    }
    both = tonight(archive(frames), Roster(subjects("a")), LAST_DAY)["store"]
    alone = tonight(archive({"counters": frames["counters"]}), Roster(subjects("a")), LAST_DAY)["store"]
    same = [name for name in both.features if not name.startswith("slow_reply") and not name.startswith("incident")]
    pd.testing.assert_frame_equal(both.features[same], alone.features[same])
    assert both.features["slow_reply_30"].iloc[0] > alone.features["slow_reply_30"].iloc[0]
    assert both.counts["orders_counted"].iloc[0] == 10


def test_reported_days_give_outcomes_too() -> None:
    told = {
        LAST_DAY - timedelta(days=ago): pd.DataFrame([row("r", orders=10, quality_return_n=1, quality_return_d=10)])
        for ago in range(200)
    }
    panel = panels(archive({"reported": told}), Roster(subjects("r")), LAST_DAY)["store"]
    assert len(panel.outcomes) == 8
    first = panel.outcomes.iloc[0]
    names = ["orders", "defect", "defect_product", "defect_logistics", "problem"]
    assert first[names].round(9).tolist() == [140, 14, 14, 0, 14]


def test_no_feature_is_missing_even_for_nobody() -> None:
    empty = tonight(Archive({}), Roster(subjects("a")), LAST_DAY)
    assert list(empty["store"].features.columns) == [feature.name for feature in catalogue("store")]
    assert np.isfinite(empty["store"].features.to_numpy()).all()
    assert len(empty["anchor"].features) == 0


def test_directions_come_from_the_catalogue() -> None:
    free = {feature.name for feature in catalogue("store") if feature.direction == 0}
    assert free == {"log_orders", "log_orders_30", "log_age", "dispatch_promise", "delivery_promise"}
    assert {f.metric for f in catalogue("anchor") if f.metric} == {m.key for m in metrics("anchor")}
