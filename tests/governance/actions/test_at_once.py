"""Two people, or two programs, at the very same moment: one wins, and the other is told."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from reputation.base.audit import audit_verify
from reputation.base.time import now
from reputation.governance.actions.services import (
    action_acknowledge,
    action_automatic,
    action_lift,
    action_overturn,
    action_propose,
    action_replace,
    action_second,
    action_stay,
    actions_expire,
)
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Action, ActionChange, Flag, WorkItem
from reputation.ratings.models import Pointer
from tests.governance.actions.world import flag, person, store, wanted, written

pytestmark = pytest.mark.django_db(transaction=True)
Deed = Callable[[], object]


def at_once(*deeds: Deed) -> list[object]:
    """What each returned, or the word with which it was refused. All begin together; anything else is raised."""
    gate = threading.Barrier(len(deeds))

    def one(deed: Deed) -> object:
        try:
            gate.wait(10)
            return deed()
        except ValidationError as refused:
            return refused.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(one, deeds))


@pytest.fixture
def people() -> list[User]:
    store()
    Pointer.objects.get_or_create(id=1)
    return [person(name, "lift_action") for name in ("ann", "bo", "cy", "di")]


def act(by: User, sanction: str = "listing_ban", **more: object) -> Action:
    return action_propose(kind="store", subject_id="s1", wanted=wanted(sanction, **more), by=by)


def told_off(answers: list[object]) -> list[str]:
    return [answer for answer in answers if isinstance(answer, str)]


def test_a_flag_is_decided_by_one_and_the_others_hear_by_whom(people: list[User]) -> None:
    fired = flag()
    request = [uuid.uuid4() for _ in people]
    answers = at_once(
        *(
            lambda by=by, n=n: action_propose(  # type: ignore[misc]
                kind="store", subject_id="s1", wanted=wanted(), by=by, flag=fired, request=request[n]
            )
            for n, by in enumerate(people[:3])
        ),
        lambda: flag_dismiss(flag=fired, by=people[3], reason="a strike"),
    )
    assert len(told_off(answers)) == 3
    fired.refresh_from_db()
    winner = fired.decided_by.removeprefix("user:")
    assert all(winner in said for said in told_off(answers))
    assert Action.objects.count() == (fired.state == Flag.State.DECIDED)
    assert audit_verify().bad is None


def test_a_person_and_the_night_do_not_both_act_on_a_flag(people: list[User]) -> None:
    fired = flag()
    answers = at_once(
        lambda: action_automatic(flag=fired),
        lambda: action_propose(kind="store", subject_id="s1", wanted=wanted(), by=people[0], flag=fired),
    )
    assert Action.objects.count() == 1
    assert answers.count(None) + len(told_off(answers)) == 1


def test_the_same_request_from_many_hands_is_one_action(people: list[User]) -> None:
    request = uuid.uuid4()
    deed = lambda: action_propose(  # noqa: E731
        kind="store", subject_id="s1", wanted=wanted("suspend"), by=people[0], request=request
    )
    answers = at_once(*[deed] * 6)
    assert {answer.pk for answer in answers if isinstance(answer, Action)} == {Action.objects.get().pk}
    assert len(answers) == 6
    assert ActionChange.objects.count() == WorkItem.objects.count() == 1


def test_the_same_request_on_a_flag_too(people: list[User]) -> None:
    fired, request = flag(), uuid.uuid4()
    answers = at_once(
        *[lambda: action_propose(kind="store", subject_id="s1", wanted=wanted(), by=people[0], flag=fired,
                                 request=request)] * 4
    )  # fmt: skip
    assert not told_off(answers)
    assert Action.objects.count() == 1


def test_of_agreeing_refusing_and_withdrawing_one_holds(people: list[User]) -> None:
    ann, bo, cy, di = people
    held = act(ann, "ban", days=None)
    answers = at_once(
        lambda: action_second(action=held, by=bo, decision="agree", reason=""),
        lambda: action_second(action=held, by=cy, decision="refuse", reason="no"),
        lambda: action_second(action=held, by=di, decision="other", reason="no", other=wanted("notice")),
    )
    assert len(told_off(answers)) == 2
    last = held.changes.latest("sequence")
    assert all(last.by.removeprefix("user:") in said for said in told_off(answers))
    assert held.changes.count() == 2
    assert not WorkItem.objects.filter(state="open").exists()
    assert audit_verify().bad is None


def test_of_two_who_lift_one_is_told_that_it_is_done(people: list[User]) -> None:
    action = act(people[0])
    answers = at_once(*(lambda by=by: action_lift(action=action, by=by, note="n") for by in people))  # type: ignore[misc]
    assert len(told_off(answers)) == 3
    assert written(action) == ["started", "lifted"]


def test_two_ticks_and_a_won_appeal_end_it_in_one_order(people: list[User]) -> None:
    action = act(people[0])
    Action.objects.update(ends_at=now() - timedelta(seconds=1))
    answers = at_once(actions_expire, actions_expire, lambda: action_overturn(action=action, by=people[1], note="won"))
    assert not told_off(answers)
    assert written(action) == ["started", "expired", "overturned"]


def test_of_two_replacements_one_takes_the_place(people: list[User]) -> None:
    action = act(people[0])
    answers = at_once(
        *(lambda by=by: action_replace(action=action, wanted=wanted("notice"), by=by, note="n") for by in people)  # type: ignore[misc]
    )
    assert len(told_off(answers)) == 3
    assert Action.objects.filter(state="active").count() == 1
    assert Action.objects.count() == 2


def test_two_held_replacements_agreed_to_at_once(people: list[User]) -> None:
    ann, bo, cy, di = people
    action = act(ann)
    first, second = (action_replace(action=action, wanted=wanted("suspend"), by=by, note="n") for by in (bo, cy))
    answers = at_once(
        lambda: action_second(action=first, by=di, decision="agree", reason=""),
        lambda: action_second(action=second, by=di, decision="agree", reason=""),
    )
    assert len(told_off(answers)) == 1
    assert Action.objects.filter(state="active").count() == 1


def test_many_different_actions_at_once_are_told_in_one_order_and_none_is_lost(people: list[User]) -> None:
    """The feed's numbers grow in the order of the commits: whoever has read up to one has missed none before it."""
    for number in range(8):
        store(f"m{number}")
    seen: list[int] = []
    stop = threading.Event()

    def reader() -> None:
        after = 0
        while not stop.is_set() or ActionChange.objects.filter(sequence__gt=after).exists():
            for sequence in (
                ActionChange.objects.filter(sequence__gt=after).order_by("sequence").values_list("pk", flat=True)
            ):
                seen.append(sequence)
                after = sequence
        connection.close()

    def one(number: int) -> Action:
        return action_propose(kind="store", subject_id=f"m{number}", wanted=wanted(), by=people[number % 4])

    watching = threading.Thread(target=reader)
    watching.start()
    answers = at_once(*(lambda n=n: one(n) for n in range(8)))  # type: ignore[misc]
    stop.set()
    watching.join(20)
    assert not told_off(answers)
    assert seen == sorted(ActionChange.objects.values_list("pk", flat=True))
    assert len(seen) == 8
    assert audit_verify().bad is None
    assert Pointer.objects.get().counter == 8


