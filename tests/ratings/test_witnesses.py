"""Whom a sudden fall is believed from: buyers of orders that something was reported of between two nights."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from reputation.evidence.holds import Finding, hold_create
from reputation.ratings.witnesses import affected
from tests.nightly.market import LAST, ingest, instant

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


def order(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "order_id": f"O{number}", "store_id": "S1", "buyer_ref": f"B{number % 4}", "amount": "10", "currency": "CNY",
        "placed_at": instant(LAST - 5 * DAY), "ship_by": instant(LAST + 3 * DAY),
    }  # fmt: skip
    return row | changes


def returned(number: int, day: object = LAST, **changes: Any) -> dict[str, Any]:
    opened = instant(day)  # type: ignore[arg-type]
    row = {"return_id": f"T{number}", "order_id": f"O{number}", "opened_at": opened, "reason": "quality"}
    return row | {"observed_at": opened} | changes


def found() -> tuple[int, int]:
    table = affected("store", ["S1", "S2"], LAST - DAY, LAST)
    return (0, 0) if "S1" not in table.index else tuple(table.loc["S1", ["incidents", "buyers"]])


def test_orders_that_were_returned_count_and_their_buyers_once() -> None:
    ingest({"orders": [order(n) for n in range(6)], "returns": [returned(n) for n in range(6)]})
    assert found() == (6, 4)


@pytest.mark.parametrize(
    "evidence",
    [
        {"orders": [order(n) for n in range(6)]},  # promises that still run
        {"orders": [order(n) for n in range(6)], "returns": [returned(n, LAST + 30 * DAY) for n in range(6)]},
        {"orders": [order(n) for n in range(6)], "returns": [returned(n, LAST - 3 * DAY) for n in range(6)]},
        {"orders": [order(n) for n in range(6)], "returns": [returned(n, retracted=True) for n in range(6)]},
    ],
    ids=["not due", "later", "earlier", "retracted"],
)
def test_what_is_no_news_of_these_nights_bears_nothing_out(evidence: dict[str, list[dict[str, Any]]]) -> None:
    ingest(evidence)
    assert found() == (0, 0)


def test_a_parcel_whose_promise_ran_out_counts_until_it_is_sent_in_time() -> None:
    due = instant(LAST, 8)
    sent = {"order_id": "O1", "shipped_at": instant(LAST, 2)}
    ingest({"orders": [order(1, ship_by=due), order(2, ship_by=due)], "shipments": [sent]})
    assert found() == (1, 1)


def test_an_order_under_an_open_hold_bears_nothing_out() -> None:
    ingest({"orders": [order(n) for n in range(2)], "returns": [returned(n) for n in range(2)]})
    hold_create(finding=Finding("burst", ("S1",), LAST, ("o:O0",), details={}))
    assert found() == (1, 1)
