"""A won appeal has the nights since published anew, for its subject alone, and each of them can be replayed."""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry, OutboxEvent
from reputation.base.time import now
from reputation.governance.models import Action, Appeal, Correction
from reputation.nightly.publishing import YOUNG_SECONDS
from reputation.nightly.repair.past import manifest_of
from reputation.nightly.replay import night_replay
from reputation.nightly.runs import days_folder
from reputation.nightly.services import nights_run
from reputation.ratings import selectors
from reputation.ratings.models import Publication, Rating, Repair
from tests.nightly.market import LAST, close, ingest, market
from tests.worlds import Worlds

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
NIGHTS = [LAST - 2 * DAY, LAST - DAY]


def nights(*days: date) -> None:
    nights_run(nights=list(days), by_operator=True)


def won(kind: str, subject: str, units: list[str], since: date) -> Correction:
    """What deciding an appeal leaves behind."""
    user = User.objects.get_or_create(username="merchant")[0]
    action = Action.objects.create(
        kind=kind, subject_id=subject, name="n", tier="tail", sanction="warning", state="overturned", reason={},
        found_by="automated", proposed_by="system", created_at=now(),
    )  # fmt: skip
    appeal = Appeal.objects.create(
        action=action, filed_by=user, filed_at=now(), text="t", due_on=LAST, state="won", excluded=units
    )
    return Correction.objects.create(appeal=appeal, kind=kind, subject_id=subject, from_night=since)


def set_aside(orders: list[str]) -> None:
    rows = [{"exclusion_id": f"X-{order}", "reason": "platform_fault", "order_id": order} for order in orders]
    ingest({"exclusions": rows})


def worst_store() -> Rating:
    return Rating.objects.filter(night=NIGHTS[-1], kind="store", state="rated").order_by("stars", "subject_id")[0]


def bad_orders(rows: dict[str, list[dict[str, Any]]], store: str) -> list[str]:
    """All of a store's orders that came back: that much the market lets one see."""
    own = {row["order_id"] for row in rows["orders"] if row["store_id"] == store}
    return sorted({row["order_id"] for row in rows["returns"] if row["order_id"] in own})


def stars(kind: str, subject: str) -> dict[date, tuple[int, float]]:
    rows = Rating.objects.filter(kind=kind, subject_id=subject).order_by("night", "revision")
    return {row.night: (row.revision, float(row.stars)) for row in rows if row.stars is not None}


def two_nights() -> dict[str, list[dict[str, Any]]]:
    made = market(orders=600, days=20)
    ingest(made)
    close(LAST)
    nights(*NIGHTS)
    return made


@pytest.fixture
def rows(worlds: Worlds, jobs_here: None) -> dict[str, list[dict[str, Any]]]:
    return worlds.of(two_nights)


