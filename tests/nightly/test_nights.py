"""Which nights are run, which are shown, and what a hold does to them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from reputation.evidence.holds import Finding, hold_create, hold_decide
from reputation.evidence.models import DirtyUnit, Hold
from reputation.nightly.models import DayFile, Run, Tally
from reputation.nightly.runs import MAX_STARTS, NightFailedError, days_folder
from reputation.nightly.selectors import night_state, nights_missing, yesterday
from reputation.nightly.services import nights_run
from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord
from tests.nightly.market import LAST, close, ingest, market

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("jobs_here")]
DAY = timedelta(days=1)


def night(day: object = LAST) -> Run:
    [run] = nights_run(nights=[day], by_operator=True)  # type: ignore[list-item]
    return run


def test_catching_up_runs_each_missing_night_and_the_pointer_never_goes_back(tmp_path: Path) -> None:
    ingest(market(orders=150, days=12))
    close(LAST)
    summary = tmp_path / "summary.json"
    call_command("nightly", as_of=LAST, catch_up_from=LAST - DAY, json=summary)
    told = json.loads(summary.read_text())
    assert [one["night"] for one in told] == [str(LAST - DAY), str(LAST)]
    assert Pointer.objects.get().publication_id == LAST
    counter = Pointer.objects.get().counter

    call_command("nightly", as_of=LAST - 5 * DAY)
    pointer = Pointer.objects.get()
    assert (pointer.publication_id, pointer.counter) == (LAST, counter + 1)
    old = Publication.objects.get(night=LAST - 5 * DAY)
    assert max(old.manifest["counters"]) == str(LAST - 5 * DAY)  # no peeking ahead
    assert old.closed_through["orders"] == str(LAST - 5 * DAY)
    assert Publication.objects.get(night=LAST).closed_through["orders"] == str(LAST)
    assert Rating.objects.filter(night=LAST - 5 * DAY).exists()
    assert nights_missing(LAST - 5 * DAY, LAST) == [LAST - n * DAY for n in (4, 3, 2)]
    assert Scale.objects.count() == 1

    before = list(Rating.objects.order_by("id").values())
    call_command("nightly", as_of=LAST)
    assert list(Rating.objects.order_by("id").values()) == before
    assert Pointer.objects.get().counter == counter + 1


def test_a_hold_takes_evidence_out_and_a_release_puts_it_back() -> None:
    ingest(market(orders=120, days=6))
    night(LAST)
    before = set(DayFile.objects.values_list("family", "day", "digest"))
    units = tuple(Tally.objects.filter(store_id="S0", unit__startswith="o:").values_list("unit", flat=True))
    hold_create(finding=Finding("burst", ("S0",), LAST, units, "store", "S0"))
    night(LAST + DAY)
    held = Rating.objects.get(night=LAST + DAY, subject_id="S0")
    assert (held.state, held.stars, held.orders_counted) == ("withheld", None, 0)
    undisturbed = Rating.objects.get(night=LAST, subject_id="S0")
    assert undisturbed.orders_counted == len(units) - cancelled(units) > 0

    officer = get_user_model().objects.create_user("officer")
    hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.RELEASED, reason="real")
    night(LAST + 2 * DAY)
    freed = Rating.objects.get(night=LAST + 2 * DAY, subject_id="S0")
    assert (freed.state, freed.orders_counted) == (undisturbed.state, undisturbed.orders_counted)
    assert set(DayFile.objects.values_list("family", "day", "digest")) == before


def cancelled(units: tuple[str, ...]) -> int:
    from reputation.evidence.models import Order

    return Order.objects.filter(order_id__in=[u[2:] for u in units], cancelled_by="buyer").count()


def test_a_stage_that_never_ends_is_given_up_until_an_operator_comes() -> None:
    ingest(market(orders=40, days=3))
    Run.objects.create(night=LAST, status="running", attempts={"roll": MAX_STARTS}, started_at="2026-04-01T00:00Z")
    with pytest.raises(NightFailedError, match="started 3 times without ending"):
        nights_run(nights=[LAST], by_operator=False)
    state = night_state()
    assert (state.night, state.stage) == ("failed", "roll")
    assert night().status == Run.Status.PUBLISHED


def test_a_lost_day_file_fails_the_night_with_its_name_and_the_next_nights_are_not_begun() -> None:
    ingest(market(orders=40, days=3))
    night(LAST - DAY)
    lost = DayFile.objects.filter(family="counters").first()
    assert lost is not None
    (days_folder() / f"{lost.digest}.parquet").unlink()
    with pytest.raises(NightFailedError, match=f"file of {lost.day} is missing"):
        nights_run(nights=[LAST, LAST + DAY], by_operator=True)
    assert Run.objects.get(night=LAST).status == Run.Status.FAILED
    assert not Run.objects.filter(night=LAST + DAY).exists()
    assert Pointer.objects.get().publication_id == LAST - DAY
    assert not StarModelRecord.objects.filter(night=LAST).exists()


def test_evidence_that_comes_after_the_roll_waits_for_the_next_one() -> None:
    ingest(market(orders=40, days=3))
    night(LAST)
    assert not DirtyUnit.objects.exists()
    ingest({"orders": [{"order_id": "late", "store_id": "S0", "placed_at": "2026-03-30T04:00:00Z"}]})
    assert DirtyUnit.objects.get().unit == "o:late"


@pytest.mark.parametrize("options", [{"as_of": yesterday() + DAY}, {"as_of": LAST, "catch_up_from": LAST + DAY}])
def test_a_night_that_has_not_ended_or_an_empty_span_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(CommandError):
        call_command("nightly", **options)
    assert not Run.objects.exists()


def test_a_market_without_any_evidence_has_a_night_too() -> None:
    assert night().status == Run.Status.PUBLISHED
    assert Rating.objects.count() == 0
