"""Geometry of small charts that the server draws: templates put it into SVG, so pages need no script.

Numbers come out as text: a template would write 1234.5 as 1,234.5, which SVG does not read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Point(NamedTuple):
    x: str
    y: str


@dataclass(frozen=True)
class Line:
    """A series over equal steps; `parts` are the polylines between its gaps, single points included."""

    points: tuple[Point | None, ...]
    parts: tuple[str, ...]
    grid: tuple[tuple[str, str], ...]  # (label, y)


@dataclass(frozen=True)
class Frame:
    """The plot within an SVG, in its units, and the values at its bottom and top."""

    left: float
    top: float
    width: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.top + self.height * (1 - share)

    def x(self, step: int, steps: int) -> float:
        return self.left + self.width * (step / (steps - 1) if steps > 1 else 0.5)


def line(values: Sequence[float | None], frame: Frame, ticks: Sequence[float]) -> Line:
    points = tuple(
        None if value is None else Point(_text(frame.x(step, len(values))), _text(frame.y(value)))
        for step, value in enumerate(values)
    )
    grid = tuple((f"{tick:g}", _text(frame.y(tick))) for tick in ticks)
    return Line(points, tuple(_parts(points)), grid)


def share_width(value: float, largest: float) -> str:
    """How many of 100 units a bar takes; a value above nothing is always seen."""
    if value <= 0 or largest <= 0:
        return "0"
    return _text(max(1.0, 100 * min(value / largest, 1.0)))


def _parts(points: Sequence[Point | None]) -> list[str]:
    parts: list[list[str]] = [[]]
    for point in points:
        if point is None:
            parts.append([])
        else:
            parts[-1].append(f"{point.x},{point.y}")
    return [" ".join(part) for part in parts if part]


def _text(number: float) -> str:
    return f"{number:.1f}"
