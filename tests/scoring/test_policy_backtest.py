"""A policy tried on the past: whom it flags and what followed, against plain Python, and on a market of known truth."""

from __future__ import annotations

import json
import math
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.metrics import OUTCOMES
from scoring.policy import Policy, Rule
from scoring.policy.backtest import JUDGED_EVERY, LEAST_FOLLOWED, backtest, controls
from scoring.policy.night import walk
from scoring.policy.report import text
from scoring.policy.rules import Group, Leaf, OfCategory, needs
from scoring.roster import Roster
from tests.scoring.toy_market import LAST_DAY, Toy, archive, toy

NIGHTS = [LAST_DAY - timedelta(days=back) for back in range(39, -1, -1)]


def rule(name: str, *leaves: Leaf, action: str = "notice") -> Rule:
    return Rule(name, "store", "low", Group("all", leaves), action, False, 7, False, {})


BAD = rule("bad", Leaf("incident", 60, "low", ">=", OfCategory(0.9, 1.0)))
LATE = rule("late", Leaf("late_dispatch", 30, "low", ">=", 0.06), Leaf("orders", 30, "count", ">=", 30.0))
POLICY = Policy("draft", {}, (BAD, LATE))
LIVE = Policy("live", {}, (LATE,))


@cache
def market() -> Toy:
    """Outcomes go on for 40 days after the last night: what a later archive knows."""
    made = toy(stores=120, days=200, seed=5, orders=3.0, spread=1.0, last_day=LAST_DAY + timedelta(days=40))
    made.frames["counters"] = {day: frame for day, frame in made.frames["counters"].items() if day <= LAST_DAY}
    return made


@cache
def report() -> dict[str, Any]:
    made = market()
    roster = made.roster()
    test = backtest(POLICY, walk(made.archive(), roster, needs(POLICY, LIVE), NIGHTS), LIVE)
    return test.report(made.archive(), roster, LAST_DAY + timedelta(days=25))


@cache
def flagged(night: date, name: str) -> frozenset[str]:
    """From a walk to that night alone; that this is right, test_policy_oracle says."""
    from scoring.policy.evaluate import evaluate, flags

    only = next(walk(market().archive(), market().roster(), needs(POLICY), [night]))
    return frozenset(flag.subject_id for flag in flags(only, evaluate(POLICY, only)) if name in ("", flag.rule))


def followed(subject: str, night: date) -> tuple[float, float]:
    """Orders and defects of the 30 days after."""
    orders = defects = 0.0
    for ahead in range(1, 31):
        row = _outcomes(night + timedelta(days=ahead)).get(subject, (0, 0))
        orders, defects = orders + row[0], defects + row[1]
    return orders, defects


@cache
def _outcomes(day: date) -> dict[str, tuple[int, int]]:
    frame = market().frames["outcomes"][day]
    return {s: (o, d) for s, o, d in zip(frame["subject_id"], frame["orders"], frame["defect"], strict=True)}


def proved(subject: str, night: date) -> bool | None:
    categories = dict(zip(market().subjects["subject_id"], market().subjects["category"], strict=True))
    rest = [followed(s, night) for s, c in categories.items() if c == categories[subject] and s != subject]
    orders, defects = followed(subject, night)
    if orders < LEAST_FOLLOWED:
        return None
    return defects > 0 and defects / orders >= 2 * sum(d for _, d in rest) / sum(o for o, _ in rest) - 1e-12


@pytest.mark.parametrize("name", ["", "bad", "late"])
def test_every_spell_is_followed_once_and_judged_as_plain_python_judges_it(name: str) -> None:
    judged = [night for night in NIGHTS[::JUDGED_EVERY] if night + timedelta(days=30) <= LAST_DAY + timedelta(days=25)]
    assert report()["judged_nights"] == [str(night) for night in judged]
    verdicts, before = [], frozenset()
    for night in judged:
        verdicts += [proved(subject, night) for subject in sorted(flagged(night, name) - before)]
        before = flagged(night, name)
    told = report()["rules"][name] if name else report()["all"]
    assert told["spells_followed"] == len(verdicts) > 5
    known = [verdict for verdict in verdicts if verdict is not None]
    assert told["precision"] == {
        "judged": len(known),
        "harmful": sum(known),
        "share": round(sum(known) / len(known), 4),
    }


def test_counts_per_night_are_those_of_each_night_alone() -> None:
    some = {night: flagged(night, "") for night in NIGHTS[-6:]}
    lines = {line["night"]: line for line in report()["by_night"]}
    for night, before in zip(NIGHTS[-5:], NIGHTS[-6:-1], strict=True):
        line, last = lines[str(night)], lines[str(before)]
        assert line["flagged"] == len(some[night])
        assert line["new_so_far"] - last["new_so_far"] == len(some[night] - some[before])
        assert line["gone_so_far"] - last["gone_so_far"] == len(some[before] - some[night])
        late = flagged(night, "late")
        assert (line["only_draft"], line["only_live"]) == (len(some[night] - late), 0)
    assert report()["all"]["last_night"] == len(some[NIGHTS[-1]])


