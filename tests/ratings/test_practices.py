"""What lately happened to buyers, against a second count in plain Python and on cases made for one rule each."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from reputation.evidence.holds import Finding, hold_create
from reputation.evidence.models import Hold
from reputation.evidence.setting_aside import unit_set_aside
from reputation.ratings.models import Practice
from reputation.ratings.practices import practice_of, practices_prune, practices_write
from tests.nightly.market import KINDS, LAST, Rows, ingest, market
from tests.ratings.practices_oracle import Oracle, start

pytestmark = pytest.mark.django_db
CLOSED = {kind: str(LAST) for kind in KINDS}
NAMES = {"dispatch", "delivery", "refund", "reply", "returns", "viewers", "answers"}
NOBODY = dict.fromkeys(KINDS)


def found(closed: dict[str, str | None] | None = None) -> dict[tuple[str, str], dict[str, Any]]:
    practices_write(night=LAST, closed=CLOSED if closed is None else closed)
    rows = Practice.objects.filter(night=LAST)
    return {(kind, subject): figures for kind, subject, figures in rows.values_list("kind", "subject_id", "figures")}


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def bought(count: int, *, days_ago: int = 40, store: str = "S1", took: float = 24, prefix: str = "o") -> Rows:
    """Orders placed on one day, each dispatched after `took` hours and delivered two days later."""
    placed = start(LAST - timedelta(days=days_ago)) + hours(10)
    rows: Rows = {kind: [] for kind in KINDS}
    for number in range(count):
        key = f"{prefix}{number}"
        rows["orders"].append(
            {"order_id": key, "store_id": store, "buyer_ref": f"b{key}", "amount": "9", "currency": "CNY",
             "placed_at": placed, "ship_by": placed + hours(48), "deliver_by": placed + hours(168)}
        )  # fmt: skip
        sent = placed + hours(took)
        rows["shipments"].append({"order_id": key, "shipped_at": sent, "delivered_at": sent + hours(48)})
    return rows


@pytest.mark.parametrize("seed", [1, 2])
def test_every_figure_is_what_a_count_order_by_order_gives(seed: int) -> None:
    rows = market(seed=seed, stores=4, days=130, orders=900)
    storm = {"exclusion_id": "storm", "reason": "carrier_event", "region": "R1",
             "from": start(LAST - timedelta(days=60)), "to": start(LAST - timedelta(days=50))}  # fmt: skip
    own = {"exclusion_id": "own", "reason": "other", "subject_kind": "store", "subject_id": "S1",
           "from": start(LAST - timedelta(days=35)), "to": start(LAST - timedelta(days=33))}  # fmt: skip
    rows["exclusions"] += [storm, own]
    ingest(rows)
    held, freed = [row["order_id"] for row in rows["orders"][:40:2]], [row["order_id"] for row in rows["orders"][1:9]]
    hold_create(finding=Finding("burst", ("h",), LAST, tuple(f"o:{key}" for key in held)))
    hold_create(finding=Finding("burst", ("f",), LAST, tuple(f"o:{key}" for key in freed)))
    Hold.objects.filter(units__unit=f"o:{freed[0]}").update(status=Hold.Status.RELEASED)
    told = found()
    assert told == Oracle(rows, LAST, _aside(rows, held)).figures()
    assert {name for figures in told.values() for name in figures} == NAMES


def _aside(rows: Rows, held: list[str]) -> dict[tuple[str, str], bool]:
    """(order, role) -> for the parcel alone; by the reasons of these rows and by nothing else."""
    out: dict[tuple[str, str], bool] = {}
    for row in rows["exclusions"]:
        for order in rows["orders"]:
            if row.get("order_id") not in (None, order["order_id"]):
                continue
            if "region" in row and row["region"] != order["region"]:
                continue
            if "subject_id" in row and row["subject_id"] != order["store_id"]:
                continue
            if "from" in row and not (order["placed_at"] <= row["to"] and order["deliver_by"] >= row["from"]):
                continue
            for role in [row["subject_kind"]] if "subject_kind" in row else ["store", "anchor"]:
                parcel = row["reason"] == "carrier_event"
                out[order["order_id"], role] = parcel and out.get((order["order_id"], role), True)
    return out | {(key, role): False for key in held for role in ("store", "anchor")}


def test_fewer_than_five_orders_are_not_told() -> None:
    ingest(bought(4) | {"stores": []})
    ingest(bought(5, store="S2", prefix="p"))
    assert set(found()) == {("store", "S2")}


def test_an_order_that_still_waits_is_taken_for_as_long_as_it_has_waited() -> None:
    rows = bought(10, days_ago=40, took=5)
    rows["shipments"] = rows["shipments"][:8]
    ingest(rows)
    told = found()["store", "S1"]["dispatch"]
    assert (told["n"], told["waiting"], told["half"]) == (10, 2, 300)
    assert told["most"] == (41 * 24 - 10) * 60
    assert told["promised"] == 48 * 60


def test_where_no_day_is_closed_nobody_is_called_waiting() -> None:
    rows = bought(10, took=5)
    rows["shipments"] = rows["shipments"][:8]
    ingest(rows)
    told = found(NOBODY)["store", "S1"]["dispatch"]
    assert (told["n"], told["waiting"], told["most"]) == (8, 0, 300)


def test_what_happened_after_the_last_closed_day_had_not_happened_then() -> None:
    rows = bought(6, days_ago=30, took=5)
    rows["shipments"][0]["delivered_at"] = start(LAST) + hours(30)
    ingest(rows)
    assert found()["store", "S1"]["delivery"]["waiting"] == 1


def test_young_orders_are_left_out_and_so_are_old_ones() -> None:
    ingest(bought(6, days_ago=6))
    assert not found()
    ingest(bought(6, days_ago=97, store="S2", prefix="p"))
    assert set(found()["store", "S2"]) == {"delivery"}
    ingest(bought(6, days_ago=111, store="S4", prefix="r"))
    assert set(found()) == {("store", "S2")}
    ingest(bought(6, days_ago=7, store="S3", prefix="q"))
    assert set(found()["store", "S3"]) == {"dispatch"}


def test_orders_that_were_cancelled_say_nothing_of_how_long_things_take() -> None:
    rows = bought(8, took=5)
    for row in rows["orders"][:4]:
        row |= {"cancelled_at": row["placed_at"] + hours(1), "cancelled_by": "merchant"}
    ingest(rows)
    assert not found()


def test_an_order_that_an_appeal_set_aside_is_not_told_for_its_store_but_for_its_anchor() -> None:
    rows = bought(6, took=5)
    for row in rows["orders"]:
        row["anchor_id"] = "A1"
    rows["responses"] = [
        {"response_id": f"r{number}", "respondent_ref": "x", "order_id": f"o{number}", "overall": 4,
         "answered_at": start(LAST - timedelta(days=9))}
        for number in range(6)
    ]  # fmt: skip
    ingest(rows)
    before = found()
    assert before["store", "S1"]["answers"] == before["anchor", "A1"]["answers"] == {"n": 6, "mean": 4}
    for number in (0, 1):
        unit_set_aside(unit=f"o:o{number}", kind="store", subject_id="S1", reason="other", source="appeal:1")
    assert set(found()) == {("anchor", "A1")}


def test_a_return_that_is_refused_is_no_quick_refund() -> None:
    rows = bought(12)
    opened = start(LAST - timedelta(days=30))
    for number in range(12):
        row = {"return_id": f"t{number}", "order_id": f"o{number}", "opened_at": opened, "reason": "quality"}
        row |= {"closed_at": opened + hours(1)} if number < 4 else {"refunded_at": opened + hours(30)}
        rows["returns"].append(row)
    ingest(rows)
    told = found()["store", "S1"]
    assert (told["returns"]["n"], told["returns"]["refused"]) == (12, 4)
    assert (told["refund"]["n"], told["refund"]["half"]) == (8, 30 * 60)


def test_only_invited_viewers_are_told_each_once_with_the_first_answer() -> None:
    when = start(LAST - timedelta(days=5))
    lives = [{"live_id": "L1", "anchor_id": "A1", "started_at": when}]
    invited = [
        {"invitation_id": f"i{n}", "live_id": "L1", "respondent_ref": f"v{n}", "sent_at": when} for n in range(6)
    ]
    answers = [_voice(f"a{n}", f"v{n}", when + hours(1), n == 0) for n in range(6)]
    again = [_voice("again", "v1", when + hours(2), True)]
    strangers = [_voice(f"s{n}", f"stranger{n}", when + hours(1), True) for n in range(9)]
    ingest({"live_sessions": lives, "invitations": invited, "responses": answers + again + strangers})
    told = found()["anchor", "A1"]
    assert {name: told["viewers"][name] for name in ("n", "false_promotion", "hype")} == {
        "n": 6, "false_promotion": 1, "hype": 0
    }  # fmt: skip
    assert told["answers"] == {"n": 6, "mean": 3.0}
    hold_create(finding=Finding("answer_burst", ("x",), LAST, ("v:L1|v2", "v:L1|v3")))
    assert not found()


def _voice(key: str, who: str, when: datetime, promoted: bool) -> dict[str, Any]:
    return {"response_id": key, "live_id": "L1", "respondent_ref": who, "answered_at": when,
            "false_promotion": promoted, "hype": False, "overall": 5 if who == "stranger0" else 3}  # fmt: skip


def test_doing_it_again_changes_nothing_and_a_run_that_lost_its_lease_writes_nothing() -> None:
    ingest(bought(6))
    assert found() == found()
    assert Practice.objects.count() == 1

    def lost() -> None:
        raise RuntimeError("another run took over")

    ingest(bought(6, store="S2", prefix="p"))
    with pytest.raises(RuntimeError):
        practices_write(night=LAST, closed=CLOSED, guard=lost)
    assert set(Practice.objects.values_list("subject_id", flat=True)) == {"S1"}


def test_who_is_left_out_of_a_night_is_not_shown_as_the_night_before_had_it() -> None:
    before = LAST - timedelta(days=1)
    for night, subject in ((before, "S1"), (before, "S2"), (LAST, "S2")):
        Practice.objects.create(kind="store", subject_id=subject, night=night, figures={"n": night.day})
    assert practice_of(LAST, "store", "S1") == {}
    assert practice_of(LAST, "store", "S2") == {"n": LAST.day}
    assert practice_of(before, "store", "S1") == {"n": before.day}
    assert practice_of(LAST + timedelta(days=1), "store", "S2") == {"n": LAST.day}  # its own are not there yet


def test_two_nights_are_kept_and_a_page_shows_the_newest_that_is_no_later_than_its_own() -> None:
    for number in range(4):
        Practice.objects.create(
            kind="store", subject_id="S1", night=LAST + timedelta(days=number), figures={"n": number}
        )
    assert practices_prune() == 2
    assert practice_of(LAST + timedelta(days=2), "store", "S1") == {"n": 2}
    assert practice_of(date(2030, 1, 1), "store", "S1") == {"n": 3}
    assert practice_of(LAST, "store", "S1") == {}
    assert practice_of(date(2030, 1, 1), "store", "nobody") == {}
