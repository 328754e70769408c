"""The report of a backtest as a table to be read on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_MOST_CATEGORIES = 10
_HEAD = ("rule", "proposes", "last night", "per night", "new", "gone", "in all", "right", "of", "controls", "reach")


def text(report: dict[str, Any]) -> str:
    """The whole report, lines of at most 130 characters or so."""
    first, last, count = report["nights"]
    judged = report["judged_nights"]
    followed = (
        f"flags of {len(judged)} nights from {judged[0]} to {judged[-1]} were followed for 30 days"
        if judged
        else "no night lies far enough back for its flags to be followed: their orders settle in 90 days"
    )
    lines = [f"{report['policy']}: {count} nights from {first} to {last}; {followed}", ""]
    rows = [_line("any rule", report["all"], "")]
    rows += [_line(rule, told, told["action"]) for rule, told in report["rules"].items()]
    lines += _table([_HEAD, *rows])
    lines += [
        "",
        _LEGEND,
        "",
        *_tiers(report["tiers"]),
        *_categories(report["categories"]),
        *_against(report["against_live"]),
    ]
    return "\n".join(lines) + "\n"


_LEGEND = (
    "right: of the flagged who sold at least 10 orders in the 30 days after, those with at least twice the defects of\n"
    "their category; controls: the same of subjects of like category and volume that no rule flags; reach: share of the\n"
    "market's orders."
)


def _line(name: str, told: dict[str, Any], action: str) -> tuple[str, ...]:
    precision, matched = told["precision"], told["matched"]
    reach = max(kind["share"] for kind in told["reach"].values())
    return (
        name, action, str(told["last_night"]), _number(told["mean_per_night"]), _number(told["new_per_night"]),
        _number(told["gone_per_night"]), str(told["subjects"]), _share(precision["share"]), str(precision["judged"]),
        _share(matched["share"]), f"{100 * reach:.2f} %",
    )  # fmt: skip


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(w) if at < 2 else cell.rjust(w) for at, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def _categories(lines: list[dict[str, Any]]) -> list[str]:
    if not lines:
        return ["nobody is flagged", ""]
    rows = [("category", "kind", "flagged", "right", "of")]
    for line in lines[:_MOST_CATEGORIES]:
        share = line["precision"]
        rows.append(
            (
                line["category"] or "(none)",
                line["kind"],
                str(line["subjects"]),
                _share(share["share"]),
                str(share["judged"]),
            )
        )
    more = [f"and {len(lines) - _MOST_CATEGORIES} more"] if len(lines) > _MOST_CATEGORIES else []
    return [*_table(rows), *more, ""]


def _tiers(lines: list[dict[str, Any]]) -> list[str]:
    if not any(line["subjects"] for line in lines):
        return []
    rows = [("tier", "kind", "flagged", "of all", "right", "of")]
    for line in lines:
        share = line["precision"]
        counts = (str(line["subjects"]), str(line["all"]), _share(share["share"]), str(share["judged"]))
        rows.append((line["tier"], line["kind"], *counts))
    return [*_table(rows), ""]


def _against(compared: dict[str, Any] | None) -> list[str]:
    if compared is None:
        return ["no policy is in force to compare with"]
    last = compared["last_night"]
    lines = [
        f"against the policy in force: {compared['newly_flagged']} subjects newly flagged, "
        f"{compared['no_longer_flagged']} no longer, {compared['flagged_by_both']} by both at some time; on the last night "
        f"{last['newly_flagged']}, {last['no_longer_flagged']} and {last['flagged_by_both']}"
    ]
    for title, examples in (("newly flagged", compared["examples_new"]), ("no longer", compared["examples_gone"])):
        lines += [f"  {title}: {_example(flag)}" for flag in examples]
    return lines


def _example(flag: dict[str, Any]) -> str:
    readings = "; ".join(_reading(reading) for reading in flag["readings"])
    return f"{flag['kind']} {flag['subject_id']} ({flag['orders']} orders in 30 days), {flag['rule']}: {readings}"


def _reading(reading: dict[str, Any]) -> str:
    over = f" over {reading['window']} days" if reading["window"] else ""
    made = "" if reading["n"] is None or reading["read"] == "count" else f" ({reading['n']:g} of {reading['d']:g})"
    return f"{reading['metric']} {reading['read']}{over} {reading['value']:.4g} {reading['op']} {reading['than']:.4g}{made}"
