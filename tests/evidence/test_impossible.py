"""Rows that contradict themselves, and the language in which a sender is told what is wrong."""

import re
from typing import Any

import pytest

from reputation.evidence.kinds import KINDS
from tests.evidence.conftest import Send, order
from tests.evidence.test_bad_input import rejection

SEQUENCES = [
    ("live_sessions", {"live_id": "L"}, "started_at", "ended_at"),
    ("orders", {"order_id": "O"}, "placed_at", "cancelled_at"),
    ("shipments", {"order_id": "O"}, "shipped_at", "delivered_at"),
    ("returns", {"return_id": "R"}, "opened_at", "approved_at"),
    ("returns", {"return_id": "R"}, "opened_at", "refunded_at"),
    ("returns", {"return_id": "R"}, "opened_at", "closed_at"),
    ("complaints", {"complaint_id": "C"}, "opened_at", "first_response_at"),
    ("complaints", {"complaint_id": "C"}, "opened_at", "escalated_at"),
    ("complaints", {"complaint_id": "C"}, "opened_at", "closed_at"),
    ("conversations", {"conversation_id": "T"}, "started_at", "first_reply_at"),
]


@pytest.mark.parametrize(("kind", "ids", "earlier", "later"), SEQUENCES)
def test_what_ends_before_it_began_is_refused(
    send: Send, kind: str, ids: dict[str, str], earlier: str, later: str
) -> None:
    bad = rejection(send, kind, {**ids, earlier: "2026-05-02T08:00:00+08:00", later: "2026-05-01T23:49:59Z"})
    assert bad["field"] == later
    assert f"before {earlier}, 2026-05-02T08:00:00+08:00" in bad["error"]
    assert not KINDS[kind].model.objects.filter(pk=next(iter(ids.values()))).exists()


@pytest.mark.parametrize(("kind", "ids", "earlier", "later"), SEQUENCES)
def test_clocks_may_differ_by_ten_minutes_within_a_row(
    send: Send, kind: str, ids: dict[str, str], earlier: str, later: str
) -> None:
    row = {**ids, earlier: "2026-05-02T08:00:00+08:00", later: "2026-05-01T23:50:00Z"}
    assert send(kind, [row]).status_code == 200
    assert KINDS[kind].model.objects.filter(pk=next(iter(ids.values()))).exists()


def test_times_in_two_rows_are_taken_as_they_come(send: Send) -> None:
    send("shipments", [{"order_id": "O", "delivered_at": "2026-05-01T00:00:00Z"}])
    assert send("shipments", [{"order_id": "O", "shipped_at": "2026-05-02T00:00:00Z"}]).status_code == 200


def test_a_patch_of_a_complaint_or_an_exclusion_need_not_say_again_what_it_is_about(send: Send) -> None:
    assert send("complaints", [{"complaint_id": "C", "category": "safety"}]).status_code == 200
    assert send("exclusions", [{"exclusion_id": "X", "lifted_at": "2026-05-02T00:00:00Z"}]).status_code == 200


CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("orders", order(2, amount="-1")),
        ("orders", order(2, amount="1.23456")),
        ("orders", order(2, amount=True)),
        ("orders", order(2, currency="yuan")),
        ("orders", order(2, placed_at="yesterday")),
        ("orders", order(2, placed_at="1999-05-01T00:00:00Z")),
        ("orders", order(2, placed_at="2099-05-01T00:00:00Z")),
        ("orders", order(2, ship_by="2099-05-01T00:00:00Z")),
        ("orders", order(2, store_id=" ")),
        ("orders", order(2, store_id="a\u200bb")),
        ("orders", order(2, region="n" * 129)),
        ("orders", order(2, colour="red")),
        ("orders", {"store_id": "S"}),
        ("stores", {"store_id": "S", "opened_on": "2099-01-01"}),
        ("returns", {"return_id": "R", "reason": "ugly"}),
        ("responses", {"response_id": "P", "overall": 1, "answers": {"overall": 2}}),
        ("responses", {"response_id": "P", "overall": 9}),
        ("shipments", {"order_id": "O", "shipped_at": "2026-05-02T00:00:00Z", "delivered_at": "2026-05-01T00:00:00Z"}),
    ],
)
def test_what_is_wrong_is_told_in_the_language_asked_for(send: Send, kind: str, row: dict[str, Any]) -> None:
    def told(path: str, **headers: str) -> str:
        return str(send(path, [row], **headers).json()["rejected"][0]["error"])

    assert not CHINESE.search(told(kind))
    assert CHINESE.search(told(f"{kind}?lang=zh-hans"))
    assert told(f"{kind}?lang=zh-hans") == told(kind, **{"accept-language": "zh-CN"})


def test_a_contradiction_between_two_rows_is_told_in_the_language_asked_for(send: Send) -> None:
    twice = [order(2), order(2, region="East"), order(3)]
    error = send("orders?lang=zh-hans", twice).json()["rejected"][0]["error"]
    assert "第 1 行和第 2 行" in error
    assert "不能更改" in send("orders?lang=zh-hans", [order(3, store_id="S9")]).json()["rejected"][0]["error"]
