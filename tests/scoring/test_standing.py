"""What the night stores per subject is small, comes back to the bit, and is refused when it is not ours."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from scoring.explain import peers, standing
from scoring.explain.stores import TOP, StoreSplit
from scoring.features import HALF_LIVES, rates
from scoring.metrics import BY_KEY
from scoring.windows import tonight
from tests.scoring.explained import Night, night
from tests.scoring.toy_market import LAST_DAY, archive, toy


@pytest.fixture(params=["store", "anchor"])
def either(request: pytest.FixtureRequest) -> Night:
    return night(request.param)


def test_every_subject_of_the_night_comes_back_with_the_very_features_it_was_scored_with(either: Night) -> None:
    assert either.standings["subject_id"].tolist() == either.part.counts["subject_id"].tolist()
    for at in range(len(either.standings)):
        again = either.standing(at).features().to_numpy()[0]
        assert (again == either.part.features.to_numpy()[at]).all()


def test_sums_and_age_come_back_to_the_bit() -> None:
    part = night().part
    for at in (0, 17, 250):
        found = night().standing(at)
        used = list(standing.columns("store"))
        for row, half_life in enumerate(HALF_LIVES):
            assert (found.own[row, used] == part.sums[half_life][at, used]).all()
        assert found.age == part.age[at]


def test_a_standing_takes_little_room() -> None:
    assert night().standings["standing"].map(len).max() < 800


@pytest.mark.parametrize("bad", [b"", b"abc", b"abcdefgh"])
def test_bytes_that_are_not_ours_are_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match="standing"):
        standing.unpack("store", "", bad, night().figures("category 0")["totals"])


def test_a_cut_standing_and_another_kinds_are_refused() -> None:
    whole, totals = night().standings["standing"][0], night().figures("category 0")["totals"]
    with pytest.raises(ValueError, match="not a standing"):
        standing.unpack("store", "", whole[:40], totals)
    with pytest.raises(ValueError, match="another catalogue"):
        standing.unpack("anchor", "", whole, totals)


def test_medians_are_those_of_the_rated_subjects_of_the_category() -> None:
    made = night()
    counts = made.part.counts
    mine = (counts["category"] == "category 1") & (counts["orders_counted"] >= 30) & (counts["buyers"] >= 5)
    figures = made.figures("category 1")
    assert (figures["of"], figures["subjects"]) == ("category", int(mine.sum()))
    shrunk = [
        float(rates(made.part.sums[120][[at]], made.part.yardsticks.market[120][[at]],
                    made.part.yardsticks.category[120][[at]], BY_KEY["late_dispatch"])[2][0])
        for at in np.flatnonzero(mine)
    ]  # fmt: skip
    assert figures["medians"]["late_dispatch"] == pytest.approx(float(np.median(shrunk)))


def test_a_small_category_is_compared_with_its_whole_kind() -> None:
    values = pd.DataFrame({"late_dispatch": np.arange(100) / 100.0})
    categories = pd.Series(["large"] * 60 + ["small"] * 15 + ["large"] * 25)
    rated = np.arange(100) < 90
    found = peers.medians(values, categories, rated)
    assert set(found["categories"]) == {"large"}
    assert found["categories"]["large"]["medians"]["late_dispatch"] == np.median(
        values[rated & (categories == "large")]
    )
    assert found["kind"] == {"subjects": 90, "medians": {"late_dispatch": pytest.approx(0.445)}, "quick": {}}


def test_times_have_a_quicker_quarter() -> None:
    made = night()
    counts = made.part.counts
    mine = (counts["category"] == "category 1") & (counts["orders_counted"] >= 30) & (counts["buyers"] >= 5)
    quick = made.figures("category 1")["quick"]
    assert set(quick) == {"dispatch_time", "refund_time"}
    slower = peers.usual(made.part)["dispatch_time"][mine] > quick["dispatch_time"]
    assert slower.mean() == pytest.approx(0.75, abs=0.02)


def test_a_night_without_rated_subjects_has_no_medians_and_still_all_totals() -> None:
    market = toy(stores=3, days=40, orders=0.05)
    part = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    frame = peers.peers_frame(part)
    assert len(frame) == 3
    figures = json.loads(frame["figures"][0])
    assert (figures["of"], figures["medians"]) == ("kind", {})
    assert len(peers.peers_frame(tonight(market.archive(), market.roster(), LAST_DAY)["anchor"])) == 0


def _anchors(days: int, stores: int) -> tuple[dict, pd.DataFrame]:
    random = np.random.default_rng(5)
    tables = {}
    for back in range(days):
        rows = [
            {"kind": "anchor", "subject_id": f"a{a}", "via": f"s{s:02d}", "orders": int(random.integers(0, 9)),
             "defect_n": int(random.integers(0, 2)), "defect_d": 9}
            for a in range(3) for s in range(stores) if random.random() < 0.5
        ]  # fmt: skip
        rows.append({"kind": "store", "subject_id": "s01", "via": "", "orders": 5, "defect_n": 1, "defect_d": 5})
        tables[LAST_DAY - timedelta(days=back)] = pd.DataFrame(rows)
    return {"counters": tables}, pd.concat(tables.values(), keys=tables.keys(), names=["day"]).reset_index("day")


def test_an_anchors_split_by_store_adds_up_to_what_is_published() -> None:
    frames, _ = _anchors(400, 6)
    split = StoreSplit(LAST_DAY)
    subjects = pd.DataFrame({"kind": ["anchor"], "subject_id": ["a0"], "category": [None], "opened_on": [None]})
    from scoring.roster import Roster

    counts = tonight(split.tap(archive(frames)), Roster(subjects), LAST_DAY)["anchor"].counts.set_index("subject_id")
    found = split.frame().groupby("anchor_id")[["orders", "defects"]].sum()
    assert found["orders"].tolist() == counts["orders_counted"].tolist()
    assert found["defects"].tolist() == counts["confirmed_defects"].tolist()


def test_the_split_is_the_top_twenty_of_the_last_year_counted_once_however_often_it_is_read() -> None:
    frames, every = _anchors(380, 30)
    split = StoreSplit(LAST_DAY)
    tapped = split.tap(archive(frames))
    for _ in range(2):
        for day in tapped.days(["counters"]):
            tapped.loaders["counters"][day]()
    recent = every[(every["kind"] == "anchor") & (every["day"] > LAST_DAY - timedelta(days=365))]
    expected = recent.groupby(["subject_id", "via"])["orders"].sum()
    found = split.frame()
    assert found.groupby("anchor_id").size().tolist() == [TOP] * 3
    for anchor, rows in found.groupby("anchor_id"):
        best = expected[anchor].sort_values(ascending=False)
        assert rows["orders"].tolist() == best.head(TOP).tolist()
        assert all(
            expected[anchor, store] == orders for store, orders in zip(rows["store_id"], rows["orders"], strict=True)
        )


def test_nobody_sold_live_means_an_empty_split() -> None:
    frames, _ = _anchors(2, 3)
    only = {"counters": {day: table[table["kind"] == "store"] for day, table in frames["counters"].items()}}
    split = StoreSplit(LAST_DAY)
    for load in split.tap(archive(only)).loaders["counters"].values():
        load()
    assert split.frame().empty
    assert list(StoreSplit(LAST_DAY).frame().columns) == ["anchor_id", "store_id", "orders", "defects"]
