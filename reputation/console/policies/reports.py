"""A backtest's report as a page shows it: lines over the nights, bars, and examples in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reputation.console.desk_labels import TIERS
from reputation.console.policies.previews import reading_words
from reputation.governance.wording import SCOPES, sanction_words

WIDTH, HEIGHT = 600, 120
MOST_CATEGORIES = 12


@dataclass(frozen=True)
class Chart:
    """Lines over nights in a box of 600 by 120: name -> points; `top`: the highest value."""

    lines: Mapping[str, str]
    top: int
    first: date
    last: date


@dataclass(frozen=True)
class Share:
    """`percent`: 0 to 100, None where nobody could be judged; `judged`: of how many."""

    percent: float | None
    judged: int

    @property
    def width(self) -> str:
        return f"{self.percent or 0:.1f}"


@dataclass(frozen=True)
class Line:
    """Of a rule, tier or category."""

    name: str
    subjects: int
    right: Share
    controls: Share | None = None
    proposes: str = ""
    last_night: int = 0
    per_night: float = 0.0
    new: float | None = None
    gone: float | None = None
    reach: float = 0.0  # percent of the market's orders
    of: int = 0


@dataclass(frozen=True)
class Example:
    kind: str
    subject_id: str
    category: str
    orders: int
    rule: str
    readings: Sequence[str]


@dataclass(frozen=True)
class Report:
    first: date
    last: date
    nights: int
    judged: Sequence[date]
    chart: Chart
    total: Line
    rules: Sequence[Line]
    tiers: Sequence[Line]
    categories: Sequence[Line]
    more_categories: int
    against: Mapping[str, Any] | None
    examples_new: Sequence[Example]
    examples_gone: Sequence[Example]


def report_shown(report: Mapping[str, Any]) -> Report:
    """As `PolicyTrial.report` keeps it."""
    first, last, nights = report["nights"]
    against = report["against_live"]
    found = [_category(line) for line in report["categories"]]
    return Report(
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
        nights=nights,
        judged=[date.fromisoformat(night) for night in report["judged_nights"]],
        chart=chart(report["by_night"], against is not None),
        total=_rule("", report["all"]),
        rules=sorted(
            (_rule(rule, told) for rule, told in report["rules"].items()),
            key=lambda line: (-line.per_night, line.name),
        ),
        tiers=[_tier(line) for line in report["tiers"]],
        categories=found[:MOST_CATEGORIES],
        more_categories=max(len(found) - MOST_CATEGORIES, 0),
        against=against,
        examples_new=[_example(flag) for flag in against["examples_new"]] if against else [],
        examples_gone=[_example(flag) for flag in against["examples_gone"]] if against else [],
    )


def chart(series: Sequence[Mapping[str, Any]], compared: bool) -> Chart:
    """How many were flagged each night, by the policy and, `compared`, by the one in force."""
    names = ("flagged", "flagged_by_live") if compared else ("flagged",)
    nights = [date.fromisoformat(str(line["night"])) for line in series]
    top = max((int(line[name]) for line in series for name in names), default=0)
    lines = {name: points([int(line[name]) for line in series], top) for name in names}
    return Chart(lines, top, nights[0], nights[-1])


def points(values: Sequence[float], top: float) -> str:
    """Points of a polyline in the box; a single value becomes a level line."""
    steps = max(len(values) - 1, 1)
    doubled = [*values, values[-1]] if len(values) == 1 else values
    return " ".join(
        f"{WIDTH * at / steps:.1f},{HEIGHT - HEIGHT * value / (top or 1):.1f}" for at, value in enumerate(doubled)
    )


def _rule(name: str, told: Mapping[str, Any]) -> Line:
    return Line(
        name=name,
        subjects=told["subjects"],
        right=_share(told["precision"]),
        controls=_share(told["matched"]),
        proposes=sanction_words(told["action"]) if "action" in told else "",
        last_night=told["last_night"],
        per_night=told["mean_per_night"],
        new=told["new_per_night"],
        gone=told["gone_per_night"],
        reach=100 * max(kind["share"] for kind in told["reach"].values()),
    )


def _tier(line: Mapping[str, Any]) -> Line:
    name = f"{SCOPES[line['kind']]}: {TIERS.get(line['tier'], line['tier'])}"
    return Line(name, line["subjects"], _share(line["precision"]), of=line["all"])


def _category(line: Mapping[str, Any]) -> Line:
    return Line(f"{SCOPES[line['kind']]}: {line['category'] or '–'}", line["subjects"], _share(line["precision"]))


def _share(told: Mapping[str, Any]) -> Share:
    return Share(None if told["share"] is None else 100 * told["share"], told["judged"])


def _example(flag: Mapping[str, Any]) -> Example:
    words = [reading_words(reading) for reading in flag["readings"]]
    return Example(flag["kind"], flag["subject_id"], flag["category"], flag["orders"], flag["rule"], words)
