"""A night and people at the same moment, on connections of their own: one wins, and nothing is half done."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from reputation.base.audit import audit_verify
from reputation.governance.actions.services import Wanted, action_propose
from reputation.governance.models import Action, Flag, PolicyNight, WorkItem
from tests.governance.nights.nights import govern, in_force
from tests.governance.nights.test_automatic import starred
from tests.governance.world import policy, publish, rate
from tests.nightly import processes
from tests.people import staff_member

pytestmark = pytest.mark.django_db(transaction=True)


class Night(threading.Thread):
    """Governs in a thread of its own, and keeps what it came to."""

    def __init__(self, night: date) -> None:
        super().__init__()
        self.night = night
        self.figures: dict[str, Any] | None = None

    def run(self) -> None:
        try:
            self.figures = govern(self.night, act=True)
        finally:
            connection.close()


def waiting() -> int:
    """Connections of this database that wait for a lock; that of a row belongs to no database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction it is looked at once
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def begun(night: date, others: int = 0) -> Night:
    """The night in a thread of its own, waiting for what this test holds."""
    thread = Night(night)
    thread.start()
    processes.until(lambda: waiting() > others)
    return thread


def flagged(*stars: float) -> date:
    """The second night, when the first has put a flag of one store before people."""
    nights = publish(nights=2)
    in_force(policy(starred(lift=False)))
    for night, star in zip(nights, stars, strict=True):
        rate("s00001", night, star)
    govern(nights[0])
    return nights[1]


def test_who_decides_while_the_night_waits_for_the_flag_has_decided_it() -> None:
    second = flagged(1.5, 4.0)
    mo = staff_member("mo", "moderator")
    wanted = Wanted("warning", {"en": "Because", "zh-hans": "因为"}, days=7)
    with transaction.atomic():
        flag = Flag.objects.select_for_update().get()
        night = begun(second)
        action_propose(kind="store", subject_id="s00001", wanted=wanted, by=mo, flag=flag)
    night.join()
    flag.refresh_from_db()
    assert (flag.state, flag.ended_on) == ("decided", second)
    item = WorkItem.objects.get()
    assert (item.outcome, item.closed_by) == ("warning", mo)
    assert Action.objects.get().state == "active"
    assert not audit_verify().why


def test_of_a_night_and_a_person_in_each_others_way_the_night_tries_anew() -> None:
    """The person holds the item and wants the flag; the night holds the flag and wants the item."""
    second = flagged(1.5, 4.0)
    with psycopg.connect(processes.environment()["DATABASE_URL"]) as person:
        person.execute("SET deadlock_timeout = '30s'")  # so that it is the night that the database picks
        person.execute("UPDATE governance_workitem SET priority = priority")
        night = begun(second)
        person.execute("UPDATE governance_flag SET reason = 'seen'")
        person.commit()
        night.join()
    assert night.figures is not None
    assert PolicyNight.objects.filter(night=second).count() == 1
    flag = Flag.objects.get()
    assert (flag.state, flag.reason, flag.ended_on) == ("cleared", "seen", second)
    assert WorkItem.objects.get().outcome == "cleared"


def test_of_two_processes_that_govern_one_night_one_writes() -> None:
    second = flagged(1.5, 1.5)
    with transaction.atomic():
        Flag.objects.select_for_update().get()
        first = begun(second)
        other = begun(second, others=1)
    first.join()
    other.join()
    assert PolicyNight.objects.filter(night=second).count() == 1
    assert Action.objects.count() == 1
    assert first.figures is not None
    assert first.figures["all"] == other.figures["all"]
