"""The desk in numbers, against counts by hand; and the alarm about a platform that does not answer."""

from __future__ import annotations

import json
import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.services import action_acknowledge, action_lift, action_propose
from reputation.governance.alarms import unacknowledged_alarm
from reputation.governance.models import Appeal, WorkItem
from reputation.governance.reports.workload import undone, workload
from tests.governance.actions import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=16)


@pytest.fixture
def ann() -> User:
    return world.person("ann")


def closed(key: str, by: User, *, opened: float, claimed: float | None, ended: float) -> None:
    """An item of a flag, times in minutes ago."""
    item = WorkItem.objects.get(flag=world.flag(key))
    ago = {name: None if minutes is None else now() - timedelta(minutes=minutes)
           for name, minutes in (("opened_at", opened), ("claimed_at", claimed), ("closed_at", ended))}  # fmt: skip
    WorkItem.objects.filter(pk=item.pk).update(state="done", closed_by=by, **ago)


def test_what_waits_is_counted_by_kind_with_its_age(ann: User) -> None:
    for number, hours in enumerate((1, 5, 30)):
        item = WorkItem.objects.get(flag=world.flag(f"s{number}"))
        due = now() + timedelta(hours=1 if number else -1)
        WorkItem.objects.filter(pk=item.pk).update(opened_at=now() - timedelta(hours=hours), due_at=due)
    WorkItem.objects.filter(flag__subject_id="s1").update(claimed_by=ann, claimed_until=now() + timedelta(minutes=5))
    WorkItem.objects.filter(flag__subject_id="s2").update(claimed_by=ann, claimed_until=now() - timedelta(minutes=5))
    world.store("s9")
    action_propose(kind="store", subject_id="s9", wanted=world.wanted("ban", days=None), by=ann)
    found = workload()
    by_kind = {one.kind: one for one in found.waiting}
    assert set(by_kind) == {"flag", "decision", "appeal", "objection"}
    flags = by_kind["flag"]
    assert (flags.open, flags.overdue, flags.claimed) == (3, 1, 1)
    assert flags.hours == pytest.approx(5, abs=0.05)
    assert flags.oldest is not None
    assert now() - flags.oldest == pytest.approx(timedelta(hours=30), abs=timedelta(minutes=1))
    assert (by_kind["decision"].open, by_kind["appeal"].open, by_kind["appeal"].hours) == (1, 0, None)
    assert (found.all.open, found.all.overdue) == (4, 1)


def test_who_decided_how_much_and_how_long_one_took(ann: User) -> None:
    bo, day = world.person("bo"), 24 * 60
    for number, minutes in enumerate((4, 10, 20)):
        closed(f"s{number}", ann, opened=3 * day, claimed=2 * day + minutes, ended=2 * day)
    closed("s3", bo, opened=2 * day, claimed=None, ended=0)
    closed("s4", bo, opened=9 * day, claimed=None, ended=8.1 * day)
    found = workload()
    assert [(one.name, one.today, one.week) for one in found.workers] == [("ann", 0, 3), ("bo", 1, 1)]
    assert found.workers[0].minutes == pytest.approx(10, abs=0.01)
    assert found.workers[1].minutes is None
    assert (found.closed_today, found.closed_week) == (1, 4)
    assert found.hours == pytest.approx(24, abs=0.1)


def test_an_empty_desk_has_numbers_too() -> None:
    found = workload()
    assert (found.all.open, found.workers, found.hours, found.undone) == (0, [], None, [])


def test_rules_that_appeals_undo_often_stand_out(ann: User) -> None:
    world.live("late", "slow")
    for number in range(8):
        rule = "late" if number < 6 else "slow"
        flag = world.flag(f"s{number}", rule)
        action = action_propose(kind="store", subject_id=f"s{number}", wanted=world.wanted(), by=ann, flag=flag)
        state = "won" if number in (0, 1, 6) else "lost"
        Appeal.objects.create(
            action=action, filed_by=ann, filed_at=now(), text="x", due_on=now().date(), state=state, decided_at=now()
        )
    found = {one.rule: one for one in undone()}
    assert (found["late"].sanctions, found["late"].decided, found["late"].won) == (6, 6, 2)
    assert found["late"].suspect
    assert found["slow"].share == 0.5
    assert not found["slow"].suspect  # two are too few to say so
    assert [one.rule for one in undone()] == ["slow", "late"]


def test_a_platform_that_is_silent_is_alarmed_of_once(ann: User, caplog: pytest.LogCaptureFixture) -> None:
    for key in ("s1", "s2"):
        world.store(key)
        action_propose(kind="store", subject_id=key, wanted=world.wanted(), by=ann)
    with caplog.at_level(logging.ERROR, "reputation"):
        assert unacknowledged_alarm(moment=now() + timedelta(minutes=14)) == 0
        assert [unacknowledged_alarm(moment=now() + LATER) for _round in range(3)] == [2, 0, 0]
    assert [record.message[:25] for record in caplog.records] == ["2 actions not acknowledge"]
    (entry,) = AuditEntry.objects.filter(action="platform.silent")
    assert json.loads(entry.data)["count"] == 2
    assert audit_verify().bad is None


def test_a_later_silence_is_alarmed_of_anew(ann: User, clock: world.Clock) -> None:
    world.store("s1")
    first = action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann)
    assert unacknowledged_alarm(moment=clock.pass_(minutes=16)) == 1
    action_acknowledge(action_id=first.pk, by_key="app")
    assert unacknowledged_alarm(moment=clock.pass_(minutes=30)) == 0
    action_lift(action=first, by=ann, note="mended")
    assert unacknowledged_alarm(moment=clock.pass_(minutes=14)) == 0
    assert unacknowledged_alarm(moment=clock.pass_(minutes=2)) == 1
    assert AuditEntry.objects.filter(action="platform.silent").count() == 2


def test_the_pages_of_staff_and_monitors_say_that_the_platform_is_silent(ann: User, clock: world.Clock) -> None:
    world.store("s1")
    action = action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=ann)
    desk = Client()
    desk.force_login(staff_member("mia", "moderator"))
    assert Client().get("/readyz").json()["actions"] == "ok"
    assert "not acknowledged" not in desk.get("/console/nights").content.decode()
    clock.pass_(minutes=16)
    told = Client().get("/readyz")
    assert (told.status_code, told.json()["actions"]) == (200, "unacknowledged 1")
    assert "The platform has not acknowledged 1 action." in desk.get("/console/nights").content.decode()
    assert "平台尚未确认 1 项处置" in desk.get("/console/nights?lang=zh-hans").content.decode()
    action_acknowledge(action_id=action.pk, by_key="app")
    assert Client().get("/readyz").json()["actions"] == "ok"