def test_two_programs_confirm_the_same_change_once(people: list[User]) -> None:
    action = act(people[0])
    at_once(*[lambda: action_acknowledge(action_id=action.pk, by_key="shop")] * 4)
    assert written(action) == ["started", "acknowledged"]


def test_putting_off_and_lifting_at_once_leave_a_whole_record(people: list[User]) -> None:
    action = act(people[0])
    answers = at_once(
        lambda: action_stay(action=action, note="a"),
        lambda: action_lift(action=action, by=people[1], note="n"),
    )
    action.refresh_from_db()
    assert action.state == "lifted"
    assert len(told_off(answers)) == (0 if "stayed" in written(action) else 1)
    assert audit_verify().bad is None


def test_something_else_instead_and_a_lifting_of_the_old_one_never_block_each_other(people: list[User]) -> None:
    ann, bo, cy, di = people
    for _ in range(5):
        old = act(ann)
        held = action_replace(action=old, wanted=wanted("suspend"), by=bo, note="n")
        at_once(
            lambda held=held: action_second(  # type: ignore[misc]
                action=held, by=cy, decision="other", reason="milder", other=wanted("notice")
            ),
            lambda old=old: action_lift(action=old, by=di, note="n"),  # type: ignore[misc]
        )
        assert Action.objects.get(pk=old.pk).state in ("lifted", "replaced")
        assert Action.objects.get(pk=held.pk).state == "replaced"
    assert audit_verify().bad is None
