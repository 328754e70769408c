"""The walk forward on small markets whose truth is known: what it may read and what it finds."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from scoring.archive import Archive
from scoring.evaluate.contenders import BASE, CONSTANT, FREE, LABELS, MODEL, teach
from scoring.evaluate.moments import gather
from scoring.evaluate.plan import NothingToJudgeError, Plan, plan, possible
from scoring.evaluate.walk import Task, evaluate, steps
from scoring.features import targets
from scoring.formulas import FORMULAS, history
from scoring.windows import HORIZON, LEARNT, MATURE, panels, training_cutoffs
from tests.scoring.evaluate_market import FAST, evaluated_market, evaluated_plan, evaluated_report
from tests.scoring.toy_market import LAST_DAY, Toy, archive, toy


@pytest.fixture
def market() -> Toy:
    return evaluated_market()


@pytest.fixture
def todo() -> Plan:
    return evaluated_plan()


@pytest.fixture
def report() -> dict[str, Any]:
    return evaluated_report()


def test_each_cut_off_is_taught_by_what_the_night_before_would_have_learnt_from(market: Toy, todo: Plan) -> None:
    for cutoff, days in todo.training.items():
        night = cutoff - timedelta(days=1)
        assert list(days) == training_cutoffs(market.archive(), night)
        assert all(day + timedelta(days=LEARNT + MATURE) <= night for day in days)


def test_possible_cut_offs_have_two_training_cut_offs_before_and_ripe_outcomes_after(market: Toy, todo: Plan) -> None:
    earliest, latest = possible(market.archive())
    assert len(training_cutoffs(market.archive(), earliest - timedelta(days=1))) == 2
    assert len(training_cutoffs(market.archive(), earliest - timedelta(days=2))) < 2
    assert latest + timedelta(days=HORIZON - 1 + MATURE) == LAST_DAY
    assert todo.cutoffs[0] == earliest
    assert todo.cutoffs[-1] <= latest


def test_cut_offs_that_are_not_possible_are_left_out_and_named(market: Toy) -> None:
    earliest, latest = possible(market.archive())
    found = plan(market.archive(), earliest - timedelta(days=14), latest + timedelta(days=40), every=14)
    assert found.left_out[0] == earliest - timedelta(days=14)
    assert found.left_out[-1] > latest
    assert found.cutoffs[0] == earliest


def test_asking_only_for_the_impossible_says_which_dates_are_possible(market: Toy) -> None:
    earliest, latest = possible(market.archive())
    with pytest.raises(NothingToJudgeError, match=f"possible are {earliest} to {latest}"):
        plan(market.archive(), latest + timedelta(days=1))
    with pytest.raises(NothingToJudgeError, match="lies after"):
        plan(market.archive(), latest, earliest)
    with pytest.raises(ValueError, match="at least 1 day"):
        plan(market.archive(), every=0)


def test_a_young_market_is_told_how_many_days_it_lacks() -> None:
    young = toy(stores=5, days=150).archive()
    with pytest.raises(NothingToJudgeError, match="no cut-off can be judged yet") as found:
        plan(young)
    lacking = int(re.search(r"(\d+) days too few", str(found.value))[1])  # type: ignore[index]
    enough = toy(stores=5, days=150 + lacking, last_day=LAST_DAY + timedelta(days=lacking)).archive()
    assert len(plan(enough).cutoffs) == 1
    with pytest.raises(NothingToJudgeError, match="no day files yet"):
        plan(Archive({}))


def test_a_training_set_is_exactly_the_nights_panel(market: Toy, todo: Plan) -> None:
    gathered = gather(market.archive(), market.roster(), todo, "store")
    cutoff = todo.cutoffs[-1]
    night = panels(market.archive(), market.roster(), cutoff - timedelta(days=1))["store"]
    for day in todo.training[cutoff]:
        mine, theirs = gathered.learnt[day].panel, night.at(day.toordinal())
        pd.testing.assert_frame_equal(mine.features, theirs.features)
        pd.testing.assert_frame_equal(mine.outcomes, theirs.outcomes)
        assert mine.subjects.tolist() == theirs.subjects.tolist()


def test_formulas_stand_beside_the_subjects_that_they_are_of(market: Toy, todo: Plan) -> None:
    gathered = gather(market.archive(), market.roster(), todo, "store")
    cutoff, roster = todo.cutoffs[0], market.roster()
    past = history(market.archive(), roster, cutoff)
    risk = dict(
        zip([roster.ids[row] for row in roster.of_kind("store")], FORMULAS["dsr_mean"].score(past), strict=True)
    )
    part = gathered.judged[cutoff]
    assert part.formulas["dsr_mean"].tolist() == pytest.approx([risk[subject] for subject in part.panel.subjects])


def test_nothing_after_a_cut_off_reaches_what_is_said_of_it(market: Toy, todo: Plan) -> None:
    """Counters from the cut-off on and outcomes that were not ripe are thrown away: every rating says the same."""
    cutoff = todo.cutoffs[0]
    only = Plan({cutoff: todo.training[cutoff]}, ())
    ripe = cutoff - timedelta(days=1 + MATURE)
    blind = {
        "counters": {day: frame for day, frame in market.frames["counters"].items() if day < cutoff},
        "outcomes": {day: frame for day, frame in market.frames["outcomes"].items() if day <= ripe},
    }
    horizon = {
        day: frame for day, frame in market.frames["outcomes"].items() if cutoff <= day < cutoff + timedelta(HORIZON)
    }
    said = []
    for frames in (market.frames, blind | {"outcomes": blind["outcomes"] | horizon}):
        gathered = gather(archive(frames), market.roster(), only, "store")
        taught = teach("store", [gathered.learnt[day] for day in only.training[cutoff]], ["defect"], FAST)
        moment = gathered.judged[cutoff]
        said.append(
            {key: taught.above(key, "defect", moment.panel.features, moment.formulas).tolist() for key in LABELS}
        )
        said[-1]["level"] = taught.on(moment.panel.market).levels["defect"]
    assert said[0] == said[1]


def test_every_distinct_training_set_is_trained_once(market: Toy) -> None:
    earliest, _ = possible(market.archive())
    every_day = plan(market.archive(), earliest, earliest + timedelta(days=5), every=1)
    lines: list[str] = []
    task = Task(every_day, targets=("defect",), growth=FAST)
    found = evaluate(market.archive(), market.roster(), task, lines.append)
    assert len(found["cutoffs"]) == 6
    assert found["training_sets"] == 1 == sum(line.startswith("taught") for line in lines)
    assert len(lines) == steps(task)


def test_the_model_beats_the_constant_and_the_plain_mean_where_sellers_differ(report: dict[str, Any]) -> None:
    rows = report["targets"]["defect"]["contenders"]
    assert set(rows) == set(LABELS) == {MODEL, BASE, FREE, CONSTANT, *FORMULAS}
    for other in (CONSTANT, "dsr_mean", "trust_score", "wilson"):
        assert rows[other]["difference"]["auc"][0] > 0
        assert rows[other]["difference"]["log_loss"][1] < 0
    assert rows[CONSTANT]["mean"]["auc"] == 0.5
    assert rows[CONSTANT]["share_of_ceiling"] == 0.0
    assert rows[MODEL]["difference"] is None
    assert 0.6 < rows[MODEL]["share_of_ceiling"] < 1.4


def test_all_ratings_are_said_at_the_level_of_the_night(report: dict[str, Any]) -> None:
    rows = report["targets"]["bad"]["contenders"]
    large = [row["mean"]["in_the_large"] for row in rows.values()]
    assert max(large) - min(large) < 1.5  # the level is common; what each adds averages out


def test_the_report_can_be_told_as_json_and_is_the_same_every_time(market: Toy, todo: Plan) -> None:
    task = Task(Plan({todo.cutoffs[0]: todo.training[todo.cutoffs[0]]}, ()), targets=("neg",), growth=FAST)
    found = [json.dumps(evaluate(market.archive(), market.roster(), task), allow_nan=False) for _ in range(2)]
    assert found[0] == found[1]


def test_targets_without_data_are_left_out_and_unknown_ones_refused(market: Toy, todo: Plan) -> None:
    short = Plan(dict([next(iter(todo.training.items()))]), ())
    blank = {day: frame.assign(neg=0) for day, frame in market.frames["outcomes"].items()}
    files = archive(market.frames | {"outcomes": blank})
    found = evaluate(files, market.roster(), Task(short, growth=FAST))
    assert set(targets("store")) <= set(found["targets"])
    assert "neg" not in found["targets"]
    with pytest.raises(NothingToJudgeError, match="neg"):
        evaluate(files, market.roster(), Task(short, targets=("neg",), growth=FAST))
    with pytest.raises(ValueError, match="'nonsense' is not known"):
        evaluate(files, market.roster(), Task(short, targets=("nonsense",), growth=FAST))


def test_a_cut_off_is_judged_on_all_orders_of_the_30_days_from_it(market: Toy, todo: Plan) -> None:
    gathered = gather(market.archive(), market.roster(), todo, "store")
    for cutoff, moment in gathered.judged.items():
        days = (cutoff + timedelta(days=step) for step in range(30))
        came = pd.concat([market.frames["outcomes"][day] for day in days])[["orders", "defect", "bad"]].sum()
        assert moment.panel.outcomes[["orders", "defect", "bad"]].sum().tolist() == came.tolist()


def test_anchors_can_be_evaluated_too() -> None:
    market = toy(stores=80, days=240, seed=8, kind="anchor")
    todo = plan(market.archive(), every=60)
    found = evaluate(market.archive(), market.roster(), Task(todo, kind="anchor", growth=FAST))
    assert found["kind"] == "anchor"
    assert "defect_logistics" not in found["targets"]
    assert set(found["targets"]["defect"]["contenders"]) == set(LABELS)