def test_reach_is_the_orders_of_those_flagged() -> None:
    sold = dict.fromkeys(market().subjects["subject_id"], 0)
    for back in range(30):
        frame = market().frames["counters"][LAST_DAY - timedelta(days=back)]
        for subject, orders in zip(frame["subject_id"], frame["orders"], strict=True):
            sold[subject] += orders
    reached = sum(sold[subject] for subject in flagged(LAST_DAY, "bad"))
    told = report()["rules"]["bad"]["reach"]["store"]
    assert told == {"orders": reached, "share": round(reached / sum(sold.values()), 6)}


def test_those_it_flags_go_on_to_harm_and_their_like_do_not() -> None:
    told = report()["rules"]["bad"]
    assert told["precision"]["share"] > 0.5
    assert told["matched"]["share"] < 0.3


def test_against_the_live_policy_it_tells_what_is_new_with_examples_largest_first() -> None:
    told = report()["against_live"]
    new = flagged(LAST_DAY, "") - flagged(LAST_DAY, "late")
    assert told["last_night"]["newly_flagged"] == len(new) > 0
    assert told["no_longer_flagged"] == 0
    orders = [flag["orders"] for flag in told["examples_new"]]
    assert orders == sorted(orders, reverse=True)
    assert {flag["subject_id"] for flag in told["examples_new"]} <= new
    assert all(flag["readings"][0]["value"] >= flag["readings"][0]["than"] for flag in told["examples_new"])


def test_the_other_way_round_what_was_new_is_gone() -> None:
    made, roster = market(), market().roster()
    nights = walk(made.archive(), roster, needs(POLICY, LIVE), NIGHTS[-3:])
    told = backtest(LIVE, nights, POLICY).report(made.archive(), roster, LAST_DAY)["against_live"]
    assert told["last_night"]["no_longer_flagged"] == report()["against_live"]["last_night"]["newly_flagged"]
    assert told["newly_flagged"] == 0
    assert told["examples_gone"]
    assert not told["examples_new"]


def test_without_settled_outcomes_it_says_that_nothing_can_be_judged() -> None:
    made, roster = market(), market().roster()
    test = backtest(POLICY, walk(made.archive(), roster, needs(POLICY), NIGHTS[-3:]))
    told = test.report(made.archive(), roster, LAST_DAY - timedelta(days=60))
    assert told["all"]["precision"] == {"judged": 0, "harmful": 0, "share": None}
    assert told["against_live"] is None
    assert "no night lies far enough back" in text(told)


def test_the_report_is_json_and_the_table_names_every_rule_and_category() -> None:
    told = json.loads(json.dumps(report()))
    table = text(told)
    assert all(name in table for name in ("any rule", "bad", "late", "category 0", "newly flagged: store s"))
    share = told["rules"]["bad"]["precision"]["share"]
    assert f"{100 * share:.0f} %" in table
    assert sum(line["subjects"] for line in told["categories"]) == told["all"]["subjects"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 50), st.booleans()), min_size=1, max_size=40))
def test_a_control_is_the_nearest_in_volume_of_the_same_group(subjects: list[tuple[int, int, bool]]) -> None:
    groups, orders, picked = (np.array(part) for part in zip(*subjects, strict=True))
    found = controls(groups.astype(np.int64), orders.astype(float), picked)
    for row, (group, volume, flagged_) in enumerate(subjects):
        gaps = [abs(math.log1p(o) - math.log1p(volume)) for g, o, p in subjects if g == group and not p]
        if not flagged_ or not gaps:
            assert found[row] == -1
            continue
        assert groups[found[row]] == group
        assert not picked[found[row]]
        assert abs(math.log1p(orders[found[row]]) - math.log1p(volume)) == pytest.approx(min(gaps), abs=1e-9)


def test_subjects_that_come_in_the_middle_are_followed_too() -> None:
    """A subject that no subject table knows has its first day between two nights."""
    late = {"kind": "store", "subject_id": ["new"], "via": "", "orders": [40], "late_dispatch_n": [30],
            "late_dispatch_d": [40]}  # fmt: skip
    day = NIGHTS[20]
    counters = {day: pd.DataFrame(late) for day in NIGHTS[15:25]}
    for extra in counters.values():
        extra[["b1", "b2", "b3", "b4", "b5"]] = np.arange(5, dtype=np.uint32)
    frame = pd.DataFrame({"kind": "store", "subject_id": ["new"], "via": ""} | {key: [20] for key in OUTCOMES})
    files = archive({"counters": counters, "outcomes": {day + timedelta(days=9): frame}})
    roster = Roster(market().subjects[:0])
    told = backtest(LIVE, walk(files, roster, needs(LIVE), NIGHTS)).report(files, roster, LAST_DAY + timedelta(days=40))
    assert told["all"]["subjects"] == 1
    assert told["all"]["spells_followed"] == 1
    assert told["all"]["precision"]["judged"] == 0  # there are no others to have more defects than
