"""What moving one threshold does: the curve against the rule itself at that threshold."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from scoring.policy.evaluate import fires
from scoring.policy.impact import Curve, impact
from scoring.policy.night import Night, walk
from scoring.policy.readings import Readings
from scoring.policy.rules import Condition, Group, Leaf, OfCategory, Policy, Rule, needs
from scoring.roster import Roster
from tests.scoring.policy_oracle import LAST, small_market
from tests.scoring.test_policy_oracle import rule
from tests.scoring.toy_market import archive

MARKET = small_market(9, days=120)


def night(*rules: Rule) -> Night:
    return next(walk(archive(MARKET.frames), Roster(MARKET.subjects), needs(Policy("p", {}, rules)), [LAST]))


def moved(condition: Condition, leaf: Leaf, threshold: float) -> Condition:
    if isinstance(condition, Group):
        return replace(condition, parts=tuple(moved(part, leaf, threshold) for part in condition.parts))
    if condition is not leaf:
        return condition
    than = replace(leaf.than, times=threshold) if isinstance(leaf.than, OfCategory) else threshold
    return replace(condition, than=than)


def by_trying(tried: Rule, leaf: Leaf, threshold: float, tonight: Night) -> int:
    when = moved(tried.when, leaf, threshold)
    assert isinstance(when, Group)
    return int(fires(replace(tried, when=when), Readings(tonight)).sum())


@pytest.mark.parametrize("seed", range(25))
def test_the_curve_says_what_trying_every_threshold_would_say(seed: int) -> None:
    rng = random.Random(100 + seed)
    tried = rule(rng, 0)
    tonight = night(tried)
    for leaf, curve in zip(tried.leaves(), impact(tried, tonight), strict=True):
        assert curve.flagged(curve.present) == by_trying(tried, leaf, curve.present, tonight)
        for reading in [*rng.sample(list(curve.readings), min(4, len(curve.readings))), 0.013, 2.0]:
            for threshold in (reading * 0.9, reading * 1.1 + 1e-6):
                if threshold > 0:
                    assert curve.flagged(threshold) == by_trying(tried, leaf, threshold, tonight), (leaf, threshold)


@pytest.mark.parametrize("op", [">=", ">", "<=", "<"])
def test_a_team_gets_no_more_than_it_can_decide_and_no_fewer_than_ties_allow(op: str) -> None:
    random_ = np.random.default_rng(4)
    readings = np.sort(np.round(random_.random(200), 2))
    curve = Curve(Leaf("defect", 30, "low", op, 0.5), 0.5, 3, readings)
    for most in (3, 4, 10, 50, 202, 203, 900):
        threshold = curve.threshold_for(most)
        assert threshold is not None
        flagged = curve.flagged(threshold)
        assert flagged <= most
        looser = [t for t in np.unique(readings) if curve.flagged(float(t)) > flagged]
        assert all(curve.flagged(float(t)) > most for t in looser)
    assert curve.threshold_for(2) is None  # three are flagged wherever it stands


def test_whoever_lies_before_a_person_already_is_not_asked_again() -> None:
    when = Group("all", (Leaf("late_dispatch", 30, "count", ">=", 1.0),))
    tried = Rule("r", "store", "low", when, "notice", False, 7, True, {})
    tonight = night(tried)
    (curve,) = impact(tried, tonight)
    decided = np.zeros(len(tonight), dtype=bool)
    decided[np.flatnonzero(fires(tried, Readings(tonight)))[:4]] = True
    (left,) = impact(tried, tonight, decided)
    assert left.flagged(1.0) == curve.flagged(1.0) - 4
    told = json.loads(json.dumps(curve.as_json()))
    assert told["flagged"] == curve.flagged(1.0)
    falling = [point["flagged"] for point in told["curve"]]
    assert falling == sorted(falling, reverse=True)


def test_where_the_others_have_none_any_number_of_times_is_passed() -> None:
    days = {day: frame.assign(quality_return_n=frame["quality_return_n"].where(frame["subject_id"] == "s003", 0))
            for day, frame in MARKET.frames["counters"].items()}  # fmt: skip
    leaf = Leaf("quality_return", 90, "low", ">=", OfCategory(None, 5.0))
    tried = Rule("r", "store", "low", Group("all", (leaf,)), "notice", False, 7, True, {})
    policy = needs(Policy("p", {}, (tried,)))
    tonight = next(walk(archive({"counters": days}), Roster(MARKET.subjects), policy, [LAST]))
    (curve,) = impact(tried, tonight)
    assert by_trying(tried, leaf, 5.0, tonight) == by_trying(tried, leaf, 1e6, tonight) == 1
    assert curve.flagged(5.0) == curve.flagged(1e6) == 1
    assert curve.threshold_for(0) is None
