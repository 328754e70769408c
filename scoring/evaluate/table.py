"""The report as plain text: one table per target, best first, then what attacks cost and how stars behave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scoring.evaluate.contenders import MODEL
from scoring.metrics import ASPECTS, PLAIN_OUTCOMES

TITLES: dict[str, str] = {
    "defect": "a problem that is the subject's own doing",
    "problem": "a problem, whoever caused it",
    **{f"defect_{aspect}": f"a problem of its own doing with {aspect.replace('_', '-')}" for aspect in ASPECTS},
    **PLAIN_OUTCOMES,
}
NAMES: dict[str, str] = {
    "defect": "Own-doing problems",
    "problem": "Problems of any cause",
    **{f"defect_{aspect}": f"Own-doing {aspect.replace('_', '-')} problems" for aspect in ASPECTS},
    "bad": "Bad orders",
    "neg": "Negative answers",
    "late": "Late orders",
    "lateship": "Late dispatches",
}
ATTACKS: dict[str, str] = {
    "self_orders": "self-orders, up",
    "false_answers": "false answers, down",
    "false_complaints": "false complaints, down",
}
COLUMNS = ("rating", "AUC", "pooled", "log loss", "calib.", "large", "of ceiling", "AUC gained", "log loss gained")


def text(report: Mapping[str, Any]) -> str:
    """The whole report, lines of at most 132 characters."""
    parts = [opening(report), *(_target(report, target) for target in report["targets"])]
    parts += [_attack(report), _coverage(report), _stability(report), _KEY]
    return "\n\n".join(part for part in parts if part)


_KEY = """\
AUC: chance that an order which came to it was placed with a worse rated subject than one that did not; mean of the
cut-offs, and pooled. log loss: per order, at the level that the night would have published. calib.: expected calibration
error, and large: share said less share that came, both in percentage points. of ceiling: share of what the other half of
the same month's orders could tell. gained: ours less this one's, as a 90 % interval from drawing subjects again; * where
it excludes zero."""


def best_first(found: Mapping[str, Any]) -> list[str]:
    """Contenders of one target by mean log loss, the lowest first."""
    rows = found["contenders"]
    return sorted(rows, key=lambda key: (rows[key]["mean"]["log_loss"], key != MODEL))


def opening(report: Mapping[str, Any]) -> str:
    """What was looked at, in one sentence without its full stop."""
    days, orders = report["cutoffs"], sum(report["orders"])
    left = f"; {len(report['left_out'])} left out, not possible" if report["left_out"] else ""
    return (
        f"{report['kind']}s: {len(days)} cut-offs {days[0]} to {days[-1]}{left}, each judged on the orders of the"
        f" {report['horizon_days']} days after it: {orders:,.0f} orders of {report['subjects']:,} subjects"
    )


def _target(report: Mapping[str, Any], target: str) -> str:
    found = report["targets"][target]
    share = 100.0 * found["hits"] / found["orders"]
    title = f"{target}: {TITLES[target]} ({found['hits']:,.0f} orders, {share:.2f} %)"
    return title + "\n" + _table([COLUMNS, *target_rows(report, target)])


def target_rows(report: Mapping[str, Any], target: str) -> list[list[str]]:
    """One row of cells per rating, best first, ours marked with ">", and the ceiling last."""
    found = report["targets"][target]
    rows = [_row(report["labels"][key], found["contenders"][key], key == MODEL) for key in best_first(found)]
    mean, all_orders = found["ceiling"]["mean"], found["ceiling"]["pooled"]
    top = ["  ceiling: the month's other half", _f(mean["auc"]), _f(all_orders["auc"]), _f(mean["log_loss"], 4)]
    return [*rows, [*top, *_calibration(mean), "", "", ""]]


def _row(label: str, row: Mapping[str, Any], ours: bool) -> list[str]:
    mean, share = row["mean"], row["share_of_ceiling"]
    cells = [("> " if ours else "  ") + label, _f(mean["auc"]), _f(row["pooled"]["auc"]), _f(mean["log_loss"], 4)]
    cells += [*_calibration(mean), "" if share is None else f"{100 * share:.0f} %"]
    difference = row["difference"]
    return cells + (["", ""] if difference is None else [_sure(difference["auc"], 3), _sure(difference["log_loss"], 4)])


def _calibration(mean: Mapping[str, float]) -> list[str]:
    return [f"{mean['calibration_error']:.2f}", f"{mean['in_the_large']:+.2f}"]


def _sure(ends: Sequence[float], digits: int) -> str:
    low, high = ends
    return f"{low:+.{digits}f} {high:+.{digits}f}{'*' if low > 0 or high < 0 else ' '}"


def _f(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}"


def _attack(report: Mapping[str, Any]) -> str:
    share = report["attack"]["share"]
    up, down = 100 * share["up"], 100 * share["down"]
    title = (
        "Orders it takes to move a store of the middle by half a star of ours: up to place"
        f" {up:.0f} of 100, or down to {down:.0f} (nothing screened out)"
    )
    return title + "\n" + _table(attack_rows(report))


def attack_rows(report: Mapping[str, Any]) -> list[list[str]]:
    """Head and one row of cells per rating: orders that each attack takes."""
    rows = [
        [("> " if key == MODEL else "  ") + report["labels"][key], *(_cost(row[attack]) for attack in ATTACKS)]
        for key, row in report["attack"]["orders"].items()
    ]
    return [["rating", *ATTACKS.values()], *rows]


def _cost(orders: float | None) -> str:
    return "not reached" if orders is None else f"{orders:,.0f}"


def _coverage(report: Mapping[str, Any]) -> str:
    found = report["coverage"]
    title = f"How often the {100 * found['level']:.0f} % interval of the own defect held, by orders known"
    rows = [[band_name(band), f"{band['subjects']:,}", _percent(band["covered"])] for band in found["bands"]]
    total = ["all", f"{found['subjects']:,}", _percent(found["covered"])]
    return title + "\n" + _table([["  orders known", "subjects", "held"], *rows, total])


def band_name(band: Mapping[str, Any]) -> str:
    """ "30 to 100", "1000 and more"."""
    return f"{band['from']} and more" if band["to"] is None else f"{band['from']} to {band['to']}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _stability(report: Mapping[str, Any]) -> str:
    found = report["stability"]
    rows = [
        [row["label"], f"{row['subjects']:,}", f"{row['flips_per_100_nights']:.2f}", f"{row['moves']:.3f}"]
        for row in found["ratings"].values()
        if row["subjects"]
    ]
    if not rows:
        return ""
    title = "How often shown stars turn round, per store and 100 nights, all on our scale and before any dead band"
    return title + "\n" + _table([["rating", "stores", "turns", "mean move"], *rows])


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need, the first one left-aligned."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)
