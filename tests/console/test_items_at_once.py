"""Two people at the same item at the same moment: one decision is taken, and the other person is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.services import action_propose
from reputation.governance.flags import flag_dismiss, flag_reopen
from reputation.governance.models import Action, ActionState, Flag, Note, WorkItem
from reputation.governance.notes import note_write
from tests.console.test_actions import FORM
from tests.governance.actions import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*deeds: Callable[[], object]) -> list[object]:
    """What each returns, or the ValidationError that it was answered with."""
    ready = Barrier(len(deeds))

    def one(deed: Callable[[], object]) -> object:
        try:
            ready.wait(timeout=10)
            return deed()
        except ValidationError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


def signed_in(name: str, role: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, role))
    return client


def test_of_two_dismissals_one_stands_and_the_other_is_told_by_whom() -> None:
    world.store()
    flag = world.flag()
    ann, bo = staff_member("ann", "moderator"), staff_member("bo", "moderator")
    answers = at_once(
        lambda: flag_dismiss(flag=flag, by=ann, reason="A strike"),
        lambda: flag_dismiss(flag=flag, by=bo, reason="A mistake"),
    )
    told = [answer for answer in answers if isinstance(answer, ValidationError)]
    flag.refresh_from_db()
    assert len(told) == 1
    assert f"{flag.decided_by.removeprefix('user:')} has dismissed this flag meanwhile." in told[0].messages
    assert audit_verify().bad is None


def test_of_an_action_and_a_dismissal_one_is_taken() -> None:
    world.store()
    flag = world.flag()
    ann, bo = staff_member("ann", "moderator"), staff_member("bo", "moderator")
    answers = at_once(
        lambda: action_propose(kind="store", subject_id="s1", wanted=world.wanted("notice"), by=ann, flag=flag),
        lambda: flag_dismiss(flag=flag, by=bo, reason="A mistake"),
    )
    assert sum(isinstance(answer, ValidationError) for answer in answers) == 1
    flag.refresh_from_db()
    assert (flag.state == Flag.State.DECIDED) == Action.objects.exists()
    assert WorkItem.objects.get().state == WorkItem.State.DONE


def test_of_two_who_open_a_flag_and_decide_it_on_their_pages_one_decides() -> None:
    world.store()
    flag = world.flag()
    address = f"/console/queue/{flag.item.pk}"
    clients = [signed_in("ann", "moderator"), signed_in("bo", "moderator")]
    sent = {"deed": "dismiss", "dismiss-reason": "Nothing in it"}
    answers = at_once(*(lambda client=client: client.post(address, sent, follow=True) for client in clients))
    pages = [answer.content.decode() for answer in answers]
    assert sum("Dismissed. Nobody is asked again" in page for page in pages) == 1
    assert sum("Your decision was not taken." in page for page in pages) == 1


def test_of_two_seconds_one_counts() -> None:
    world.store()
    ann = staff_member("ann", "moderator")
    held = action_propose(kind="store", subject_id="s1", wanted=world.wanted("suspend", days=30), by=ann)
    address = f"/console/queue/{held.item.pk}"
    bo, cy = signed_in("bo", "senior"), signed_in("cy", "senior")
    at_once(
        lambda: bo.post(address, {"deed": "agree"}),
        lambda: cy.post(address, {"deed": "refuse", "refuse-reason": "Too hard"}),
    )
    held.refresh_from_db()
    assert held.state in (ActionState.ACTIVE, ActionState.REFUSED)
    assert held.changes.count() == 2  # held, and one decision
    assert audit_verify().bad is None


def test_of_two_who_lift_one_is_told_and_the_record_has_one_end() -> None:
    world.store()
    ann = staff_member("ann", "moderator")
    action = action_propose(kind="store", subject_id="s1", wanted=world.wanted("listing_ban"), by=ann)
    clients = [signed_in("bo", "moderator"), signed_in("cy", "moderator")]
    sent = {"deed": "lift", "lift-reason": "Mended"}
    answers = at_once(*(lambda client=client: client.post(f"/console/actions/{action.pk}", sent) for client in clients))
    assert sorted(answer.status_code for answer in answers) == [200, 302]
    assert action.changes.filter(state=ActionState.LIFTED).count() == 1


def test_a_double_click_by_hand_is_one_action() -> None:
    world.store()
    client = signed_in("ann", "moderator")
    sent = FORM | {"request": "0b9f4b1e-3a39-4b8e-9d0f-1f6a8f2b7c11"}
    at_once(*(lambda: client.post("/console/act/stores/s1", sent) for _time in range(2)))
    assert Action.objects.count() == 1


def test_a_double_click_is_one_note() -> None:
    ann = staff_member("ann", "moderator")
    at_once(*(lambda: note_write(kind="store", subject_id="s1", by=ann, text="Called") for _time in range(3)))
    assert Note.objects.count() == 1


# --- opening a flag again ------------------------------------------------------------------------------------------


def test_a_dismissed_flag_is_opened_again_once_and_its_item_with_it() -> None:
    world.store()
    flag = world.flag()
    ann = staff_member("ann", "moderator")
    flag_dismiss(flag=flag, by=ann, reason="A mistake")
    at_once(*(lambda: flag_reopen(flag=flag, by=ann, note="undone") for _time in range(2)))
    flag.refresh_from_db()
    item = WorkItem.objects.get()
    assert (flag.state, flag.decided_by, flag.reason) == (Flag.State.OPEN, "", "")
    assert (item.state, item.closed_by, item.outcome) == (WorkItem.State.OPEN, None, "")
    assert AuditEntry.objects.filter(action="flag.reopened").count() == 1


def test_a_flag_is_not_opened_again_while_its_action_stands_or_when_it_has_ended() -> None:
    world.store()
    flag = world.flag()
    ann = staff_member("ann", "moderator")
    action_propose(kind="store", subject_id="s1", wanted=world.wanted("notice"), by=ann, flag=flag)
    with pytest.raises(ValidationError, match="lift or withdraw it first"):
        flag_reopen(flag=flag, by=ann, note="undone")
    Action.objects.update(state=ActionState.LIFTED)
    Flag.objects.update(ended_on=now().date() - timedelta(days=1))
    with pytest.raises(ValidationError, match="has not fired since"):
        flag_reopen(flag=flag, by=ann, note="undone")
    assert Flag.objects.get().state == Flag.State.DECIDED
