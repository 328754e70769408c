"""Tables that are handed out: whole, in any script, and no cell is a formula, whatever somebody called a thing."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.base.tables import csv_lines, xlsx_file

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1+1",
    '=HYPERLINK("http://x")',
    "{=1}",
    "http://x",
]
_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
SOME = settings(max_examples=40, deadline=None)


def read_csv(columns: list[str], rows: list[list[object]]) -> list[list[str]]:
    text = "".join(csv_lines(columns, rows))
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def cells(rows: list[list[object]], columns: tuple[str, ...] = ("a", "b")) -> list[list[str]]:
    """Of a workbook, read from its own XML; a formula would be an <f>."""
    with xlsx_file(columns, rows, sheet="Orders: a/b [x]?") as file, zipfile.ZipFile(file) as packed:
        assert "xl/sharedStrings.xml" not in packed.namelist()  # texts stand in their cells: nothing is kept in memory
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    assert not sheet.findall(".//m:f", _NS)
    assert not sheet.findall(".//m:hyperlink", _NS)
    return [["".join(cell.itertext()) for cell in row.findall("m:c", _NS)] for row in sheet.findall(".//m:row", _NS)]


def test_no_cell_of_a_csv_is_taken_for_a_formula() -> None:
    rows = read_csv(["name"], [[text] for text in HOSTILE])
    assert [row[0][0] for row in rows[1:]] == ["'"] * 9 + ["{", "h"]


@SOME
@given(st.text(max_size=20))
def test_a_csv_cell_never_begins_like_a_formula_and_keeps_its_text(text: str) -> None:
    ((cell,),) = read_csv(["name"], [[text]])[1:] or [[""]]
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    plain = text.replace("\0", "")
    assert cell in (plain, f"'{plain}")


def test_numbers_and_nothing_stay_what_they_are() -> None:
    assert read_csv(["a", "b", "c"], [[-3, None, 1.5]])[1] == ["-3", "", "1.5"]
    assert cells([[-3, None], [1.5, True]])[1:] == [["-3"], ["1.5", "1"]]


def test_times_are_iso_in_both() -> None:
    at, day = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), date(2026, 1, 2)
    assert read_csv(["a", "b"], [[at, day]])[1] == ["2026-01-02T03:04:05+00:00", "2026-01-02"]
    assert cells([[at, day]])[1] == ["2026-01-02T03:04:05+00:00", "2026-01-02"]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    assert [row[0] for row in cells([[text] for text in HOSTILE])[1:]] == [
        text.replace("\r", "_x000D_") for text in HOSTILE
    ]


@SOME
@given(st.text(max_size=30))
def test_any_text_leaves_a_workbook_that_can_be_read(text: str) -> None:
    assert len(cells([[text, "after"]])) == 2


def test_chinese_and_hostile_heads_are_texts_too() -> None:
    assert cells([["订单"]], ("=编号",))[0] == ["=编号"]
