"""What the schedule does by the clock of the market."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django_q.models import Schedule

from reputation.evidence.models import Batch
from reputation.evidence.services import day_close
from reputation.nightly import selectors, services
from reputation.nightly.lease import LeaseHeldError
from reputation.nightly.models import Run
from reputation.nightly.schedules import NIGHT, schedules_upsert
from reputation.nightly.selectors import night_state
from reputation.nightly.services import kinds_open, night_tick

YESTERDAY = date(2026, 5, 11)
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> object:
    """Set the time of day in Shanghai on 12 May 2026; nights are noted instead of run, which other tests do."""
    noted: list[date] = []

    def run(*, nights: list[date], by_operator: bool) -> None:
        assert not by_operator
        noted.extend(nights)

    def set_to(hour: int, minute: int = 0) -> list[date]:
        moment = datetime(2026, 5, 12, tzinfo=UTC) + timedelta(hours=hour - 8, minutes=minute)
        for module in (services, selectors):
            monkeypatch.setattr(module, "now", lambda: moment)
        monkeypatch.setattr(services, "nights_run", run)
        return noted

    return set_to


def received(kind: str) -> None:
    at = datetime(2026, 5, 11, 3, tzinfo=UTC)
    Batch.objects.create(kind=kind, source="t", received_at=at, accepted=1, unchanged=0, rejected=0)


def test_nothing_happens_before_half_past_two(clock) -> None:
    noted = clock(2, 20)
    assert night_tick() == "early"
    assert noted == []
    assert not Run.objects.exists()


def test_it_waits_for_the_kinds_in_use_to_be_closed_and_says_for_which(clock) -> None:
    noted = clock(2, 30)
    for kind in ("orders", "shipments", "stores"):
        received(kind)
    day_close("orders", YESTERDAY)
    assert kinds_open(YESTERDAY) == ["shipments"]
    assert night_tick() == "waiting"
    state = night_state()
    assert (state.night, state.day) == ("waiting", str(YESTERDAY))
    assert "shipments" in state.reason
    day_close("shipments", YESTERDAY)
    night_tick()
    assert noted == [YESTERDAY]


def test_a_kind_that_was_closed_once_is_waited_for_though_nothing_came_of_late(clock) -> None:
    clock(3)
    day_close("returns", YESTERDAY - timedelta(days=30))
    assert kinds_open(YESTERDAY) == ["returns"]


def test_at_six_it_waits_no_longer(clock) -> None:
    received("orders")
    noted = clock(5, 50)
    assert night_tick() == "waiting"
    clock(6)
    night_tick()
    assert noted == [YESTERDAY]


def test_a_night_that_was_killed_goes_on_even_before_its_days_are_closed(clock) -> None:
    received("orders")
    noted = clock(3)
    Run.objects.create(night=YESTERDAY, status=Run.Status.RUNNING, stage="train")
    night_tick()
    assert noted == [YESTERDAY]


def test_while_an_operators_night_runs_the_tick_stands_back(clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock(7)

    def held(**arguments: object) -> None:
        raise LeaseHeldError("elsewhere")

    monkeypatch.setattr(services, "nights_run", held)
    assert night_tick() == "running"


def test_a_night_that_was_killed_after_its_ratings_were_published_goes_on(clock) -> None:
    noted = clock(3)
    Run.objects.create(night=YESTERDAY, status=Run.Status.PUBLISHED, stage="govern")
    assert night_tick() == "published"
    assert noted == [YESTERDAY]


@pytest.mark.parametrize("status", [Run.Status.PUBLISHED, Run.Status.FAILED])
def test_what_is_done_or_failed_is_left_alone(clock, status: Run.Status) -> None:
    noted = clock(7)
    Run.objects.create(night=YESTERDAY, status=status, finished_at=datetime(2026, 5, 12, tzinfo=UTC))
    assert night_tick() == status
    assert noted == []


def test_the_schedule_is_there_once_and_keeps_its_next_run() -> None:
    schedules_upsert()
    planned = datetime(2026, 6, 1, tzinfo=UTC)
    Schedule.objects.filter(name=NIGHT).update(next_run=planned, minutes=99)
    schedules_upsert()
    schedule = Schedule.objects.get(name=NIGHT)
    assert (schedule.next_run, schedule.minutes, schedule.cluster) == (planned, 10, "nightly")
