"""Small pictures: every value has its place, and what is missing is left out."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from reputation.ratings.metric_words import HOW
from reputation.ratings.sparks import HEIGHT, MEDIANS, WIDTH, band, spark
from scoring.metrics import CATALOGUE

VALUES = st.lists(st.none() | st.floats(0, 1e6), max_size=60)


@given(VALUES, st.text(st.characters(blacklist_categories=("Cs", "Cc"))))
def test_every_point_lies_inside_whatever_the_values(values: list[float | None], label: str) -> None:
    picture = ElementTree.fromstring(str(spark(values, label)))
    points = [point for line in picture.iter("polyline") for point in line.attrib["points"].split()]
    assert len(points) == sum(value is not None for value in values)
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in (point.split(",") for point in points))


def test_a_gap_breaks_the_line_and_the_last_known_value_is_marked() -> None:
    picture = str(spark([1.0, None, 2.0, 1.0, None], "x"))
    assert picture.count("<polyline") == 2
    (marked,) = re.findall(r'<circle class="chart-last" cx="([\d.]+)" cy="([\d.]+)"', picture)
    assert marked == ("88.5", "16.0")


def test_without_any_value_there_is_no_mark() -> None:
    assert "<circle" not in str(spark([None, None], "x"))


@given(st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_bar_and_marks_stay_on_the_scale(own: float, usual: float | None, quick: float | None) -> None:
    picture = ElementTree.fromstring(str(band(own, usual, quick, look="bar-fill", label="x")))
    _track, bar, *rest = list(picture)
    marks = [mark for mark in rest if mark.tag == "rect"]
    assert 0 <= float(bar.attrib["width"]) <= 300
    assert len(marks) == (usual is not None) + (quick is not None)
    assert all(-1 <= float(mark.attrib["x"]) <= 300 for mark in marks)
    assert (len(rest) > len(marks)) == bool(usual and own > MEDIANS * usual)


def test_the_one_that_is_twice_the_median_is_drawn_twice_as_long() -> None:
    picture = ElementTree.fromstring(str(band(0.2, 0.1, None, look="effect-down", label="x")))
    _track, bar, mark = list(picture)
    assert float(bar.attrib["width"]) == 240.0
    assert float(mark.attrib["x"]) == 119.3


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6))
def test_medians_stand_at_one_place_whatever_the_value(own: float, usual: float) -> None:
    picture = ElementTree.fromstring(str(band(own, usual, None, look="bar-fill", label="x")))
    assert float(picture[2].attrib["x"]) == 119.3


def test_the_bar_has_the_class_it_was_given() -> None:
    picture = ElementTree.fromstring(str(band(0.2, 0.1, None, look="effect-down", label="x")))
    bar = picture[1]
    assert bar.attrib["class"] == "effect-down"


def test_every_metric_has_its_words() -> None:
    assert set(HOW) == {metric.key for metric in CATALOGUE}
