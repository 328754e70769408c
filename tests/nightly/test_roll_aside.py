"""What an appeal or an objection set aside is out of the day files with the next roll: for this party, and no other."""

from __future__ import annotations

import pytest

from reputation.evidence.setting_aside import units_set_aside
from tests.governance.appeals.world import at, market, send
from tests.nightly.test_roll import comparable, day_tables, do_roll, from_nothing, total

pytestmark = pytest.mark.django_db(transaction=True)
STORE = {"kind": "store", "subject_id": "s1", "reason": "attack", "source": "appeal:1"}


def against() -> dict[str, int]:
    counters = ("late_dispatch_n", "quality_return_n", "complaint_service_n", "complaint_honesty_n", "slow_reply_n")
    store = {f"s1 {name}": total(name, "store", "s1") for name in counters}
    anchor = {f"a1 {name}": total(name, "anchor", "a1") for name in ("quality_return_n", "complaint_honesty_n")}
    return {name: value for name, value in (store | anchor).items() if value}


def test_the_next_roll_takes_out_what_was_set_aside_for_this_party_alone() -> None:
    market()
    send("complaints", {"complaint_id": "lie", "store_id": "s1", "anchor_id": "a1", "opened_at": at(6), "closed_at": at(3),
                        "category": "false_advertising", "outcome": "upheld"})  # fmt: skip
    do_roll()
    assert against() == {
        "s1 late_dispatch_n": 1, "s1 quality_return_n": 1, "s1 complaint_service_n": 1, "s1 complaint_honesty_n": 1,
        "s1 slow_reply_n": 1, "a1 quality_return_n": 1, "a1 complaint_honesty_n": 1,
    }  # fmt: skip
    orders = total("orders", "store", "s1")
    assert units_set_aside(units=["o:o1", "o:o2", "c:lie", "h:h1"], **STORE) == 4
    do_roll()
    assert against() == {"s1 complaint_service_n": 1, "a1 quality_return_n": 1, "a1 complaint_honesty_n": 1}
    assert total("orders", "store", "s1") == orders
    assert (total("excluded_attack", "store", "s1"), total("excluded_attack", "anchor", "a1")) == (2, 0)
    assert (total("held", "store", "s1"), total("held", "anchor", "a1")) == (2, 0)


def test_setting_aside_again_and_rolling_again_changes_no_file() -> None:
    market()
    units_set_aside(units=["o:o1", "o:o2", "c:c1"], **STORE)
    do_roll()
    before = comparable(day_tables())
    assert units_set_aside(units=["o:o1", "o:o2", "c:c1"], **STORE) == 0
    do_roll()
    assert comparable(day_tables()) == before == from_nothing()
