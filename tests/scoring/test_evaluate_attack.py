"""What attacks cost, how stars move and whether intervals hold, against calculation by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from scoring.evaluate import attack
from scoring.evaluate.contenders import teach
from scoring.evaluate.moments import gather
from scoring.evaluate.plan import Plan
from scoring.evaluate.stability import _turns
from scoring.formulas import FORMULAS
from scoring.metrics import KIND_ASPECTS
from scoring.stars import exact, fit_scale
from tests.scoring.evaluate_market import FAST, evaluated_market, evaluated_plan, evaluated_report
from tests.scoring.toy_market import Toy


@pytest.fixture
def market() -> Toy:
    return evaluated_market()


@pytest.fixture
def todo() -> Plan:
    return evaluated_plan()


@pytest.fixture
def report() -> dict[str, Any]:
    return evaluated_report()


def test_half_a_star_is_told_by_the_shares_of_our_scale() -> None:
    up, down = attack.half_star()
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"kind": "store", "log_odds": rng.uniform(0, 300, 200_000), "orders_counted": 99, "buyers": 9})
    table = table.assign(
        defect_share=0.05,
        **{f"log_odds_{a}": np.nan for a in KIND_ASPECTS["store"]},
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


def test_coverage_adds_up_over_cut_offs(report: dict[str, Any]) -> None:
    found = report["coverage"]
    assert found["subjects"] == sum(band["subjects"] for band in found["bands"])
    assert 0.6 < found["covered"] < 0.95
