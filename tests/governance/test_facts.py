"""Readings in words: every kind of measure, in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils.translation import override

from reputation.governance.facts import reading_sentence
from scoring.policy.vocabulary import MEASURES, OPS


def reading(metric: str, read: str = "value", value: float = 0.0, than: float = 0.0, **more: Any) -> dict[str, Any]:
    return {"metric": metric, "window": 30, "read": read, "op": ">=", "value": value, "than": than, "n": None,
            "d": None} | more  # fmt: skip


@pytest.mark.parametrize(
    ("told", "english"),
    [
        (reading("quality_return", "low", 0.081, 0.05, n=12.0, d=100.0),
         "Quality return rate, last 30 days: 12 of 100, which is 12%; even with all chance in your favour 8.1%. "
         "Limit: at least 5.0%."),
        (reading("quality_return", "high", 0.2, 0.05, n=12.0, d=100.0, op="<"),
         "Quality return rate, last 30 days: 12 of 100, which is 12%; with all chance against you 20%. "
         "Limit: less than 5.0%."),
        (reading("quality_return", "value", 0.12, 0.05, n=12.0, d=100.0, window=1),
         "Quality return rate, last 1 day: 12%. Limit: at least 5.0%."),
        (reading("late_dispatch", "count", 1250, 1000, op=">"),
         "Late dispatch rate, last 30 days: 1,250 cases. Limit: more than 1,000 cases."),
        (reading("quality_return", "buyers", 5, 5),
         "Quality return rate, last 30 days: 5 affected buyers or more. Limit: at least 5 affected buyers or more."),
        (reading("quality_return", "buyers", 1, 1),
         "Quality return rate, last 30 days: 1 affected buyer. Limit: at least 1 affected buyer."),
        (reading("dispatch_time", "value", 1570, 1440, n=1.0, d=2.0),
         "Time to dispatch per order, last 30 days: 26 h 10 min. Limit: at least 24 h 0 min."),
        (reading("stars", "value", 2.14, 2.5, op="<=", window=0), "Star: 2.1. Limit: at most 2.5."),
        (reading("star_change", "value", -0.3, 0, op="<="),
         "Change of the star, last 30 days: −0.3. Limit: at most ±0.0."),
        (reading("orders", "count", 500, 30), "Valid orders, last 30 days: 500. Limit: at least 30."),
    ],
)  # fmt: skip
def test_a_reading_is_told_with_what_it_is_made_of_and_its_limit(told: dict[str, Any], english: str) -> None:
    assert reading_sentence(told) == english


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_whatever_a_policy_can_read_can_be_told(language: str) -> None:
    with override(language):
        for key, measure in MEASURES.items():
            for read in measure.reads:
                for op in OPS:
                    for window in measure.windows or (0,):
                        told = reading_sentence(reading(key, read, 3.0, 2.0, n=3.0, d=9.0, op=op, window=window))
                        assert "%(" not in told
                        assert language == "en" or "last" not in told


def test_a_rate_over_nothing_is_not_divided() -> None:
    told = reading("quality_return", "low", 0.0, 0.0, n=0.0, d=0.0)
    assert reading_sentence(told) == "Quality return rate, last 30 days: 0%. Limit: at least 0%."