def test_nights_since_are_published_anew_for_the_subject_alone_and_come_out_again(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    store = worst_store().subject_id
    before, others = stars("store", store), list(Rating.objects.exclude(subject_id=store).values_list("pk", "stars"))
    orders = bad_orders(rows, store)
    set_aside(orders)
    correction = won("store", store, [f"o:{order}" for order in orders], NIGHTS[1])
    counter = selectors._read_pointer().counter
    nights(LAST)

    after = stars("store", store)
    assert after[NIGHTS[0]] == before[NIGHTS[0]]  # it was not to be corrected
    for night in NIGHTS[1:]:
        assert after[night][0] == 1
        assert after[night][1] > before[night][1]
    assert list(Rating.objects.filter(night__lt=LAST).exclude(subject_id=store).values_list("pk", "stars")) == others
    correction.refresh_from_db()
    assert (correction.state, correction.nights) == ("done", [str(night) for night in NIGHTS[1:]])

    tonight = Rating.objects.get(night=LAST, kind="store", subject_id=store)
    assert tonight.ledger is not None
    assert sum(tonight.ledger.values()) == pytest.approx(float(tonight.stars) - after[NIGHTS[-1]][1])  # type: ignore[arg-type]
    assert abs(tonight.ledger.get("corrected", 0)) < 0.05  # the correction stands in the nights it belongs to
    assert [store] == [who[1] for who in Publication.objects.get(night=LAST).inputs["revised"]]
    assert selectors._read_pointer().counter > counter + 1

    assert AuditEntry.objects.filter(action="correction.done").count() == 1
    assert audit_verify().bad is None
    [event] = OutboxEvent.objects.filter(subject_key=f"store:{store}")
    assert event.payload["corrected"] == {"kind": "store", "id": store, "nights": [str(NIGHTS[1])]}

    long_ago = time.time() - 2 * YOUNG_SECONDS
    for path in days_folder().glob("*.parquet"):
        os.utime(path, (long_ago, long_ago))
    nights(LAST + DAY)  # tidies up, and has nothing left to correct
    assert Repair.objects.count() == 1
    for night in (NIGHTS[1], LAST):
        replay = night_replay(night=night, training=False)
        assert replay.differences == []
        assert replay.numbers > 0
    Rating.objects.filter(night=NIGHTS[1], revision=1).update(stars=1.0)
    [wrong] = night_replay(night=NIGHTS[1], training=False).differences
    assert wrong.where == f"store {store} revision 1 stars"


def test_a_second_correction_goes_on_from_the_first(rows: dict[str, list[dict[str, Any]]]) -> None:
    worst, second = Rating.objects.filter(night=NIGHTS[-1], kind="store", state="rated").order_by("stars")[:2]
    for day, store in ((LAST, worst.subject_id), (LAST + DAY, second.subject_id)):
        orders = bad_orders(rows, store)
        set_aside(orders)
        won("store", store, [f"o:{order}" for order in orders], NIGHTS[1])
        nights(day)
    night = Publication.objects.get(night=NIGHTS[-1])
    repairs = list(Repair.objects.filter(night=night).order_by("id"))
    assert len(repairs) == 2
    assert manifest_of(night) == repairs[1].manifest != repairs[0].manifest
    assert night_replay(night=NIGHTS[-1], training=False).differences == []
    assert {row.subject_id for row in Rating.objects.filter(revision=1)} == {worst.subject_id, second.subject_id}


def test_a_correction_that_changes_nothing_or_would_lower_a_star_publishes_nothing(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    best = Rating.objects.filter(night=NIGHTS[-1], kind="store", state="rated").order_by("-stars", "subject_id")[0]
    untouched = won("store", worst_store().subject_id, [], NIGHTS[0])
    nights(LAST)
    late = [
        {"return_id": f"late-{n}", "order_id": row["order_id"], "opened_at": row["placed_at"], "reason": "quality"}
        for n, row in enumerate(row for row in rows["orders"] if row["store_id"] == best.subject_id)
    ]
    ingest({"returns": late})  # facts that date themselves into days that nights have counted
    harmed = won("store", best.subject_id, [], NIGHTS[0])
    nights(LAST + DAY)
    assert not Rating.objects.filter(revision__gt=0).exists()
    for correction in (untouched, harmed):
        correction.refresh_from_db()
        assert (correction.state, correction.nights) == ("done", [])


def test_one_that_cannot_be_carried_out_says_why_and_the_night_is_published_all_the_same(
    rows: dict[str, list[dict[str, Any]]],
) -> None:
    store = worst_store().subject_id
    orders = bad_orders(rows, store)
    set_aside(orders)
    correction = won("store", store, [f"o:{order}" for order in orders], NIGHTS[0])
    Publication.objects.filter(night=NIGHTS[0]).update(manifest={"counters": {str(NIGHTS[0]): "0" * 64}})
    nights(LAST)
    correction.refresh_from_db()
    assert correction.state == "failed"
    assert f"{NIGHTS[0]}: the counters file of {NIGHTS[0]} is missing" in correction.note
    assert Publication.objects.filter(night=LAST).exists()
    assert not Rating.objects.filter(revision__gt=0).exists()


def test_an_appeal_decided_while_the_night_was_counting_waits_for_the_next(
    rows: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reputation.nightly.stages import STAGES

    store = worst_store().subject_id
    orders = bad_orders(rows, store)
    snapshot = STAGES["snapshot"]

    def decided_meanwhile(night: Any) -> None:
        snapshot(night)
        if not Correction.objects.exists():
            set_aside(orders)
            won("store", store, [f"o:{order}" for order in orders], NIGHTS[1])

    monkeypatch.setitem(STAGES, "snapshot", decided_meanwhile)
    nights(LAST)
    assert Correction.objects.get().state == "waiting"
    assert not Rating.objects.filter(revision__gt=0).exists()
    nights(LAST + DAY)
    assert Correction.objects.get().state == "done"
    assert set(Rating.objects.filter(revision=1).values_list("night", flat=True)) == {*NIGHTS[1:], LAST}


def test_a_kill_between_two_nights_loses_nothing_and_repeats_nothing(
    rows: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reputation.nightly.repair import stage

    store = worst_store().subject_id
    orders = bad_orders(rows, store)
    set_aside(orders)
    won("store", store, [f"o:{order}" for order in orders], NIGHTS[0])
    whole, done = stage.past_repair, []

    def dies_after_the_first(*given: Any) -> Any:
        if done:
            raise KeyboardInterrupt
        done.append(whole(*given))
        return done[-1]

    monkeypatch.setattr(stage, "past_repair", dies_after_the_first)
    with pytest.raises(KeyboardInterrupt):
        nights(LAST)
    assert Repair.objects.count() == 1
    monkeypatch.setattr(stage, "past_repair", whole)
    nights(LAST)
    assert [repair.night_id for repair in Repair.objects.order_by("id")] == NIGHTS
    assert Rating.objects.filter(revision__gt=0).count() == len(NIGHTS)


def test_what_takes_too_long_goes_on_in_the_next_night(
    rows: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from reputation.nightly.repair import stage

    store = worst_store().subject_id
    orders = bad_orders(rows, store)
    set_aside(orders)
    correction = won("store", store, [f"o:{order}" for order in orders], NIGHTS[0])
    monkeypatch.setattr(stage, "MOST_SECONDS", 0)
    nights(LAST)
    correction.refresh_from_db()
    assert (correction.state, Repair.objects.count()) == ("waiting", 0)
    monkeypatch.setattr(stage, "MOST_SECONDS", 1800)
    nights(LAST + DAY)
    correction.refresh_from_db()
    assert (correction.state, correction.nights) == ("done", [str(night) for night in (*NIGHTS, LAST)])


def test_one_that_fails_does_not_cost_the_others(rows: dict[str, list[dict[str, Any]]]) -> None:
    store = worst_store().subject_id
    orders = bad_orders(rows, store)
    set_aside(orders + bad_orders(rows, "S0"))
    good = won("store", store, [f"o:{order}" for order in orders], NIGHTS[1])
    bad = won("store", "S0", [], NIGHTS[0])
    Publication.objects.filter(night=NIGHTS[0]).update(inputs={})
    nights(LAST)
    for correction in (good, bad):
        correction.refresh_from_db()
    assert (good.state, good.nights) == ("done", [str(NIGHTS[1])])
    assert bad.state == "failed"
    assert f"{NIGHTS[0]}: KeyError" in bad.note
    assert Publication.objects.filter(night=LAST).exists()
