import re
import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from reputation.public.badge import NAME_COLUMNS, short_name
from reputation.ratings import svg

FIRST = date(2026, 9, 1)


def _tree(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def _classes(picture: str) -> list[str]:
    return [element.get("class", "") for element in _tree(picture).iter()]


@pytest.mark.parametrize("half", [None, 1.0, 1.5, 3.0, 4.5, 5.0])
def test_stars_are_filled_to_the_half(half: float | None) -> None:
    paths = {e.get("class"): e.get("d") for e in _tree(svg.stars(half)).iter("path")}
    on, off = (len(re.findall("M", paths.get(name, ""))) for name in ("star-on", "star-off"))
    halves = len(re.findall("M[0-9]+ 2v", paths.get("star-on", "")))
    assert on - halves / 2 == (half or 0)
    assert on + off == 5 + halves


def test_stars_are_read_aloud_in_the_readers_language() -> None:
    assert 'aria-label="4.5 of 5 stars"' in svg.stars(4.5)
    with translation.override("zh-hans"):
        assert 'aria-label="4.5 星（满分 5 星）"' in svg.stars(4.5)


@given(st.floats(0, 100), st.floats(0, 100))
def test_dots_fill_the_area_that_they_stand_for(own: float, more: float) -> None:
    """A dot's area is its part of an order, so the areas of all dots add up to the rates."""
    all_causes = min(own + more, 100)
    area = {"dot-own": 0.0, "dot-other": 0.0}
    for element in _tree(svg.dots(own, all_causes, "x")).iter("circle"):
        if element.get("class") in area:
            area[element.get("class")] += (float(element.get("r")) / 5.5) ** 2
    assert area["dot-own"] == pytest.approx(own, abs=0.5)


def test_there_are_always_a_hundred_dots() -> None:
    assert _classes(svg.dots(3, 6, "x")).count("dot") == 100
    assert _classes(svg.dots(3, 6, "x")).count("dot-own") == 3
    assert _classes(svg.dots(3, 6, "x")).count("dot-other") == 3


def test_a_missing_total_is_no_other_cause() -> None:
    assert "dot-other" not in _classes(svg.dots(3, None, "x"))


@pytest.mark.parametrize(("share", "width"), [(-5, "0.0"), (0, "0.0"), (82.04, "82.0"), (300, "100.0")])
def test_a_bar_never_leaves_its_track(share: float, width: str) -> None:
    fill = [e for e in _tree(svg.bar(share, "x")).iter("rect") if e.get("class") == "bar-fill"]
    assert [e.get("width") for e in fill] == [width]


def _points(stars: list[float | None]) -> list[svg.Point]:
    return [svg.Point(FIRST + timedelta(days=i), value, False) for i, value in enumerate(stars)]


def test_a_night_without_stars_lifts_the_pen() -> None:
    picture = svg.history(_points([4.0, 4.1, None, 4.2, 4.2]), width=720, ident="x")
    path = next(e.get("d") for e in _tree(picture).iter("path"))
    assert path.count("M") == 2


@given(st.lists(st.none() | st.floats(1, 5), min_size=2, max_size=40))
def test_a_chart_stays_on_its_canvas(stars: list[float | None]) -> None:
    for width in (720, 340):
        for element in _tree(svg.history(_points(stars), width=width, ident="x")).iter("circle"):
            assert 0 <= float(element.get("cx")) <= width
            assert 0 <= float(element.get("cy")) <= 170


def test_a_chart_says_in_words_what_it_shows() -> None:
    picture = _tree(svg.history(_points([4.0, 4.6, 4.4]), width=720, ident="x"))
    assert picture.get("aria-labelledby") == "x-title x-desc"
    assert picture.find("desc").text == "From 4.0 on Sept. 1, 2026 to 4.4 on Sept. 3, 2026; lowest 4.0, highest 4.6."


def test_a_chart_of_one_night_is_drawn() -> None:
    assert "chart-last" in _classes(svg.history(_points([4.0]), width=340, ident="x"))


def test_corrected_nights_are_marked() -> None:
    points = [*_points([4.0, 4.1]), svg.Point(FIRST + timedelta(days=2), 4.2, True)]
    assert _classes(svg.history(points, width=340, ident="x")).count("chart-corrected") == 1


@pytest.mark.parametrize("counts", [[], [("1", 0)], [("1", 5), ("2", 10)]])
def test_columns_are_as_high_as_their_share_of_the_highest(counts: list[tuple[str, int]]) -> None:
    heights = [float(e.get("height")) for e in _tree(svg.columns(counts, "x")).iter("rect")]
    assert heights == [90 * count / max(10, 1) for _name, count in counts]


@given(st.text(max_size=200))
def test_a_name_on_a_badge_fits_one_line(name: str) -> None:
    short = short_name(name)
    assert len(short) <= NAME_COLUMNS + 1
    ElementTree.fromstring(f"<t>{svg.format_html('{}', short)}</t>")
