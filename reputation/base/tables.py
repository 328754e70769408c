"""Tables as CSV and XLSX that a spreadsheet opens as what they are: in any script, and with no cell taken for a formula."""

from __future__ import annotations

import csv
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import IO, Any

from django.utils.functional import Promise

_MARK = "\ufeff"  # without it spreadsheets read Chinese as something else
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # the last four as some spreadsheets type them
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML may hold them
MOST_ROWS = 1_048_575  # beside the head; a sheet ends there
_LONGEST_CELL = 32_767  # characters
CSV, XLSX = "csv", "xlsx"
CONTENT_TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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


def xlsx_file(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, sheet: str) -> IO[bytes]:
    """A workbook of one sheet in a temporary file, which goes when it is closed. Rows are written as they come, so a
    long table takes no memory; a text is a text, whatever it begins with. Rows beyond MOST_ROWS are left out."""
    import xlsxwriter

    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever is handed it closes it)
    as_they_are = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "nan_inf_to_errors": True, **as_they_are})
    page, head = book.add_worksheet(_sheet_name(sheet)), book.add_format({"bold": True, "bottom": 1})
    page.freeze_panes(1, 0)
    page.set_column(0, len(columns) - 1, 22)
    page.write_row(0, 0, columns, head)
    for at, row in zip(range(1, MOST_ROWS + 1), rows, strict=False):
        for place, value in enumerate(row):
            _write(page, at, place, value)
    book.close()
    file.seek(0)
    return file


def _write(page: Any, at: int, place: int, value: Any) -> None:
    """Times as ISO texts: as everywhere else, and no reader's time zone moves them."""
    if value is None:
        return
    if isinstance(value, bool | int | float):
        page.write(at, place, value)
        return
    text = value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else _text(value)
    page.write_string(at, place, _CONTROLS.sub("", text)[:_LONGEST_CELL])


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | tuple | dict) else str(value)


def _sheet_name(name: str) -> str:
    """31 characters at most, without what a reference to a sheet is written with."""
    return re.sub(r"[\[\]:*?/\\']", " ", _CONTROLS.sub("", name))[:31].strip() or "Sheet1"


def _cell(value: Any) -> Any:
    if isinstance(value, datetime | list | tuple | dict):
        return _text(value)
    if isinstance(value, str | Promise):
        plain = str(value).replace("\0", "")
        return f"'{plain}" if plain.startswith(_FORMULA) else plain
    return value
