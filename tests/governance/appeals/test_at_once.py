"""Two people at the same moment: one is served, the other is told, and nothing happens twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from reputation.base.audit import audit_verify
from reputation.base.models import OutboxEvent
from reputation.governance.actions.services import action_lift, actions_expire
from reputation.governance.appeals.services import appeal_decide, appeal_file, appeal_withdraw
from reputation.governance.models import Action, ActionChange, Appeal, Correction, Objection, ObjectionLine
from reputation.governance.objections.services import objection_decide, objection_file
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import log, market, member, sanctioned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mia(clock: Clock) -> User:
    market()
    return member("mia")


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each came to: what it returned, or the words of its refusal."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return deed()
        except ValidationError as error:
            return error.messages
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def told(results: list[Any]) -> list[str]:
    return [" ".join(result) for result in results if isinstance(result, list)]


def test_two_decide_at_once_and_the_second_hears_who_was_first(mia: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="No.", units=["o:o1"])
    ann2, bo = person("judge"), person("bo")
    results = at_once(
        lambda: appeal_decide(appeal=appeal, by=ann2, won=True, reason="Yes.", exclude=["o:o1"]),
        lambda: appeal_decide(appeal=appeal, by=bo, won=False, reason="No."),
    )
    (refusal,) = told(results)
    appeal.refresh_from_db()
    assert appeal.decided_by.username in refusal
    won = appeal.state == "won"
    assert Action.objects.get(pk=action.pk).state == ("overturned" if won else "active")
    assert Correction.objects.count() == int(won)
    assert log("appeal") == ["appeal.filed", f"appeal.{appeal.state}"]
    assert OutboxEvent.objects.filter(event="appeal.decided").count() == 1
    assert audit_verify().bad is None


def test_one_person_who_presses_twice_decides_once(mia: User) -> None:
    appeal, judge = appeal_file(action=sanctioned(), by=mia, text="No.", units=["o:o1"]), person("judge")
    results = at_once(*[lambda: appeal_decide(appeal=appeal, by=judge, won=True, reason="Yes.", exclude=["o:o1"])] * 3)
    assert {result.state for result in results} == {"won"}
    assert Correction.objects.count() == 1
    assert log("appeal") == ["appeal.filed", "appeal.won"]


def test_two_file_against_one_sanction_at_once(mia: User) -> None:
    action, bob = sanctioned(), member("bob")
    results = at_once(
        *(lambda who=who: appeal_file(action=action, by=who, text=f"No, says {who}.") for who in (mia, bob))
    )
    assert told(results) == ["An appeal against this measure is open already."]
    assert Appeal.objects.count() == 1
    assert ActionChange.objects.filter(action=action, state="stayed").count() == 1


def test_two_sanctions_of_one_subject_appealed_at_once_are_put_off_once(mia: User) -> None:
    actions = [sanctioned(), sanctioned("throttle", share=0.5)]
    results = at_once(*(lambda action=action: appeal_file(action=action, by=mia, text="No.") for action in actions))
    assert not told(results)
    assert sorted(Appeal.objects.values_list("stayed", flat=True)) == [False, True]
    assert sorted(Action.objects.values_list("state", flat=True)) == ["active", "stayed"]


def test_withdrawn_and_decided_at_once_is_one_of_the_two(mia: User) -> None:
    action = sanctioned()
    appeal, judge = appeal_file(action=action, by=mia, text="No."), person("judge")
    results = at_once(
        lambda: appeal_withdraw(appeal=appeal, by=mia),
        lambda: appeal_decide(appeal=appeal, by=judge, won=False, reason="No."),
    )
    assert len(told(results)) == 1
    assert Appeal.objects.get().state in ("withdrawn", "lost")
    assert Action.objects.get().state == "active"
    assert ActionChange.objects.filter(action=action, state="active").count() == 2  # begun, and resumed once


def test_a_sanction_that_expires_while_an_appeal_is_filed_ends_once(mia: User, clock: Clock) -> None:
    action = sanctioned(days=1)
    clock.pass_(days=1)
    results = at_once(
        lambda: actions_expire(moment=clock.moment),
        lambda: appeal_file(action=action, by=mia, text="No."),
    )
    assert not told(results)
    assert [change.state for change in action.changes.order_by("sequence")] == ["active", "expired"]


def test_a_sanction_that_is_lifted_while_an_appeal_is_filed_stays_lifted(mia: User) -> None:
    action, lifter = sanctioned(), person("cy", "lift_action")
    results = at_once(
        lambda: action_lift(action=action, by=lifter, note="A mistake."),
        lambda: appeal_file(action=action, by=mia, text="No."),
    )
    assert not told(results)
    assert Action.objects.get(pk=action.pk).state == "lifted"
    assert action.changes.filter(state="lifted").count() == 1


def test_four_tickets_at_once_make_three(mia: User) -> None:
    units = ["o:o1", "o:o2", "c:c1", "h:h1"]
    subject = {"kind": "store", "subject_id": "s1", "by": mia, "text": ""}
    results = at_once(*(lambda unit=unit: objection_file(**subject, lines=[(unit, "attack")]) for unit in units))
    assert [text[:27] for text in told(results)] == ["3 objections are open alrea"]
    assert Objection.objects.count() == 3


def test_one_incident_in_two_tickets_at_once_is_in_one(mia: User) -> None:
    subject = {"kind": "store", "subject_id": "s1", "by": mia, "lines": [("o:o1", "attack")]}
    results = at_once(*(lambda text=text: objection_file(**subject, text=text) for text in ("one", "two")))
    assert told(results) == ["An objection to o1 is open already."]
    assert ObjectionLine.objects.count() == 1


def test_two_decide_a_line_at_once(mia: User) -> None:
    objection = objection_file(kind="store", subject_id="s1", by=mia, text="", lines=[("o:o1", "attack")])
    line, ann, bo = objection.lines.get(), person("an"), person("bo")
    results = at_once(
        lambda: objection_decide(objection=objection, by=ann, verdicts={line.pk: ("accepted", "Yes.")}),
        lambda: objection_decide(objection=objection, by=bo, verdicts={line.pk: ("refused", "No.")}),
    )
    line.refresh_from_db()
    assert told(results) == [f"{line.decided_by} has decided this line meanwhile."]
    assert log("objection") == ["objection.filed", "objection.decided"]
