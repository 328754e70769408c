from hypothesis import given
from hypothesis import strategies as st

from reputation.base.svg import Frame, line, share_width

FRAME = Frame(left=10, top=5, width=100, height=40, low=1, high=5)


def test_values_lie_where_the_scale_puts_them() -> None:
    drawn = line([1, 3, 5], FRAME, (1, 5))
    assert drawn.parts == ("10.0,45.0 60.0,25.0 110.0,5.0",)
    assert drawn.grid == (("1", "45.0"), ("5", "5.0"))


def test_a_night_without_a_value_parts_the_line() -> None:
    drawn = line([None, 3, None, None, 4, 4], FRAME, ())
    assert [len(part.split()) for part in drawn.parts] == [1, 2]
    assert [point is None for point in drawn.points] == [True, False, True, True, False, False]


def test_one_value_stands_in_the_middle_and_none_is_no_line() -> None:
    assert line([2], FRAME, ()).parts == ("60.0,35.0",)
    assert line([], FRAME, ()).parts == ()


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=40))
def test_no_point_leaves_the_frame(values: list[float | None]) -> None:
    for point in line(values, FRAME, ()).points:
        if point:
            assert 10 <= float(point.x) <= 110
            assert 5 <= float(point.y) <= 45


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_a_bar_is_seen_where_there_is_anything_and_never_overflows(value: float, largest: float) -> None:
    width = float(share_width(value, largest))
    assert 0 <= width <= 100
    assert (width >= 1) == (value > 0 and largest > 0)
