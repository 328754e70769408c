"""The report as one HTML file that needs nothing else: plotly.js is inside, light and dark follow the reader's system."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from scoring.evaluate import charts
from scoring.evaluate.contenders import MODEL
from scoring.evaluate.table import COLUMNS, NAMES, TITLES, attack_rows, opening, target_rows

Rows = list[list[str]]
_PAGE = Path(__file__).with_name("page.html")


def page(report: Mapping[str, Any], tokens: str) -> str:
    """The whole page. `tokens`: CSS with the design's custom properties."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    figures: dict[str, Any] = {}
    parts = [_opening(report)]
    parts += [_target(report, target, figures) for target in report["targets"]]
    parts += [_attack(report, figures), _coverage(report, figures), _stability(report, figures)]
    told = json.dumps(figures).replace("<", "\\u003c")
    return Template(_PAGE.read_text(encoding="utf-8")).substitute(
        tokens=tokens, plotly=get_plotlyjs(), body="\n".join(parts), figures=told
    )


def _opening(report: Mapping[str, Any]) -> str:
    links = "".join(f'<li><a href="#{target}">{escape(target)}</a></li>' for target in report["targets"])
    extra = "".join(f'<li><a href="#{name}">{name}</a></li>' for name in ("attacks", "intervals", "stability"))
    return (
        f"<h1>How good are the ratings?</h1><p>{escape(opening(report).capitalize())}.</p>"
        '<p class="soft">Every rating was taught by what a night knew then, and nothing later. Log loss and calibration'
        " are at the level which that night would have published. The ceiling is what the other half of the same"
        " month's orders could tell.</p>"
        f"<nav><ul>{links}{extra}</ul></nav>"
    )


def _target(report: Mapping[str, Any], target: str, figures: dict[str, Any]) -> str:
    figures[f"auc-{target}"] = charts.leaderboard(report, target)
    figures[f"rel-{target}"] = charts.reliability(report, target)
    table = _table([list(COLUMNS), *target_rows(report, target)])
    return (
        f'<section id="{target}"><h2>{escape(_headline(report, target))}</h2>'
        f'<p class="soft">{escape(target)}: {escape(TITLES[target])}.</p>'
        f'<div class="pair">{_figure("auc-" + target, "How well each rating orders the subjects", "")}'
        f"{_figure('rel-' + target, _calibrated(report, target), 'Each dot is a tenth of the orders.')}</div>"
        f'<details><summary>All figures</summary><div class="scroll">{table}</div></details></section>'
    )


def _headline(report: Mapping[str, Any], target: str) -> str:
    """What one sees, with no more than the intervals bear out."""
    rows = report["targets"][target]["contenders"]
    ends = [row["difference"]["log_loss"] for key, row in rows.items() if key != MODEL]
    better, worse = sum(high < 0 for _, high in ends), sum(low > 0 for low, _ in ends)
    tail = f", worse than {worse}" if worse else ""
    return f"{NAMES[target]}: surely better than {better} of {len(ends)} others{tail}"


def _calibrated(report: Mapping[str, Any], target: str) -> str:
    off = report["targets"][target]["contenders"][MODEL]["pooled"]["in_the_large"]
    side = "more" if off > 0 else "fewer"
    return f"Livestar said {abs(off):.1f} in 100 {side} than came"


def _attack(report: Mapping[str, Any], figures: dict[str, Any]) -> str:
    figures["chart-attacks"] = charts.attack(report)
    found = report["attack"]
    up, down = 100 * found["share"]["up"], 100 * found["share"]["down"]
    note = (
        f"Median of {found['stores']} stores of the middle. Half a star of ours is the way from the middle to place"
        f" {up:.0f} of 100, or down to {down:.0f}; the same places for every rating. Nothing is screened out. No mark:"
        " 10,000 orders do not get there, or too many stand level."
    )
    ours, plain = (_number(found["orders"][key]["false_answers"]) for key in (MODEL, "dsr_mean"))
    title = f"False answers that move a store down by half a star: {ours} here, {plain} for the mean of scores"
    table = f'<details><summary>All figures</summary><div class="scroll">{_table(attack_rows(report))}</div></details>'
    return f'<section id="attacks"><h2>{escape(title)}</h2>{_figure("chart-attacks", "", note)}{table}</section>'


def _number(orders: float | None) -> str:
    return "no number" if orders is None else f"{orders:,.0f}"


def _coverage(report: Mapping[str, Any], figures: dict[str, Any]) -> str:
    figures["chart-intervals"] = charts.coverage(report)
    found = report["coverage"]
    title = f"{100 * (found['covered'] or 0):.0f} % of outcomes lay inside the {100 * found['level']:.0f} % intervals"
    note = "By the orders that were known of a subject (decayed, half-life 120 days), at each cut-off's own level."
    return f'<section id="intervals"><h2>{escape(title)}</h2>{_figure("chart-intervals", "", note)}</section>'


def _stability(report: Mapping[str, Any], figures: dict[str, Any]) -> str:
    rows = {key: row for key, row in report["stability"]["ratings"].items() if row["subjects"]}
    if MODEL not in rows:
        return '<section id="stability"><h2>Too few cut-offs to see stars turn</h2></section>'
    figures["chart-stability"] = charts.stability(report)
    ours = rows[MODEL]["flips_per_100_nights"]
    title = f"Before any dead band a star turns round {ours:.1f} times in 100 nights"
    note = (
        "Up after down or down after up, in tenths, as seen from cut-off to cut-off; every rating on our scale. What is"
        " shown on pages is held back further."
    )
    return f'<section id="stability"><h2>{escape(title)}</h2>{_figure("chart-stability", "", note)}</section>'


def _figure(name: str, title: str, note: str) -> str:
    head = f"<h3>{escape(title)}</h3>" if title else ""
    caption = f"<figcaption>{escape(note)}</figcaption>" if note else ""
    return f'<figure>{head}<div class="chart" id="{name}"></div>{caption}</figure>'


def _table(rows: Rows) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(_line, rows[1:]))}</tbody></table>"


def _line(row: list[str]) -> str:
    kind = ' class="ours"' if row[0].startswith(">") else ' class="top"' if row[0].strip().startswith("ceiling") else ""
    return f"<tr{kind}>{''.join(f'<td>{escape(cell.strip(chr(62) + chr(32)))}</td>' for cell in row)}</tr>"
