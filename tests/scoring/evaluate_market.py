"""A small market that was evaluated once, for all tests that look at what came out."""

from __future__ import annotations

import dataclasses
import os
from datetime import date
from functools import cache
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import pandas as pd

from scoring.evaluate.plan import Plan, plan
from scoring.evaluate.walk import Task, evaluate
from scoring.trees import Growth
from tests.scoring.toy_market import Toy, toy

Frames = dict[str, dict[date, pd.DataFrame]]
FAST = Growth(rounds=40, threads=1)


@cache
def evaluated_market() -> Toy:
    found = toy(stores=250, days=280, seed=3)
    return dataclasses.replace(found, frames=_with_scores(found.frames))


def _with_scores(frames: Frames) -> Frames:
    """Answers of 1 or 5, as the counters of low ones have it."""
    counters = {}
    for day, frame in frames["counters"].items():
        low, asked = frame["negative_answer_n"], frame["negative_answer_d"]
        counters[day] = frame.assign(overall_sum=5 * asked - 4 * low, overall_positive=asked - low)
    return frames | {"counters": counters}


@cache
def evaluated_plan() -> Plan:
    return plan(evaluated_market().archive(), every=30)


@cache
def evaluated_report() -> dict[str, Any]:
    task = Task(evaluated_plan(), targets=("defect", "neg", "bad"), growth=FAST, seed=3)
    return evaluate(evaluated_market().archive(), evaluated_market().roster(), task)
