"""The steps from the night before to tonight, against recounts and plain arithmetic; and which nights vouch."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.archive import Archive
from scoring.features import DECAYED, HALF_LIVES
from scoring.metrics import SubjectKind
from scoring.model import StarModel
from scoring.steps import STEPS, Again, Before, Sums, corrected, kept_nights
from scoring.trees import Growth
from scoring.windows import Tonight, panels, tonight
from scoring.work import Night, score
from tests.scoring.toy_market import Toy, archive, toy

Frames = dict[date, pd.DataFrame]
BEFORE = date(2026, 6, 30)
DAYS = 5
AS_OF = BEFORE + timedelta(days=DAYS)
AT = {name: position for position, name in enumerate(DECAYED)}
EMPTY = archive({"counters": {}})


@cache
def market() -> Toy:
    return toy(stores=120, days=190, orders=2.0, seed=5, last_day=BEFORE)


@cache
def models() -> dict[SubjectKind, StarModel]:
    learnt = panels(market().archive(), market().roster(), BEFORE)
    fitted: dict[SubjectKind, StarModel] = {
        kind: StarModel(kind, growth=Growth(rounds=15)).fit(learnt[kind]) for kind in ("store", "anchor")
    }
    assert fitted["store"].boosters_["defect"]  # steps by trees, else there is little to telescope
    return fitted


def counters(extra: Frames | None = None) -> Archive:
    return archive({"counters": market().frames["counters"] | (extra or {})})


def again(found: Archive, as_of: date = AS_OF) -> Again:
    return Again(tonight(found, market().roster(), as_of, [BEFORE])["store"])


def nothing(part: Tonight) -> Sums:
    return {h: np.zeros((len(part.counts), len(DECAYED))) for h in HALF_LIVES}


def before(was: Archive = EMPTY, now: Archive = EMPTY) -> Before:
    return Before(BEFORE, models(), was, now)


def new_day(changes: dict[str, dict[str, int]]) -> Frames:
    """A day after the night before: subject -> counters; the rest of its counters are nothing."""
    columns = market().frames["counters"][BEFORE].columns
    rows = [{"kind": "store", "subject_id": who, "via": "", **told} for who, told in changes.items()]
    return {BEFORE + timedelta(days=2): pd.DataFrame(rows).reindex(columns=columns, fill_value=0).fillna(0)}


def test_witnesses_are_one_a_week_for_nine_weeks_and_one_in_four_weeks_for_twenty() -> None:
    as_of = date.fromordinal(28 * 26_400 + 10)
    every_night = [as_of - timedelta(days=age) for age in range(-3, 400)]
    ages = [(as_of - night).days for night in kept_nights(every_night, as_of)]
    assert ages == [122, 94, 66, 59, 52, 45, 38, 31, 24, 17, 10, 3]


@given(st.sets(st.integers(1, 300)), st.integers(0, 40))
def test_a_night_that_once_vouches_no_more_never_does_again_and_no_night_decides_about_another(
    ages: set[int], later: int
) -> None:
    as_of = date(2026, 7, 5)
    nights = [as_of - timedelta(days=age) for age in ages]
    kept = kept_nights(nights, as_of)
    assert kept == sorted(night for night in nights if kept_nights([night], as_of))
    assert set(kept_nights(nights, as_of + timedelta(days=later))) <= set(kept)


def test_without_new_evidence_the_steps_are_what_ageing_alone_gives() -> None:
    found = again(counters())
    steps = found.steps(nothing(found.part), before(), AS_OF)
    then = tonight(counters(), market().roster(), BEFORE)["store"]
    rows = found.rows
    assert rows.sum() > 40
    assert steps["step_corrected"][rows].to_numpy() == pytest.approx(models()["store"].score(then.features)[rows])
    assert (
        np.abs(steps["step_evidence"] - steps["step_aged"])[rows].max() < 0.02
    )  # a bin's edge may be crossed by rounding
    assert steps["step_peers"][rows].to_numpy() == pytest.approx(models()["store"].score(found.part.features)[rows])
    assert not steps["symptom"].any()
    assert (steps["step_aged"] != steps["step_corrected"])[rows].any()


def test_older_by_five_days_is_the_same_evidence_five_days_earlier() -> None:
    """The step `aged` against a market whose every day lies five days further back."""
    shift = timedelta(days=DAYS)
    earlier = archive({"counters": {day - shift: frame for day, frame in market().frames["counters"].items()}})
    part = tonight(earlier, market().roster(), BEFORE)["store"]
    found = again(counters())
    for half_life in HALF_LIVES:
        aged = found.part.earlier[BEFORE][half_life] * 0.5 ** (DAYS / half_life)
        assert aged == pytest.approx(part.sums[half_life], abs=1e-3)
        assert found.part.sums[half_life] == pytest.approx(part.sums[half_life], abs=1e-3)


def edited(change: Callable[[pd.DataFrame], pd.DataFrame], *back: int) -> tuple[Frames, Frames]:
    """Some days so many before the night as they were, and as they are now."""
    days = [BEFORE - timedelta(days=n) for n in back]
    was = {day: market().frames["counters"][day] for day in days}
    return was, {day: change(frame.copy()) for day, frame in was.items()}


def raised(frame: pd.DataFrame) -> pd.DataFrame:
    frame["complaint_product_n"] += 1
    frame["incident_n"] += 1
    return frame.iloc[1:]


def test_what_a_recount_changed_is_the_decayed_difference_of_the_days() -> None:
    was, now = edited(raised, 0, 3, 40)
    roster = market().roster()
    found = corrected(roster, before(archive({"counters": was}), archive({"counters": now})))
    for half_life in HALF_LIVES:
        for counter in ("orders", "complaint_product_n", "incident_n", "dispatch_time_n"):
            expected = dict.fromkeys(roster.ids, 0.0)
            for sign, frames in ((1, now), (-1, was)):
                for day, frame in frames.items():
                    weight = 0.5 ** ((BEFORE - day).days / half_life)
                    for who, value in zip(frame["subject_id"], frame[counter], strict=True):
                        expected[who] += sign * weight * value
            assert found[half_life][:, AT[counter]] == pytest.approx(list(expected.values()), abs=1e-3)


def test_a_recount_moves_the_first_step_and_no_other() -> None:
    """What is counted anew is known to the step `corrected`; the night before is seen without it."""
    was, now = edited(raised, 0, 3, 40)
    part = again(counters(now))
    fixed = corrected(market().roster(), before(archive({"counters": was}), archive({"counters": now})))
    rows = market().roster().of_kind("store")
    steps = part.steps({h: sums[rows] for h, sums in fixed.items()}, before(), AS_OF)
    plain = again(counters()).steps(nothing(part.part), before(), AS_OF)
    assert (steps["step_corrected"] > plain["step_corrected"])[part.rows].mean() > 0.2
    assert np.abs(steps["step_evidence"] - steps["step_aged"])[part.rows].max() < 0.02


@pytest.mark.parametrize(
    ("told", "bad"),
    [
        ({"orders": 3, "late_dispatch_d": 3}, False),
        ({"orders": 3, "late_dispatch_d": 3, "late_dispatch_n": 1}, True),
        ({"orders": 1, "incident_n": 1, "incident_d": 1}, True),
        ({"orders": 2, "dispatch_time_d": 2, "dispatch_time_n": 90_000}, False),
        ({"orders": 2, "problem_d": 2, "problem_n": 1}, False),
    ],
)
def test_a_symptom_is_new_where_a_numerator_rose_and_nowhere_else(told: dict[str, int], bad: bool) -> None:
    found = again(counters(new_day({"s00007": told, "s00008": {"orders": 4}})))
    symptom = found.steps(nothing(found.part), before(), AS_OF)["symptom"]
    assert found.part.counts["subject_id"][symptom].tolist() == (["s00007"] if bad else [])


def one_more(frame: pd.DataFrame) -> pd.DataFrame:
    frame.loc[frame.index[:9], "incident_n"] += 1
    return frame


def test_a_recount_that_finds_an_incident_is_a_symptom_and_one_that_takes_it_back_is_none() -> None:
    roster = market().roster()
    rows, (was, now) = roster.of_kind("store"), edited(one_more, 3)
    struck = set(now[BEFORE - timedelta(days=3)]["subject_id"].iloc[:9])
    for old, new, expected in ((was, now, struck), (now, was, set())):
        found = again(counters(new))
        fixed = corrected(roster, before(archive({"counters": old}), archive({"counters": new})))
        symptom = found.steps({h: sums[rows] for h, sums in fixed.items()}, before(), AS_OF)["symptom"]
        assert set(found.part.counts["subject_id"][symptom]) == expected


def test_a_recount_of_others_moves_nobody_before_tonights_peers() -> None:
    """The yardsticks of the first steps are those that the night before had, whatever was found out since."""
    roster = market().roster()
    rows, (was, now) = roster.of_kind("store"), edited(one_more, *range(30))
    found = again(counters(now))
    fixed = corrected(roster, before(archive({"counters": was}), archive({"counters": now})))
    steps = found.steps({h: sums[rows] for h, sums in fixed.items()}, before(), AS_OF)
    alone = found.rows & (fixed[365][rows][:, AT["incident_n"]] == 0)
    assert alone.sum() > 20
    then = models()["store"].score(tonight(counters(), roster, BEFORE)["store"].features)
    assert steps["step_corrected"][alone].to_numpy() == pytest.approx(then[alone], abs=1e-6)
    assert np.abs(steps["step_peers"] - steps["step_evidence"])[alone].max() > 0.05


def test_who_has_not_enough_evidence_for_a_star_is_not_scored_again() -> None:
    found = again(counters(new_day({"few": {"orders": 3}})))
    steps = found.steps(nothing(found.part), before(), AS_OF).set_index(found.part.counts["subject_id"])
    columns = [f"step_{name}" for name in STEPS]
    assert steps.loc["few", columns].isna().all()
    enough = (found.part.counts["orders_counted"] >= 30).to_numpy()
    assert (steps[columns].notna().all(axis=1).to_numpy() == enough).all()
    assert (found.vouched(models(), BEFORE, AS_OF).notna().to_numpy() == enough).all()


def test_a_kept_night_says_what_its_model_thinks_of_tonights_evidence() -> None:
    """The night before as a witness says what the step `evidence` says: neither knows tonight's peers."""
    found = again(counters(new_day({"s00007": {"orders": 9, "late_dispatch_d": 9, "late_dispatch_n": 6}})))
    vouched = found.vouched(models(), BEFORE, AS_OF)
    assert vouched.name == f"kept_{DAYS}"
    steps = found.steps(nothing(found.part), before(), AS_OF)
    pd.testing.assert_series_equal(vouched, steps["step_evidence"], check_names=False)


def test_who_is_named_by_files_that_stand_no_longer_changes_nothing(tmp_path: Path) -> None:
    was, now = edited(raised, 3)
    ghost = {day: pd.concat([frame, frame.iloc[:1].assign(subject_id="ghost")]) for day, frame in was.items()}
    tables = []
    for name, old in (("plain", was), ("ghost", ghost)):
        (tmp_path / name).mkdir()
        night = Night(AS_OF, counters(now), market().subjects, tmp_path / name, 1, 1)
        tables.append(score(night, models(), before(archive({"counters": old}), archive({"counters": now}))))
    assert "ghost" not in set(tables[1]["subject_id"])
    pd.testing.assert_frame_equal(*tables)
