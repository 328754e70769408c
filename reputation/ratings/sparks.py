"""Small pictures without axes, as SVG: a line of weeks, and a value on a scale beside what is usual."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 120, 32
_PAD = 3
MEDIANS = 2.5


def spark(values: Sequence[float | None], label: str) -> SafeString:
    """Values in order, None where there is none: there the line is broken, and a value alone is a dot."""
    top = max((value for value in values if value is not None), default=0.0) or 1.0
    step = (WIDTH - 2 * _PAD) / max(len(values) - 1, 1)
    spots = [None if value is None else (_PAD + at * step, _height(value / top)) for at, value in enumerate(values)]
    last = next((spot for spot in reversed(spots) if spot), None)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        WIDTH, HEIGHT, label,
        format_html_join("", '<polyline class="chart-line" points="{}"/>', ((_points(run),) for run in _runs(spots))),
        format_html('<circle class="chart-last" cx="{}" cy="{}" r="3"/>', *_rounded(last)) if last else "",
    )  # fmt: skip


def _height(share: float) -> float:
    return HEIGHT - _PAD - share * (HEIGHT - 2 * _PAD)


def _runs(spots: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for spot in spots:
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(spot)
    return [run for run in runs if run]


def _points(run: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in run)


def _rounded(spot: tuple[float, float]) -> tuple[str, str]:
    return f"{spot[0]:.1f}", f"{spot[1]:.1f}"


def scale_of(own: float, usual: float | None) -> float:
    """Where the scale of a value ends: at a multiple of the median, so that the medians of a list stand in one column
    and the bars compare; without a median a little beyond the value."""
    return MEDIANS * usual if usual else max(1.25 * own, 1e-9)


def cut(value: float, top: float, length: float) -> SafeString:
    """Two strokes at the end of a bar that its scale is too short for."""
    if value <= top:
        return SafeString("")
    return format_html('<path class="bar-cut" d="M{} 0l-4 16M{} 0l-4 16"/>', length - 5, length - 11)


def band(own: float, usual: float | None, quick: float | None, *, look: str, label: str) -> SafeString:
    """An own value on a scale from 0 to two and a half medians, marks for the median and for what the quicker quarter
    stays below. `look`: class of the bar."""
    top = scale_of(own, usual)
    marks = [(kind, value) for kind, value in (("band-usual", usual), ("band-quick", quick)) if value is not None]
    return format_html(
        '<svg class="bar band" viewBox="0 0 300 16" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<rect class="bar-track" y="4" width="300" height="8"/><rect class="{}" y="4" width="{}" height="8"/>{}{}</svg>',
        label,
        look,
        f"{300 * min(own / top, 1):.1f}",
        format_html_join(
            "", '<rect class="{}" x="{}" width="1.4" height="16"/>',
            ((kind, f"{300 * min(value / top, 1) - 0.7:.1f}") for kind, value in marks),
        ),
        cut(own, top, 300),
    )  # fmt: skip
