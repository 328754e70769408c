"""The parts of a star's change add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scoring.ledger import PARTS, STEPS, ledger

EXACT = arrays.arrays(np.float64, (5, len(STEPS)), elements=st.floats(1, 5))
TENTHS = arrays.arrays(np.float64, (2, 5), elements=st.integers(10, 50).map(lambda tenths: tenths / 10))


def one(steps: list[float], shown: float, before: float) -> dict[str, float]:
    table = pd.DataFrame([steps], columns=list(STEPS))
    return ledger(table, pd.Series([shown]), pd.Series([before])).iloc[0].to_dict()


def test_each_part_is_the_step_from_the_one_before_it() -> None:
    parts = one([4.2, 4.25, 4.25, 4.35, 4.05, 4.0, 3.95], shown=4.1, before=4.2)
    assert parts == {
        "scale": 0.05, "corrected": 0.0, "aged": 0.1, "evidence": -0.3, "peers": -0.05, "model": -0.05,
        "held_back": 0.15,
    }  # fmt: skip


@given(EXACT, TENTHS)
def test_in_thousandths_the_parts_add_up_exactly(steps: np.ndarray, stars: np.ndarray) -> None:
    now, before = pd.Series(stars[0]), pd.Series(stars[1])
    parts = ledger(pd.DataFrame(steps, columns=list(STEPS)), now, before)
    thousandths = np.rint(parts.to_numpy() * 1000).astype(int)
    assert np.array_equal(parts.to_numpy(), thousandths / 1000)  # nothing finer is left in any part
    assert thousandths.sum(axis=1).tolist() == [round(a * 1000) - round(b * 1000) for a, b in zip(*stars, strict=True)]


@given(EXACT, TENTHS)
def test_only_what_is_held_back_takes_the_rounding(steps: np.ndarray, stars: np.ndarray) -> None:
    parts = ledger(pd.DataFrame(steps, columns=list(STEPS)), pd.Series(stars[0]), pd.Series(stars[1]))
    assert np.abs(parts[list(PARTS[:-1])].to_numpy() - np.diff(steps, axis=1)).max() <= 0.0005 + 1e-9
    held = (stars[0] - stars[1]) - (steps[:, -1] - steps[:, 0])
    assert np.abs(parts["held_back"] - held).max() <= 0.003 + 1e-9


@pytest.mark.parametrize("lacking", ["shown", "before", "step"])
def test_without_both_stars_and_every_step_there_is_no_ledger(lacking: str) -> None:
    steps = [4.0] * len(STEPS)
    steps[3] = np.nan if lacking == "step" else 4.0
    parts = one(steps, np.nan if lacking == "shown" else 4.0, np.nan if lacking == "before" else 4.0)
    assert np.isnan(list(parts.values())).all()


def test_a_ledger_keeps_the_index_and_refuses_another() -> None:
    steps = pd.DataFrame([[4.0] * len(STEPS)] * 2, columns=list(STEPS), index=["s1", "s2"])
    stars = pd.Series([4.0, 4.1], index=["s1", "s2"])
    assert ledger(steps, stars, stars - 0.1).loc["s2", "held_back"] == 0.1
    with pytest.raises(ValueError, match="same index"):
        ledger(steps, stars[::-1], stars)


def test_nothing_is_written_as_minus_nothing() -> None:
    parts = one([4.2, 4.2, 4.2, 4.2 - 1e-5, 4.2, 4.2, 4.2], shown=4.2, before=4.2)
    assert str(parts["evidence"]) == "0.0"
    assert "-0.0" not in map(str, parts.values())
