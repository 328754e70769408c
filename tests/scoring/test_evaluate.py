"""The walk forward on small markets whose truth is known: what it may read, what it finds, what it says."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pandas as pd
import plotly.graph_objects
import pytest

from scoring.archive import Archive
from scoring.daily import write_day
from scoring.evaluate import attack, job
from scoring.evaluate.contenders import BASE, CONSTANT, FREE, LABELS, MODEL, teach
from scoring.evaluate.html import page
from scoring.evaluate.moments import gather
from scoring.evaluate.plan import NothingToJudgeError, Plan, plan, possible
from scoring.evaluate.stability import _turns
from scoring.evaluate.table import best_first, text
from scoring.evaluate.walk import Task, evaluate, steps
from scoring.features import targets
from scoring.formulas import FORMULAS, history
from scoring.stars import exact, fit_scale
from scoring.trees import Growth
from scoring.windows import HORIZON, LEARNT, MATURE, panels, training_cutoffs
from tests.scoring.toy_market import LAST_DAY, Toy, archive, toy

Frames = dict[str, dict[date, pd.DataFrame]]
FAST = Growth(rounds=40, threads=1)


@pytest.fixture(scope="module")
def market() -> Toy:
    found = toy(stores=250, days=280, seed=3)
    return dataclasses.replace(found, frames=with_scores(found.frames))


def with_scores(frames: Frames) -> Frames:
    """Answers of 1 or 5, as the counters of low ones have it."""
    counters = {}
    for day, frame in frames["counters"].items():
        low, asked = frame["negative_answer_n"], frame["negative_answer_d"]
        counters[day] = frame.assign(overall_sum=5 * asked - 4 * low, overall_positive=asked - low)
    return frames | {"counters": counters}


@pytest.fixture(scope="module")
def todo(market: Toy) -> Plan:
    return plan(market.archive(), every=30)


@pytest.fixture(scope="module")
def task(todo: Plan) -> Task:
    return Task(todo, targets=("defect", "neg", "bad"), growth=FAST, seed=3)


@pytest.fixture(scope="module")
def report(market: Toy, task: Task) -> dict[str, Any]:
    return evaluate(market.archive(), market.roster(), task)


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
        said[-1]["level"] = taught.levels(moment.panel.market)["defect"]
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


def test_coverage_adds_up_over_cut_offs(report: dict[str, Any]) -> None:
    found = report["coverage"]
    assert found["subjects"] == sum(band["subjects"] for band in found["bands"])
    assert 0.6 < found["covered"] < 0.95


def test_half_a_star_is_told_by_the_shares_of_our_scale() -> None:
    up, down = attack.half_star()
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"kind": "store", "log_odds": rng.uniform(0, 300, 200_000), "orders_counted": 99, "buyers": 9})
    table = table.assign(
        defect_share=0.05,
        **{f"log_odds_{a}": np.nan for a in ("product", "logistics", "service", "after_sales", "honesty")},
    )
    stars = exact(table["log_odds"], fit_scale(table), "store.overall")
    middle = np.median(stars)
    assert (stars > middle + 0.5).mean() == pytest.approx(up, abs=0.01)
    assert (stars > middle - 0.5).mean() == pytest.approx(down, abs=0.01)


def test_attacks_cost_what_hand_calculation_says_for_a_plain_mean(market: Toy, todo: Plan) -> None:
    """For the mean of 180 days, the store of the middle with n answers and mean m falls to goal g after
    n (m - g) / (g - 1) answers of one star."""
    gathered = gather(market.archive(), market.roster(), todo, "store")
    taught = teach("store", [gathered.learnt[day] for day in todo.training[todo.cutoffs[-1]]], ["defect"], FAST)
    field = gathered.field
    found = attack.cost(field, taught, seed=1)["orders"]["dsr_mean"]
    risks = FORMULAS["dsr_mean"].score(field.past)
    rows = attack._middle(risks, field.past.total(365, "orders"), 1)
    goal = 5 - np.quantile(risks, attack.half_star()[1])
    answers = field.past.total(180, "negative_answer_d")[rows]
    needed = np.ceil(answers * (5 - risks[rows] - goal) / (goal - 1) - 1e-9)
    assert found["false_answers"] == pytest.approx(np.median(np.maximum(needed, 1)))
    assert found["false_complaints"] is None  # it looks at answers alone


def test_an_attack_adds_whole_orders_and_a_rivals_are_dispatched_as_usual(market: Toy, todo: Plan) -> None:
    field = gather(market.archive(), market.roster(), todo, "store").field
    own, answers, complaints = attack.attacks(frozenset({"overall"}))
    times = np.full(len(field.age), 7.0)
    moved = attack._changed(field, answers, times)
    assert (moved.past.total(30, "orders") - field.past.total(30, "orders")).tolist() == times.tolist()
    gained = moved.past.total(365, "negative_answer_n") - field.past.total(365, "negative_answer_n")
    assert gained == pytest.approx(times)
    late = [
        past.total(365, "late_dispatch_n") / past.total(365, "late_dispatch_d") for past in (moved.past, field.past)
    ]
    assert late[0] == pytest.approx(late[1])
    clean = attack._changed(field, own, times).past
    assert clean.total(365, "late_dispatch_n").tolist() == field.past.total(365, "late_dispatch_n").tolist()
    assert clean.total(365, "overall_sum") - field.past.total(365, "overall_sum") == pytest.approx(5 * times)
    assert "negative_answer_d" not in complaints.counters


def test_a_turn_is_a_move_against_the_last_move() -> None:
    stars = np.array([[4.0, 4.1, 4.1, 4.0, 4.2], [4.0, 4.1, 4.2, 4.2, 4.3]])  # two turns and none
    found = _turns(stars, nights=50)
    assert found["flips_per_100_nights"] == pytest.approx((2 + 0) / 2 / 50 * 100)
    assert found["moves"] == pytest.approx((0.1 + 0 + 0.1 + 0.2 + 0.1 + 0.1 + 0 + 0.1) / 8)


def test_the_text_names_every_rating_once_per_target_best_first_and_the_ceiling_last(report: dict[str, Any]) -> None:
    blocks = {block.split(":")[0]: block.splitlines() for block in text(report).split("\n\n")}
    for target in ("defect", "neg", "bad"):
        lines = blocks[target]
        shown = [next(key for key, label in LABELS.items() if line[2:].startswith(label)) for line in lines[2:-1]]
        assert shown == best_first(report["targets"][target])
        assert lines[-1].strip().startswith("ceiling")
        assert sum(line.startswith("> Livestar") for line in lines) == 1
    assert max(map(len, text(report).splitlines())) <= 132


def test_best_first_is_by_log_loss(report: dict[str, Any]) -> None:
    for found in report["targets"].values():
        losses = [found["contenders"][key]["mean"]["log_loss"] for key in best_first(found)]
        assert losses == sorted(losses)


def figures(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html, re.S)
    assert found
    return dict(json.loads(found[1]))


def test_the_page_needs_nothing_from_elsewhere_and_plotly_accepts_its_figures(report: dict[str, Any]) -> None:
    html = page(report, tokens=":root { --ink: #111111; }")
    body = html[html.index("<body>") :]
    assert not re.search(r'(src|href)="(?!#)', body)
    assert not re.search(r"<(link|iframe|img)\b", html[: html.index("<script>")] + body)
    drawn = figures(html)
    assert set(re.findall(r'class="chart" id="([^"]+)"', body)) == set(drawn)
    for figure in drawn.values():
        plotly.graph_objects.Figure(json.loads(re.sub(r'"--[a-z-]+"', '"#123456"', json.dumps(figure))))


def test_colours_of_the_page_are_tokens_of_the_design(report: dict[str, Any]) -> None:
    tokens = (Path(__file__).parents[2] / "static" / "tokens.css").read_text()
    used = set(re.findall(r'"(--[a-z-]+)"', json.dumps(figures(page(report, tokens)))))
    assert used
    assert all(f"{name}:" in tokens for name in used)


def test_headings_say_no_more_than_the_intervals_do(report: dict[str, Any]) -> None:
    html = page(report, tokens="")
    rows = report["targets"]["defect"]["contenders"]
    better = sum(row["difference"]["log_loss"][1] < 0 for row in rows.values() if row["difference"])
    assert f"Own-doing problems: surely better than {better} of {len(LABELS) - 1} others" in html


def request(market: Toy, folder: Path, **changes: Any) -> Path:
    """A job's request with the market's files in the folder."""
    days = folder / "days"
    manifest = {
        family: {str(day): write_day(frame, days)[0] for day, frame in frames.items()}
        for family, frames in market.frames.items()
    }
    market.subjects.to_parquet(folder / "subjects.parquet")
    told = {
        "as_of": str(LAST_DAY), "folder": str(days), "manifest": manifest, "out": str(folder), "threads": 1,
        "subjects": str(folder / "subjects.parquet"), "targets": ["defect"], "every": 60,
    }  # fmt: skip
    file = folder / "request.json"
    file.write_text(json.dumps(told | changes))
    return file


def test_the_job_tells_its_steps_and_leaves_a_report(
    market: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert job.main([str(request(market, tmp_path))]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["done"] for line in lines] == list(range(1, len(lines) + 1))
    assert {line["steps"] for line in lines} == {len(lines)}
    assert list(json.loads((tmp_path / job.REPORT).read_text())["targets"]) == ["defect"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"first": "2030-01-01"}, "possible are"),
        ({"targets": ["nonsense"]}, "choose from defect"),
        ({"every": 0}, "every"),
        ({"out": "/no/such/folder"}, "out:"),
        ({"subjects": "/no/such/file"}, "subjects:"),
    ],
)
def test_the_job_refuses_what_it_cannot_serve_in_one_line(
    market: Toy, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], message: str
) -> None:
    few = dataclasses.replace(market, frames={f: dict(list(d.items())[:3]) for f, d in market.frames.items()})
    whole = market if "first" in changes else few
    files = request(whole, tmp_path, **changes)
    assert job.main([str(files)]) == 2
    told = capsys.readouterr().err.strip()
    assert message in told
    assert "\n" not in told
