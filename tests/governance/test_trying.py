"""Policies on published nights: the right files, the right stars, and plain words where something is missing."""

from __future__ import annotations

import random
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reputation.governance.trying import (
    Past,
    TrialError,
    latest_night,
    nights_known,
    policy_backtest,
    policy_touch,
    stars_shown,
)
from reputation.ratings.models import Publication
from scoring.policy import Policy, policy_read
from scoring.policy.evaluate import evaluate, flags
from scoring.roster import Roster
from tests.governance.world import LOW_STAR, flagged_slowly, market, policy, publish, rate, rule
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db


def read(*rules: str) -> Policy:
    found = policy_read(policy(*rules)).policy
    assert found is not None
    return found


def test_it_flags_on_the_latest_night_whom_its_files_speak_against() -> None:
    publish(nights=1)
    tried = read(rule())
    night = latest_night(tried)
    assert night is not None
    assert {flag.subject_id for flag in flags(night, evaluate(tried, night))} == flagged_slowly(0.05) != set()


def test_a_backtest_goes_over_the_nights_that_were_asked_for() -> None:
    days = publish(nights=5)
    report = policy_backtest(read(rule()), None, days[1], days[3])
    assert report["nights"] == [str(days[1]), str(days[3]), 3]
    for line, day in zip(report["by_night"], days[1:4], strict=True):
        assert line["flagged"] == len(flagged_slowly(0.05, day))


def test_flags_of_long_ago_are_followed_by_the_outcomes_at_hand() -> None:
    publish(nights=1, last=LAST_DAY - timedelta(days=100))
    publish(nights=1)
    report = policy_backtest(read(rule(metric="incident", than="0.1")), None, LAST_DAY - timedelta(days=100), None)
    assert report["judged_nights"] == [str(LAST_DAY - timedelta(days=100))]
    assert report["all"]["precision"]["judged"] > 0


def test_whom_a_change_touches_is_who_gets_another_sanction() -> None:
    publish(nights=1)
    draft, live = read(rule(than="0.04"), rule("b", than="0.06", action="warning")), read(rule(than="0.05"))
    touch = policy_touch(draft, live)
    assert touch is not None
    assert touch.touched == len((flagged_slowly(0.04) - flagged_slowly(0.05)) | flagged_slowly(0.06))
    same = policy_touch(live, live)
    assert same is not None
    assert (same.touched, same.many) == (0, False)
    assert touch.selling == 60


def test_stars_are_those_of_the_last_revision() -> None:
    publish(nights=4)
    for back in range(3, -1, -1):
        night = LAST_DAY - timedelta(days=back)
        rate("s00001", night, 2.4)
        rate("s00002", night, 2.4)
        rate("s00003", night, 4.4)
    rate("s00002", LAST_DAY - timedelta(days=1), 2.5, revision=1)  # a repair
    rate("s00003", LAST_DAY, None, revision=1)
    assert dict(stars_shown(LAST_DAY)[["subject_id", "stars"]].to_numpy()) == {"s00001": 2.4, "s00002": 2.4}
    tried = read(LOW_STAR)
    night = latest_night(tried)
    assert night is not None
    (flag,) = flags(night, evaluate(tried, night))
    assert (flag.subject_id, flag.readings[0].value) == ("s00001", 4.0)
    report = policy_backtest(tried, None)
    assert [line["flagged"] for line in report["by_night"]] == [0, 0, 1, 1]


def test_the_default_policy_runs_on_a_night() -> None:
    publish(nights=2)
    path = Path(__file__).resolve().parents[2] / "policies" / "default.yaml"
    default = policy_read(path.read_bytes()).policy
    assert default is not None
    report = policy_backtest(default, None)
    assert set(report["rules"]) == {one.id for one in default.rules}


def test_what_is_missing_is_named(var: Path) -> None:
    assert policy_touch(read(rule()), None) is None
    with pytest.raises(TrialError, match="no night is published yet"):
        policy_backtest(read(rule()), None)
    publish(nights=2)
    with pytest.raises(TrialError, match="there are some from 2026-06-29 to 2026-06-30"):
        nights_known(LAST_DAY + timedelta(days=5), LAST_DAY + timedelta(days=9))
    digest = Publication.objects.get(night=LAST_DAY).manifest["counters"][str(LAST_DAY)]
    (var / "days" / f"{digest}.parquet").unlink()
    with pytest.raises(TrialError, match=rf"manifest.counters.{LAST_DAY}: no file {digest}"):
        latest_night(read(rule()))


def test_a_retracted_subject_is_neither_flagged_nor_compared_with(var: Path) -> None:
    publish(nights=1)
    gone = sorted(flagged_slowly(0.05))[0]
    path = var / "subjects" / "known.parquet"
    known = pd.read_parquet(path)
    known.assign(retracted=known["subject_id"] == gone).to_parquet(path)
    tried = read(rule())
    night = latest_night(tried)
    assert night is not None
    assert {flag.subject_id for flag in flags(night, evaluate(tried, night))} == flagged_slowly(0.05) - {gone}
    others = night.groups[night.ids.index(gone)] == night.groups
    assert others.sum() == 1


def test_of_one_night_alone_the_same_stars_are_known_from_fewer_rows() -> None:
    """Past reads only what became of tonight's low stars, and the nights that tonight is compared with."""
    rng = random.Random(3)
    nights = publish(nights=100)
    subjects = [f"s{number:05d}" for number in range(12)]
    for night in nights:
        for number, subject in enumerate(subjects):
            if rng.random() < 0.9:
                rate(subject, night, round(rng.uniform(1.0, 2.6) if number % 2 else rng.uniform(2.3, 4.9), 1))
    assert latest_night(read(rule())) is not None
    alone, along = (Past(Roster(market().subjects), wanted).at(nights[-1]) for wanted in (nights[-1:], nights[-2:]))
    assert np.array_equal(alone.now, along.now, equal_nan=True)
    assert np.nanmax(alone.low_days) > 1
    assert np.array_equal(alone.low_days, along.low_days, equal_nan=True)
    for window, moved in along.change.items():
        assert np.array_equal(alone.change[window], moved, equal_nan=True)
        assert not np.isnan(moved).all()
