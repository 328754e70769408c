"""Figures of the report for plotly.js, as plain dicts. A colour "--name" is a token that the page fills in."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from scoring.evaluate.contenders import MODEL
from scoring.evaluate.table import ATTACKS, band_name, best_first

Chart = dict[str, Any]
_ROW = 38  # pixels a line of a chart, for labels of two lines
_TICKS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]


def leaderboard(report: Mapping[str, Any], target: str) -> Chart:
    """AUC of each rating, best log loss on top, and the ceiling as a line."""
    found = report["targets"][target]
    keys = best_first(found)[::-1]
    values = [found["contenders"][key]["mean"]["auc"] for key in keys]
    top = found["ceiling"]["mean"]["auc"]
    bars = {
        "type": "scatter", "mode": "markers+text", "x": values, "y": [_label(report["labels"][key]) for key in keys],
        "text": [f"{value:.3f}" for value in values], "textposition": "middle right", "cliponaxis": False,
        "marker": {"size": 11, "color": ["--accent" if key == MODEL else "--line-strong" for key in keys]},
        "textfont": {"color": ["--accent" if key == MODEL else "--ink-soft" for key in keys]},
        "hovertemplate": "%{y}: %{x:.4f}<extra></extra>",
    }  # fmt: skip
    span = [0.49, max(top, *values) + 0.035]
    layout = _layout(
        len(keys) * _ROW + 90, x={"range": span, "title": {"text": "AUC over orders, mean of the cut-offs"}}
    )
    layout["shapes"] = [_line(top, "--star", "dash")]
    layout["annotations"] = [_note(top, "ceiling")]
    return {"data": [bars], "layout": layout}


def reliability(report: Mapping[str, Any], target: str) -> Chart:
    """Tenths of the orders: what ours said, and what came."""
    rows = report["targets"][target]["reliability"][MODEL]
    said, came = ([100.0 * row[name] for row in rows] for name in ("said", "came"))
    end = max([*said, *came, 1.0]) * 1.08
    dots = {
        "type": "scatter", "mode": "markers+lines", "x": said, "y": came,
        "customdata": [row["orders"] for row in rows], "line": {"color": "--accent", "width": 1.5},
        "marker": {"size": 8, "color": "--accent"},
        "hovertemplate": "said %{x:.2f} %, came %{y:.2f} %, %{customdata:,.0f} orders<extra></extra>",
    }  # fmt: skip
    layout = _layout(
        330, x={"range": [0, end], "title": {"text": "% of orders, as said"}},
        y={"range": [0, end], "title": {"text": "% of orders, as it came"}, "showgrid": True, "automargin": True},
    )  # fmt: skip
    layout["shapes"] = [_segment((0, 0), (end, end))]
    return {"data": [dots], "layout": layout}


def coverage(report: Mapping[str, Any]) -> Chart:
    """Share of outcomes inside the interval, by orders known."""
    found = report["coverage"]
    bands = [band for band in found["bands"] if band["subjects"]]
    dots = {
        "type": "scatter", "mode": "markers+text", "x": [100.0 * band["covered"] for band in bands],
        "y": [f"{band_name(band)} orders" for band in bands], "textposition": "middle right", "cliponaxis": False,
        "text": [f"{100.0 * band['covered']:.0f} % of {band['subjects']:,}" for band in bands],
        "marker": {"size": 11, "color": "--accent"}, "textfont": {"color": "--ink-soft"},
        "hovertemplate": "%{y}: %{x:.1f} %<extra></extra>",
    }  # fmt: skip
    layout = _layout(len(bands) * _ROW + 110, x={"range": [40, 110], "title": {"text": "% inside the interval"}})
    layout["shapes"] = [_line(100.0 * found["level"], "--star", "dash")]
    layout["annotations"] = [_note(100.0 * found["level"], f"{100 * found['level']:.0f} % promised")]
    return {"data": [dots], "layout": layout}


def attack(report: Mapping[str, Any]) -> Chart:
    """Orders that an attack takes, per rating; nothing drawn where it does not get there."""
    orders = report["attack"]["orders"]
    keys = list(orders)[::-1]
    tints, symbols, sizes = ("--good", "--bad", "--star"), ("circle", "x", "diamond-open"), (11, 8, 16)
    data = [
        {
            "type": "scatter", "mode": "markers", "name": name, "x": [orders[key][kind] for key in keys],
            "y": [_label(report["labels"][key]) for key in keys], "marker": {"size": size, "color": tint, "symbol": symbol, "line": {"width": 1.5, "color": tint}},
            "hovertemplate": "%{y}: %{x:,.0f} orders<extra></extra>",
        }
        for (kind, name), tint, symbol, size in zip(ATTACKS.items(), tints, symbols, sizes, strict=True)
    ]  # fmt: skip
    layout = _layout(
        len(keys) * _ROW + 120, x={"type": "log", "tickvals": _TICKS, "title": {"text": "orders it takes (log scale)"}}
    )
    layout["yaxis"]["categoryarray"] = [_label(report["labels"][key]) for key in keys]
    return {"data": data, "layout": layout | {"showlegend": True, "legend": {"orientation": "h", "y": 1.12, "x": 0}}}


def stability(report: Mapping[str, Any]) -> Chart:
    """Turns of shown stars per store and 100 nights."""
    rows = [row for row in report["stability"]["ratings"].values() if row["subjects"]][::-1]
    values = [row["flips_per_100_nights"] for row in rows]
    ours = report["labels"][MODEL]
    tints = ["--accent" if row["label"] == ours else "--line-strong" for row in rows]
    bars = {
        "type": "bar", "orientation": "h", "x": values, "y": [_label(row["label"]) for row in rows], "width": 0.55,
        "text": [f"{value:.2f}" for value in values], "textposition": "outside", "cliponaxis": False,
        "marker": {"color": tints}, "hovertemplate": "%{y}: %{x:.2f}<extra></extra>",
    }  # fmt: skip
    span = [0, max([*values, 0.1]) * 1.2]
    return {
        "data": [bars],
        "layout": _layout(len(rows) * _ROW + 90, x={"range": span, "title": {"text": "turns per 100 nights"}}),
    }


def _label(name: str) -> str:
    """Broken into lines that leave a telephone some room for the chart."""
    return "<br>".join(textwrap.wrap(name, 20))


def _layout(height: int, x: Mapping[str, Any], y: Mapping[str, Any] | None = None) -> Chart:
    axis = {"gridcolor": "--line", "zeroline": False, "linecolor": "--line-strong", "tickcolor": "--line-strong"}
    return {
        "height": height,
        "margin": {"l": 10, "r": 20, "t": 30, "b": 60},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "--font", "color": "--ink", "size": 13},
        "hoverlabel": {"bgcolor": "--surface", "font": {"color": "--ink"}},
        "showlegend": False,
        "xaxis": {**axis, "fixedrange": True, **x},
        "yaxis": {**axis, "fixedrange": True, "automargin": True, "showgrid": False, **(y or {})},
    }


def _line(x: float, tint: str, dash: str) -> Chart:
    return {
        "type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "yref": "paper", "line": {"color": tint, "dash": dash, "width": 1.5}
    }  # fmt: skip


def _segment(start: Sequence[float], end: Sequence[float]) -> Chart:
    ends = {"x0": start[0], "y0": start[1], "x1": end[0], "y1": end[1]}
    return {"type": "line", **ends, "line": {"color": "--line-strong", "dash": "dot", "width": 1.5}, "layer": "below"}


def _note(x: float, text: str) -> Chart:
    return {
        "x": x, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False, "text": text, "font": {"color": "--star"}
    }  # fmt: skip
