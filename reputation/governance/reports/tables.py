"""Tables as CSV that a spreadsheet opens as what it is: in any script, and with no cell taken for a formula."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

_MARK = "\ufeff"  # without it spreadsheets read Chinese as something else
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Line:
    """Where csv writes to: what was written last."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The head and a line per row. None is an empty cell, a list its JSON, a time ISO 8601 in UTC."""
    writer = csv.writer(_Line(), lineterminator="\r\n")
    yield _MARK + writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(value) for value in row])


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str):
        plain = value.replace("\0", "")
        return f"'{plain}" if plain.startswith(_FORMULA) else plain
    return value
