"""The orders behind a metric as a table: the whole list as it was filtered, with nobody's name in it."""

from __future__ import annotations

import csv
import io
import zipfile
from xml.etree import ElementTree

import pytest
from django.test import Client

from reputation.evidence.setting_aside import unit_set_aside
from reputation.governance.objections.services import objection_file
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import market, member
from tests.portal.test_metrics import late

pytestmark = pytest.mark.django_db
LATE = "/portal/metric/late_dispatch.{}/stores/s1"


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


def rows(client: Client, address: str, **headers: str) -> list[dict[str, str]]:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_line_says_what_the_page_says(mia: Client) -> None:
    objection_file(kind="store", subject_id="s1", by=member("second"), text="", lines=[("o:o1", "attack")])
    (line,) = rows(mia, LATE.format("csv"))
    assert line == {
        "Kind": "Order", "Number": "o1", "Day": "2026-06-21", "What went wrong": "Dispatched late", "Whose doing": "you",
        "Counts": "yes", "Why not": "", "What else went wrong": "", "Objection": "objection open",
        "Decided by": "2026-07-08",
    }  # fmt: skip


def test_a_metric_in_minutes_has_them_as_numbers(mia: Client) -> None:
    found = rows(mia, "/portal/metric/dispatch_time.csv/stores/s1")
    assert [(line["Number"], line["Minutes"]) for line in found] == [("o1", "2160"), ("o3", "360"), ("o2", "360")]


def test_filters_hold_for_the_whole_list(mia: Client) -> None:
    late(*(f"late{number:03}" for number in range(130)))
    unit_set_aside(unit="o:late007", kind="store", subject_id="s1", reason="attack", source="x:1")
    assert len(rows(mia, LATE.format("csv"))) == 130  # that of the market is one of them
    assert len(rows(mia, LATE.format("csv") + "?shown=all")) == 131
    (aside,) = rows(mia, LATE.format("csv") + "?shown=cleared")
    assert (aside["Number"], aside["Counts"], aside["Why not"]) == (
        "late007",
        "no",
        "Cleared: An attack on the subject",
    )
    assert len(rows(mia, LATE.format("csv") + "?search=late00")) == 9


def test_the_workbook_holds_the_same(mia: Client) -> None:
    answer = mia.get(LATE.format("xlsx"))
    assert answer["Content-Type"].startswith("application/vnd.openxmlformats")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        sheet = ElementTree.fromstring(packed.read("xl/worksheets/sheet1.xml"))
    told = " ".join(sheet.itertext())
    assert "o1" in told
    assert "Dispatched late" in told


def test_a_hostile_number_is_no_formula_and_no_buyer_is_named(mia: Client) -> None:
    late("=1+1")
    found = rows(mia, LATE.format("csv"))
    assert "'=1+1" in {line["Number"] for line in found}
    assert not [value for line in found for value in line.values() if "buyer" in value]


def test_it_is_written_in_the_language_of_who_asks(mia: Client) -> None:
    (line,) = rows(mia, LATE.format("csv"), **{"accept-language": "zh-hans"})
    assert line["责任方"] == "您"


@pytest.mark.parametrize("form", ["exe", "html", "CSV"])
def test_there_is_no_other_form(mia: Client, form: str) -> None:
    assert mia.get(LATE.format(form)).status_code == 404
