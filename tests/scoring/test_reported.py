"""Daily rates of a platform that sends no orders, completed to what is counted from orders."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.metrics import OUTCOMES, PLAIN_OUTCOMES
from scoring.reported import COLUMN, COLUMNS, completed, outcomes


def row(**counters: float) -> np.ndarray:
    values = np.zeros((1, len(COLUMNS)))
    for name, value in counters.items():
        values[0, COLUMN[name]] = value
    return values


def rates(**counters: float) -> dict[str, float]:
    done = completed(row(**counters))
    return {
        name: float(done[0, COLUMN[name]]) for name in ("orders", "defect_n", "incident_n", "incident_d", "problem_n")
    }


def came_to(**counters: float) -> dict[str, float]:
    return dict(zip(OUTCOMES, outcomes(completed(row(**counters)))[0].tolist(), strict=True))


def test_incidents_are_the_own_shares_added_up_and_defects_their_union() -> None:
    found = rates(orders=100, late_dispatch_n=20, late_dispatch_d=100, quality_return_n=10, quality_return_d=100)
    assert found["incident_n"] == pytest.approx(30)
    assert found["incident_d"] == 100
    assert found["defect_n"] == pytest.approx(100 * (1 - 0.8 * 0.9))


def test_a_platform_that_tells_its_defects_alone_has_as_many_incidents() -> None:
    assert rates(orders=100, defect_n=7, defect_d=100)["incident_n"] == pytest.approx(7)


def test_reported_incidents_stay_as_they_are() -> None:
    assert rates(orders=100, incident_n=3, incident_d=50, defect_n=7, defect_d=100)["incident_n"] == 3


def test_rates_of_conversations_viewers_and_causes_are_no_incidents_of_orders() -> None:
    assert rates(orders=100, slow_reply_n=40, slow_reply_d=80, hype_n=2, hype_d=9)["incident_n"] == 0


def test_what_the_orders_of_a_reported_day_came_to_in_plain_terms() -> None:
    found = came_to(
        orders=200,
        negative_answer_n=1, negative_answer_d=10,
        late_delivery_n=20, late_delivery_d=200,
        late_dispatch_n=40, late_dispatch_d=200,
        merchant_cancel_n=10, merchant_cancel_d=200,
    )  # fmt: skip
    assert {name: round(found[name], 6) for name in PLAIN_OUTCOMES} == {
        "bad": round(200 * (1 - 0.9 * 0.9 * 0.95), 6),
        "neg": 20,
        "late": round(200 * (1 - 0.9 * 0.95), 6),
        "lateship": round(200 * (1 - 0.8 * 0.95), 6),
    }


SHARES = ("late_dispatch", "quality_return", "negative_answer", "merchant_cancel", "late_delivery", "slow_refund")


@given(st.lists(st.integers(0, 100), min_size=len(SHARES), max_size=len(SHARES)), st.integers(0, len(SHARES) - 1))
def test_fewer_incidents_reported_are_never_more_of_anything(numerators: list[int], better: int) -> None:
    def told(counts: list[int]) -> dict[str, float]:
        return {
            f"{name}_{part}": n if part == "n" else 100 for name, n in zip(SHARES, counts, strict=True) for part in "nd"
        }

    fewer = [n if at != better else n // 2 for at, n in enumerate(numerators)]
    before, after = rates(orders=100, **told(numerators)), rates(orders=100, **told(fewer))
    assert all(after[name] <= before[name] + 1e-9 for name in before)
    was, is_now = came_to(orders=100, **told(numerators)), came_to(orders=100, **told(fewer))
    assert all(is_now[name] <= was[name] + 1e-9 for name in was)
    assert before["incident_n"] >= before["defect_n"] - 1e-9
    assert 0 <= min(was.values()) <= max(was.values()) <= 100 + 1e-9
