"""Every way to send nonsense: the answer names row, field and mend, nothing good is lost, nothing counts twice."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reputation.evidence.models import Complaint, DailyCount, Order, RejectedRow
from tests.evidence.conftest import Send, lines, order


def rejection(send: Send, kind: str, row: Any) -> dict[str, Any]:
    """What is said of `row` when it stands between two good orders, which are kept."""
    good = [order(1), order(3)] if kind == "orders" else []
    rows = [*good[:1], row, *good[1:]]
    answer = send(kind, rows)
    assert answer.status_code == 207, answer.content
    assert answer.json()["accepted"] == len(good)
    (bad,) = answer.json()["rejected"]
    assert bad["row"] == rows.index(row) + 1
    assert RejectedRow.objects.get().error == bad["error"]
    return bad


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("placed_at", "2026-05-01T09:30:00", "with an offset"),
        ("placed_at", "9999-12-31T23:59:59Z", "future"),
        ("placed_at", "9999-12-31T23:59:59-12:00", "future"),
        ("placed_at", "0001-01-01T00:00:00+05:00", "before 2000"),
        ("placed_at", "1999-12-31T23:59:59Z", "before 2000"),
        ("placed_at", "yesterday", "ISO 8601"),
        ("placed_at", 1777600000, "ISO 8601"),
        ("placed_at", None, "ISO 8601"),
        ("ship_by", "2045-01-01T00:00:00Z", "two years"),
        ("amount", "NaN", "no amounts"),
        ("amount", "Infinity", "no amounts"),
        ("amount", "-0.01", "negative"),
        ("amount", -5, "negative"),
        ("amount", "1000000000000", "999,999,999,999"),
        ("amount", "1e9999999", "999,999,999,999"),
        ("amount", "19.99999", "4 decimals"),
        ("amount", "nineteen", "decimal"),
        ("amount", None, "decimal"),
        ("amount", True, "decimal"),
        ("currency", "cny", "ISO 4217"),
        ("cancelled_by", "courier", "buyer, merchant, platform"),
        ("order_id", "x" * 129, "128 characters"),
        ("order_id", "", "length >= 1"),
        ("order_id", 17, "string"),
        ("order_id", None, "string"),
        ("buyer_ref", "a\0b", "NUL"),
        ("live_id", "a|b", '"|"'),
        ("retracted", "yes", "true or false"),
        ("observed_at", "2050-01-01T00:00:00Z", "future"),
        ("colour", "red", "unknown field"),
    ],
)
def test_a_bad_order_is_named_with_its_mend(send: Send, field: str, value: Any, mend: str) -> None:
    bad = rejection(send, "orders", order(2, **{field: value}))
    assert bad["field"] == field
    assert mend in bad["error"]
    assert set(Order.objects.values_list("order_id", flat=True)) == {"O1", "O3"}


@pytest.mark.parametrize(
    ("kind", "row", "field", "mend"),
    [
        ("anchors", {"anchor_id": "A", "followers": "12"}, "followers", "without quotes"),
        ("anchors", {"anchor_id": "A", "followers": -1}, "followers", "from 0"),
        ("anchors", {"anchor_id": "A", "followers": 1.5}, "followers", "whole number"),
        ("anchors", {"anchor_id": "A", "followers": 10**30}, "followers", "whole number"),
        ("stores", {"store_id": "S", "opened_on": "1999-01-01"}, "opened_on", "before 2000"),
        ("stores", {"store_id": "S", "opened_on": "2099-01-01"}, "opened_on", "future"),
        ("stores", {"store_id": "S", "opened_on": "01.02.2020"}, "opened_on", "2026-05-01"),
        ("stores", {"store_id": "S", "name": "n" * 201}, "name", "200"),
        ("stores", {"name": "nobody"}, "store_id", "must name its store_id"),
        ("complaints", {"complaint_id": "C", "text": "t" * 4001}, "text", "4000"),
        ("complaints", {"complaint_id": "C", "category": "noise"}, "category", "false_advertising"),
        ("returns", {"return_id": "R", "reason": "ugly"}, "reason", "no_reason"),
        ("responses", {"response_id": "P", "answers": {"overall": 6}}, "answers.overall", "1 to 5"),
        ("responses", {"response_id": "P", "answers": {"overal": 5}}, "overal", "unknown field"),
        ("responses", {"response_id": "P", "hype": "perhaps"}, "hype", "true or false"),
        ("responses", {"response_id": "P", "overall": 1, "answers": {"overall": 2}}, "answers.overall", "once"),
        ("exclusions", {"exclusion_id": "X", "reason": "bribe"}, "reason", "force_majeure"),
        (
            "exclusions",
            {"exclusion_id": "X", "from": "2026-05-02T00:00:00Z", "to": "2026-05-01T00:00:00Z"},
            "to",
            "before from",
        ),
        ("exclusions", {"exclusion_id": "X", "reason": "attack"}, "order_id", "subject_kind and subject_id, or region"),
        ("exclusions", {"exclusion_id": "X", "reason": "attack", "subject_id": "S"}, "order_id", "subject_kind and"),
        (
            "complaints",
            {"complaint_id": "C", "category": "safety", "opened_at": "2026-05-01T00:00:00Z"},
            "order_id",
            "about nothing",
        ),
        (
            "daily_counts",
            {"subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "charm"},
            "metric",
            "late_dispatch",
        ),
        (
            "daily_counts",
            {
                "subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "defect",
                "numerator": 5, "denominator": 4,
            },
            "numerator",
            "more than the denominator",
        ),
        ("orders", ["O2"], "", "object"),
        ("orders", "O2", "", "object"),
        ("orders", None, "", "object"),
    ],
)  # fmt: skip
def test_a_bad_row_of_any_kind_is_named(send: Send, kind: str, row: Any, field: str, mend: str) -> None:
    bad = rejection(send, kind, row)
    assert bad["field"] == field
    assert mend in bad["error"]


def test_clocks_may_be_ten_minutes_ahead(send: Send) -> None:
    def at(minutes: float) -> str:
        return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()

    rows = [order(1, placed_at=at(9.9), ship_by=None), order(2, placed_at=at(10.5), ship_by=None)]
    answer = send("orders", rows).json()
    assert (answer["accepted"], [bad["row"] for bad in answer["rejected"]]) == (1, [2])


def test_amounts_keep_two_decimals(send: Send) -> None:
    rows = [order(1, amount="19.9"), order(2, amount=0.1), order(3, amount="2.3450"), order(4, amount=10**11)]
    assert send("orders", rows).json()["accepted"] == 4
    assert [str(o.amount) for o in Order.objects.order_by("order_id")] == ["19.90", "0.10", "2.35", "100000000000.00"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_does_not_know_are_named(send: Send, number: str) -> None:
    body = json.dumps([order(1), order(2), order(3)]).replace('"19.90"', number, 2).replace(number, "5", 1)
    answer = send("orders", body.encode())
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 2
    (bad,) = answer.json()["rejected"]
    assert (bad["row"], bad["field"]) == (2, "amount")
    assert "NaN and Infinity" in bad["error"]


def test_ndjson_cut_in_the_middle_keeps_the_whole_lines(send: Send) -> None:
    body = lines([order(1), order(2), order(3)])[:-30]
    answer = send("orders", body)
    assert answer.json()["accepted"] == 2
    (bad,) = answer.json()["rejected"]
    assert bad["row"] == 3
    assert "not valid JSON" in bad["error"]
    assert RejectedRow.objects.get().raw == body.split(b"\n")[2].decode()


def test_an_array_cut_in_the_middle_keeps_the_whole_rows(send: Send) -> None:
    body = json.dumps([order(1), order(2), order(3)]).encode()[:-30]
    answer = send("orders", body)
    assert answer.json()["accepted"] == 2
    (bad,) = answer.json()["rejected"]
    assert bad["row"] == 3
    assert "send them again" in bad["error"]
    assert RejectedRow.objects.get().raw.startswith('{"order_id": "O3"')


@pytest.mark.parametrize("junk", [b"} trailing", b"]]", b",,", b"]{}"])
def test_what_follows_an_array_is_named(send: Send, junk: bytes) -> None:
    answer = send("orders", json.dumps([order(1)]).encode()[:-1] + junk)
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 1
    assert "not read" in answer.json()["rejected"][0]["error"]


def test_a_raw_nul_byte_is_named(send: Send) -> None:
    body = json.dumps([order(1), order(2)]).encode().replace(b"B2", b"B\x002")
    answer = send("orders", body).json()
    assert answer["accepted"] == 1
    assert [(bad["row"], bad["field"]) for bad in answer["rejected"]] == [(2, "buyer_ref")]
    assert "B\\x002" in RejectedRow.objects.get().raw


@pytest.mark.parametrize("as_lines", [False, True])
def test_invalid_utf8_is_named_and_kept_readable(send: Send, as_lines: bool) -> None:
    rows = [order(1), order(2), order(3)]
    body = (lines(rows) if as_lines else json.dumps(rows).encode()).replace(b"B2", b"B\xff\xfe2")
    answer = send("orders", body).json()
    assert answer["accepted"] == 2
    assert [(bad["row"], bad["field"]) for bad in answer["rejected"]] == [(2, "buyer_ref")]
    assert "UTF-8" in answer["rejected"][0]["error"]
    assert "B\\xff\\xfe2" in RejectedRow.objects.get().raw


def test_half_a_surrogate_pair_is_named(send: Send) -> None:
    body = json.dumps([order(1), order(2)]).replace("B2", "B\\ud8002").encode()
    answer = send("orders", body).json()
    assert [(bad["row"], bad["field"]) for bad in answer["rejected"]] == [(2, "buyer_ref")]


def test_text_of_any_script_is_kept(send: Send) -> None:
    name = "青禾\t\\铺\n子 \\N 🐍 \"'"
    store_id = "青禾\\铺 \\N 🐍 \"'"
    assert send("stores", [{"store_id": store_id, "name": name}]).json()["accepted"] == 1
    assert send("stores", [{"store_id": store_id, "name": name}]).json()["unchanged"] == 1


def test_marks_that_mean_something_to_the_database_are_kept_beside_null_and_absent(send: Send) -> None:
    texts = ["tab\there", "line\nbreak\r", "back\\slash", "\\N", "", None]
    rows = [{"complaint_id": f"C{n}", "text": text} for n, text in enumerate(texts)]
    send("complaints", [*rows, {"complaint_id": "C6"}])
    assert list(Complaint.objects.order_by("complaint_id").values_list("text", flat=True)) == [*texts, None]
    sent = list(Complaint.objects.order_by("complaint_id").values_list("sent", flat=True))
    assert len(set(sent[:6])) == 1
    assert sent[6] == 0


def test_a_deep_nest_is_refused(send: Send) -> None:
    assert send("orders", b"[" * 100_000).status_code == 400
    assert send("orders", b'{"order_id":' * 100_000).json()["accepted"] == 0


def test_a_number_of_many_digits_is_refused(send: Send) -> None:
    answer = send("orders", b'[{"order_id":"O1","amount":' + b"9" * 10_000 + b"}]")
    assert answer.status_code in (207, 400)
    assert not Order.objects.exists()


def test_blank_lines_and_windows_ends_are_no_rows(send: Send) -> None:
    body = b"\n\r\n" + lines([order(1), order(2)]).replace(b"\n", b"\r\n\r\n") + b"\r\n"
    assert send("orders", body).json()["accepted"] == 2


def test_a_byte_order_mark_does_no_harm(send: Send) -> None:
    assert send("orders", b"\xef\xbb\xbf" + json.dumps([order(1)]).encode()).json()["accepted"] == 1
    assert send("orders", b"\xef\xbb\xbf" + lines([order(1)])).json()["unchanged"] == 1


def test_a_single_object_is_a_row(send: Send) -> None:
    row = {"subject_kind": "store", "subject_id": "S", "day": "2026-05-01", "metric": "orders", "denominator": 3}
    assert send("daily_counts", json.dumps(row, indent=2).encode()).json()["accepted"] == 1
    assert DailyCount.objects.get().denominator == 3


@pytest.mark.parametrize(
    ("field", "value", "mend"),
    [
        ("store_id", "a\nb", "control or invisible"),
        ("store_id", "a\u200bb", "control or invisible"),
        ("store_id", "\u202eabc", "control or invisible"),
        ("store_id", "  ", "blank"),
        ("category", "a\tb", "control or invisible"),
    ],
)
def test_an_id_that_nobody_could_see_is_refused(send: Send, field: str, value: str, mend: str) -> None:
    bad = rejection(send, "orders", order(2, **{field: value}))
    assert bad["field"] == field
    assert mend in bad["error"]


def test_a_nul_in_a_field_name_rejects_that_row_alone(send: Send) -> None:
    bad = rejection(send, "orders", order(2, **{"z\0": 1}))
    assert "\0" not in bad["field"]
    assert set(Order.objects.values_list("order_id", flat=True)) == {"O1", "O3"}
