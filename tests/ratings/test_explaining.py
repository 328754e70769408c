"""Rates, times, differences and ranges in words, and the pictures beside them."""

import re
from xml.etree import ElementTree

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reputation.ratings import explaining, pictures
from scoring.metrics import BY_KEY

LATE, DISPATCH = BY_KEY["late_dispatch"], BY_KEY["dispatch_time"]


@pytest.mark.parametrize(
    ("metric", "amount", "words"),
    [
        (LATE, 0.1234, "12%"),
        (LATE, 0.0345, "3.5%"),
        (LATE, 0.0027, "0.27%"),
        (LATE, 0.0, "0%"),
        (DISPATCH, 646.4, "10 h 46 min"),
        (DISPATCH, 59.6, "1 h 0 min"),
        (DISPATCH, 42.2, "42 min"),
        (DISPATCH, 4.23, "4.2 min"),
        (DISPATCH, 0.0, "0 min"),
    ],
)
def test_values_are_told_with_as_many_figures_as_they_are_worth(metric, amount: float, words: str) -> None:
    assert explaining.value(metric, amount) == words


@pytest.mark.parametrize(("stars", "words"), [(0.117, "+0.12"), (-0.05, "−0.05"), (0.001, "±0.00"), (-0.004, "±0.00")])
def test_differences_have_their_sign_unless_they_are_nothing(stars: float, words: str) -> None:
    assert explaining.signed(stars) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ((3.14, 2.2, 4.6), "about 3 in 100, between 2 and 5"),
        ((0.31, 0.12, 0.58), "about 3 in 1,000, between 1 and 6"),
        ((3.14, 3.1, 3.2), "about 3 in 100"),
        ((None, None, None), ""),
        ((3.1, None, None), ""),
    ],
)
def test_a_range_is_told_in_the_numbers_of_its_rate(rate: tuple, words: str) -> None:
    assert explaining.span(*rate) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [(None, "not within two years"), (0, "reached tonight"), (17, "in 17 days"), (237, "in about 8 months")],
)
def test_days_ahead_are_told_as_roughly_as_they_are_known(days: int | None, words: str) -> None:
    assert explaining.days(days) == words


def test_metrics_have_their_names_in_both_languages() -> None:
    assert explaining.metric_name("late_dispatch") == LATE.label_en
    with translation.override("zh-hans"):
        assert explaining.metric_name("late_dispatch") == LATE.label_zh


def _numbers(picture: str, name: str) -> list[float]:
    return [float(value) for value in re.findall(rf'\b{name}="([-\d.]+)"', picture)]


@given(st.floats(-4, 4))
def test_an_effect_goes_right_for_good_and_left_for_bad_and_stays_in_its_picture(stars: float) -> None:
    picture = pictures.effect(stars, "a <b>")
    bar = ElementTree.fromstring(picture)[1]
    x, width = float(bar.get("x")), float(bar.get("width"))
    assert 0 <= x <= x + width <= 200.01
    assert x == 100 if stars >= 0 else x + width == pytest.approx(100, abs=0.11)
    assert "<b>" not in picture


@given(st.floats(0, 50_000), st.floats(0, 50_000), st.sampled_from(["better", "worse", "level"]))
def test_own_bar_and_median_mark_share_a_measure(own: float, usual: float, than: str) -> None:
    picture = pictures.compared(own, usual, than, "x")
    bar, mark = (ElementTree.fromstring(picture)[at] for at in (1, 2))
    assert (float(bar.get("width")) > float(mark.get("x")) + 1.2) <= (own > usual)
    assert all(value <= 200 for value in _numbers(picture, "width"))


@given(st.tuples(st.floats(0, 100), st.floats(0, 100), st.floats(0, 100)).map(sorted))
def test_a_span_lies_on_its_axis(rates: list[float]) -> None:
    low, expected, high = rates
    picture = ElementTree.fromstring(pictures.span(low, expected, high, "x"))
    line, stroke, mark = picture[0], picture[1], picture[2]
    assert float(stroke.get("x")) >= float(line.get("x1"))
    assert float(mark.get("cx")) <= float(line.get("x2")) + 0.1
    assert float(stroke.get("x")) - 0.1 <= float(mark.get("cx"))


def test_the_way_ahead_draws_every_day_and_says_both_ends() -> None:
    picture = pictures.ahead([(0, 3.9, "tonight"), (7, 3.95, "a week"), (180, 4.5, "later")], 4.5, "x")
    assert picture.count('class="chart-last"') == 3
    assert ">3.9<" in picture
    assert ">4.5<" in picture
    assert "a week" not in picture
    assert ">later<" in picture
