"""The reports as files: what the command writes and the console hands out are the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from reputation.base.tables import csv_lines
from reputation.governance.reports import regulator, transparency
from reputation.governance.reports.periods import Period
from reputation.governance.reports.schema import FIELDS

FORMATS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


def _transparency_csv(period: Period) -> Iterator[str]:
    found = transparency.statements(first=period.first, last=period.last)
    return csv_lines(FIELDS, ([one[name] for name in FIELDS] for one in found))


def _transparency_json(period: Period) -> Iterator[str]:
    """A statement a line, so that a long period need not be held as a whole."""
    yield '{"statements": ['
    comma = "\n"
    for one in transparency.statements(first=period.first, last=period.last):
        yield comma + json.dumps(_without_empty(one), ensure_ascii=False)
        comma = ",\n"
    yield "\n]}\n"


def _without_empty(statement: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if value not in (None, [])}


def _regulator_csv(period: Period) -> Iterator[str]:
    return csv_lines(regulator.CSV_COLUMNS, regulator.csv_rows(regulator.report(period)))


def _regulator_json(period: Period) -> Iterator[str]:
    yield json.dumps(regulator.report(period), ensure_ascii=False, indent=1) + "\n"


REPORTS: dict[tuple[str, str], Callable[[Period], Iterator[str]]] = {
    ("transparency", "csv"): _transparency_csv,
    ("transparency", "json"): _transparency_json,
    ("regulator", "csv"): _regulator_csv,
    ("regulator", "json"): _regulator_json,
}
NAMES = ("transparency", "regulator")


def file_name(report: str, form: str, period: Period) -> str:
    return f"{report}-{period.first}-{period.last}.{form}"
