"""What governance does every minute."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils.module_loading import import_string
from django_q.models import Schedule

from reputation.base.models import AuditEntry
from reputation.base.time import day_start
from reputation.governance.actions.services import Wanted, action_propose
from reputation.governance.models import Action, PolicyState, PolicyVersion
from reputation.governance.services import policy_activate
from reputation.governance.tasks import governance_tick
from reputation.governance.ticking import governance_round
from reputation.nightly.schedules import GOVERNANCE, schedules_upsert
from tests.governance.nights.nights import DAY
from tests.governance.world import policy, rate, rule
from tests.people import staff_member
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
NOTHING = {"expired": 0, "live": 0, "alarmed": 0}


@pytest.fixture
def warned() -> Action:
    rate("s1", LAST_DAY, 4.0)
    wanted = Wanted("warning", {"en": "Because", "zh-hans": "因为"}, days=7)
    return action_propose(kind="store", subject_id="s1", wanted=wanted, by=staff_member("mo", "moderator"))


def test_an_action_ends_in_the_minute_in_which_its_time_is_over(warned: Action) -> None:
    assert warned.ends_at is not None
    assert governance_round(moment=warned.ends_at - timedelta(seconds=1))["expired"] == 0
    assert governance_round(moment=warned.ends_at)["expired"] == 1
    warned.refresh_from_db()
    assert warned.state == "expired"
    assert governance_round(moment=warned.ends_at)["expired"] == 0


def test_the_announced_policy_is_live_from_the_first_moment_of_its_day() -> None:
    version = policy_activate(content=policy(rule()), today=LAST_DAY)
    assert version.live_from == LAST_DAY + 15 * DAY
    midnight = day_start(version.live_from)
    assert governance_round(moment=midnight - timedelta(seconds=1)) == NOTHING
    assert PolicyVersion.objects.get().state == PolicyState.ANNOUNCED
    assert governance_round(moment=midnight)["live"] == 1
    assert PolicyVersion.objects.get().state == PolicyState.LIVE
    assert governance_round(moment=midnight) == NOTHING


def test_what_the_platform_leaves_unanswered_for_a_quarter_of_an_hour_is_said_once(warned: Action) -> None:
    told: datetime | None = warned.told_at
    assert told is not None
    assert governance_round(moment=told + timedelta(minutes=14))["alarmed"] == 0
    assert governance_round(moment=told + timedelta(minutes=16))["alarmed"] == 1
    assert governance_round(moment=told + timedelta(minutes=17))["alarmed"] == 0


def test_a_minute_in_which_nothing_is_due_writes_nothing() -> None:
    policy_activate(content=policy(rule()), today=LAST_DAY)
    before = AuditEntry.objects.count()
    assert governance_round(moment=day_start(LAST_DAY)) == NOTHING
    assert AuditEntry.objects.count() == before


def test_an_expiry_that_fails_keeps_nobody_from_being_alarmed(warned: Action) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_action ADD CONSTRAINT endless CHECK (state <> 'expired')")
    assert warned.ends_at is not None
    governance_round(moment=warned.ends_at)
    warned.refresh_from_db()
    assert warned.state == "active"
    assert AuditEntry.objects.filter(action="platform.silent").exists()


def test_the_schedule_calls_it_every_minute_in_the_cluster_that_nights_do_not_hold_up() -> None:
    schedules_upsert()
    schedule = Schedule.objects.get(name=GOVERNANCE)
    assert (schedule.minutes, schedule.cluster) == (1, "livestar")
    assert import_string(schedule.func) is governance_tick
    governance_tick()
