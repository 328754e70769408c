"""The fast evaluation against the slow one, on random markets and random rules."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from scoring.policy import Policy, Rule
from scoring.policy.evaluate import evaluate, flags
from scoring.policy.night import walk
from scoring.policy.rules import Condition, Group, Leaf, OfCategory, needs
from scoring.policy.vocabulary import MEASURES, WINDOWS
from scoring.roster import Roster
from tests.scoring.policy_oracle import LAST, METRICS, Small, flagged, reading, small_market
from tests.scoring.toy_market import archive

_BOUNDS = {
    "share": (0.0, 0.05, 0.1, 0.3, 0.6),
    "rate": (0.1, 0.5, 1.2),
    "minutes": (60.0, 200.0),
    "counter": (1.0, 30.0),
}


@cache
def market(seed: int) -> Small:
    return small_market(seed)


def leaf(rng: random.Random, scope: str) -> Leaf:
    known = [MEASURES[key] for key in (*METRICS, "orders", "grave") if scope in MEASURES[key].scopes]
    measure = rng.choice(known)
    read = rng.choice(measure.reads)
    than: float | OfCategory = rng.choice(_BOUNDS[measure.shape])
    if read in ("count", "buyers"):
        than = float(rng.choice([1, 2, 5, 20]))
    elif rng.random() < 0.4:
        than = OfCategory(rng.choice([None, 0.5, 0.9, 0.95]), rng.choice([1.0, 1.5, 3.0]))
    return Leaf(measure.key, rng.choice(WINDOWS), read, rng.choice([">=", ">", ">=", ">", "<=", "<"]), than)


def condition(rng: random.Random, scope: str, depth: int = 1) -> Condition:
    if depth == 3 or (depth > 1 and rng.random() < 0.6):
        return leaf(rng, scope)
    parts = tuple(condition(rng, scope, depth + 1) for _ in range(rng.randint(1, 3)))
    return Group(rng.choice(["all", "any"]), parts)


def rule(rng: random.Random, number: int) -> Rule:
    scope = rng.choice(["store", "anchor"])
    when = condition(rng, scope)
    assert isinstance(when, Group)
    return Rule(f"r{number}", scope, "low", when, "notice", False, 7, rng.random() < 0.3, {})  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(4))
def test_every_rule_flags_whom_plain_python_flags(seed: int) -> None:
    rng = random.Random(seed)
    policy = Policy("random", {}, tuple(rule(rng, number) for number in range(25)))
    small, nights = market(seed % 2), [LAST - timedelta(days=50), LAST]
    hits = 0
    for night in walk(archive(small.frames), Roster(small.subjects), needs(policy), nights):
        for found in evaluate(policy, night):
            who = {(flag.kind, flag.subject_id) for flag in flags(night, [found])}
            assert who == flagged(small, found.rule, night.day), found.rule
            hits += len(who)
    assert hits > 100  # the rules say something


def test_a_flag_tells_the_readings_that_fired_and_no_others() -> None:
    small = market(0)
    sure, never = Leaf("late_dispatch", 30, "count", ">=", 5.0), Leaf("quality_return", 30, "count", ">=", 1e9)
    when = Group("any", (Group("all", (sure, never)), Group("all", (sure, Leaf("orders", 7, "count", ">=", 0.0)))))
    policy = Policy("p", {}, (Rule("r", "store", "low", when, "notice", False, 7, False, {}),))
    night = next(walk(archive(small.frames), Roster(small.subjects), needs(policy), [LAST]))
    told = list(flags(night, evaluate(policy, night)))
    assert told
    for flag in told:
        assert [(r.metric, r.window) for r in flag.readings] == [("late_dispatch", 30), ("orders", 7)]
        assert flag.readings[0].value == reading(small, sure, (flag.kind, flag.subject_id), LAST)
        assert flag.readings[0].n == flag.readings[0].value
    assert [flag.subject_id for flag in told] == sorted(flag.subject_id for flag in told)


def test_neither_the_order_of_rows_nor_of_subjects_matters() -> None:
    small, rng = market(1), random.Random(5)
    policy = Policy("random", {}, tuple(rule(rng, number) for number in range(20)))
    shuffled = {
        family: {day: frame.sample(frac=1, random_state=at) for at, (day, frame) in enumerate(days.items())}
        for family, days in small.frames.items()
    }
    backwards = small.subjects.iloc[::-1].reset_index(drop=True)
    told = []
    for frames, subjects in ((small.frames, small.subjects), (shuffled, backwards), (shuffled, small.subjects[:10])):
        night = next(walk(archive(frames), Roster(subjects), needs(policy), [LAST]))
        told.append({(f.kind, f.subject_id, f.rule, f.orders) for f in flags(night, evaluate(policy, night))})
    assert told[0] == told[1]
    assert told[0]
    plain = [r.id for r in policy.rules if not any(isinstance(part.than, OfCategory) for part in r.leaves())]
    kept = {flag for flag in told[0] if flag[2] in plain}  # the third knows no categories: yardsticks may differ
    assert kept == {flag for flag in told[2] if flag[2] in plain}


def test_an_empty_market_flags_nobody() -> None:
    policy = Policy("p", {}, (rule(random.Random(1), 0), rule(random.Random(2), 1)))
    night = next(walk(archive({}), Roster(market(0).subjects[:0]), needs(policy), [LAST]))
    assert [len(found.rows) for found in evaluate(policy, night)] == [0, 0]
    assert np.array_equal(night.orders, np.zeros(0))
