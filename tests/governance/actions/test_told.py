"""What the platform is told and confirms: the feed, the events, the alarm's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.base.models import AuditEntry, OutboxEvent
from reputation.governance.actions.selectors import action_changes, state_word, unacknowledged
from reputation.governance.actions.services import (
    action_acknowledge,
    action_lift,
    action_overturn,
    action_propose,
    action_replace,
    action_resume,
    action_second,
    action_stay,
    actions_expire,
)
from reputation.governance.models import Action, ActionState
from reputation.ratings.models import Pointer
from tests.governance.actions.world import REASON, Clock, flag, store, wanted, written

pytestmark = pytest.mark.django_db
Propose = Callable[..., Action]


@pytest.fixture
def act(clock: Clock, propose: Propose) -> Action:
    return propose(days=7)


def feed(after: int = 0) -> list[dict[str, Any]]:
    return [change.document or {} for change in action_changes(after, 50)]


def counter() -> int:
    return Pointer.objects.values_list("counter", flat=True).first() or 0


def fresh(action: Action) -> Action:
    return Action.objects.get(pk=action.pk)


def test_a_change_is_told_whole(clock: Clock, ann: User) -> None:
    fired = flag()
    made = action_propose(
        kind="store", subject_id="s1", wanted=wanted("throttle", share=0.25, days=3), by=ann, flag=fired
    )
    change = made.changes.get()
    assert feed() == [
        {
            "sequence": change.sequence,
            "id": made.pk,
            "subject": {"kind": "store", "id": "s1", "name": "Shop s1", "category": "shoes"},
            "action": "throttle",
            "share": 0.25,
            "item_ref": None,
            "state": "active",
            "starts_at": "2026-07-01T04:00:00Z",
            "ends_at": "2026-07-04T04:00:00Z",
            "reason": REASON,
            "policy": 1,
            "rule": "late",
            "replaces": None,
        }
    ]
    assert (made.told_sequence, made.told_at) == (change.sequence, clock.moment)


def test_a_hand_made_one_has_no_policy_and_a_delisting_names_its_item(propose: Propose) -> None:
    propose("delist", item_ref="sku-7")
    (told,) = feed()
    assert (told["policy"], told["rule"], told["share"], told["item_ref"]) == (None, None, None, "sku-7")


def test_what_stays_among_staff_is_not_told(propose: Propose, bo: User) -> None:
    held = propose("suspend")
    action_second(action=held, by=bo, decision="refuse", reason="no")
    assert feed() == []
    assert not OutboxEvent.objects.exists()
    assert counter() == 0
    assert fresh(held).told_sequence == 0


def test_each_change_is_told_in_its_order_with_the_end_that_is_known_then(clock: Clock, act: Action) -> None:
    clock.pass_(days=1)
    action_stay(action=act, note="a")
    clock.pass_(days=1)
    action_resume(action=act, note="b")
    clock.pass_(days=10)
    actions_expire(moment=clock.moment)
    told = [(row["state"], row["ends_at"]) for row in feed()]
    assert told == [
        ("active", "2026-07-08T04:00:00Z"),
        ("stayed", None),  # it moves
        ("active", "2026-07-09T04:00:00Z"),
        ("expired", "2026-07-09T04:00:00Z"),
    ]
    events = OutboxEvent.objects.order_by("sequence")
    assert [(e.event, e.subject_key) for e in events] == [
        ("action.started", "store:s1"), ("action.changed", "store:s1"), ("action.changed", "store:s1"),
        ("action.ended", "store:s1"),
    ]  # fmt: skip
    assert [event.payload for event in events] == feed()
    assert counter() == 4


def test_the_end_that_is_told_is_when_it_ended(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(hours=1)
    new = action_replace(action=act, wanted=wanted("notice"), by=bo, note="n")
    clock.pass_(hours=1)
    action_lift(action=new, by=bo, note="n")
    _begun, replaced, started, lifted = feed()
    assert (replaced["state"], replaced["ends_at"]) == ("replaced", "2026-07-01T05:00:00Z")
    assert (started["replaces"], started["starts_at"]) == (act.pk, "2026-07-01T05:00:00Z")
    assert (lifted["state"], lifted["ends_at"]) == ("lifted", "2026-07-01T06:00:00Z")


def test_a_late_won_appeal_changes_a_record_that_had_ended(clock: Clock, act: Action, bo: User) -> None:
    action_lift(action=act, by=bo, note="n")
    action_overturn(action=act, by=bo, note="n")
    assert [e.event for e in OutboxEvent.objects.order_by("sequence")] == [
        "action.started", "action.ended", "action.changed"]  # fmt: skip
    assert feed()[-1]["state"] == "overturned"


def test_a_reader_goes_on_from_its_cursor(clock: Clock, ann: User) -> None:
    for number in range(5):
        store(f"s{number}")
        action_propose(kind="store", subject_id=f"s{number}", wanted=wanted(), by=ann)
    sequences = [row["sequence"] for row in feed()]
    assert sequences == sorted(set(sequences))
    assert [change.sequence for change in action_changes(0, 2)] == sequences[:2]
    assert [change.sequence for change in action_changes(sequences[1], 2)] == sequences[2:4]
    assert action_changes(sequences[-1], 2) == []


def test_what_was_told_stays_as_it_was_told(clock: Clock, act: Action, bo: User) -> None:
    before = feed()
    action_lift(action=act, by=bo, note="n")
    assert feed()[:1] == before


# --- Confirming -----------------------------------------------------------------------------------------------------


def test_the_platform_confirms_all_that_it_was_told(clock: Clock, act: Action) -> None:
    clock.pass_(minutes=1)
    for _ in range(2):
        done = action_acknowledge(action_id=act.pk, by_key="shop")
    assert (done.acknowledged_sequence, done.acknowledged_at) == (done.told_sequence, clock.moment)
    assert written(act) == ["started", "acknowledged"]
    assert AuditEntry.objects.latest("sequence").actor == "key:shop"


def test_it_can_confirm_up_to_a_change_and_never_back(clock: Clock, act: Action, bo: User) -> None:
    action_lift(action=act, by=bo, note="n")
    first, second = (change.sequence for change in action_changes(0, 5))
    assert action_acknowledge(action_id=act.pk, by_key="shop", sequence=first).acknowledged_sequence == first
    assert action_acknowledge(action_id=act.pk, by_key="shop", sequence=second).acknowledged_sequence == second
    assert action_acknowledge(action_id=act.pk, by_key="shop", sequence=first).acknowledged_sequence == second
    assert written(act) == ["started", "lifted", "acknowledged", "acknowledged"]


def test_a_change_that_is_not_this_actions_cannot_be_confirmed(clock: Clock, act: Action, ann: User) -> None:
    store("s2")
    other = action_propose(kind="store", subject_id="s2", wanted=wanted(), by=ann)
    for sequence in (0, -1, other.told_sequence, 10**12):
        with pytest.raises(ValidationError, match="There is no change"):
            action_acknowledge(action_id=act.pk, by_key="shop", sequence=sequence)
    assert fresh(act).acknowledged_sequence == 0


def test_what_the_platform_was_never_told_of_does_not_exist_for_it(propose: Propose) -> None:
    held = propose("suspend")
    for pk in (held.pk, held.pk + 1):
        with pytest.raises(Action.DoesNotExist):
            action_acknowledge(action_id=pk, by_key="shop")


def silent(clock: Clock) -> list[Action]:
    return list(unacknowledged(clock.moment))


def test_fifteen_minutes_of_silence_alarm_and_a_word_ends_it(clock: Clock, act: Action) -> None:
    assert silent(clock) == []
    clock.pass_(minutes=15, seconds=-1)
    assert silent(clock) == []
    clock.pass_(seconds=1)
    assert silent(clock) == [act]
    assert list(unacknowledged()) == [act]
    action_acknowledge(action_id=act.pk, by_key="shop")
    assert silent(clock) == []


def test_a_newer_change_does_not_hide_an_older_silence(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(minutes=14)
    action_lift(action=act, by=bo, note="n")
    clock.pass_(minutes=1)
    assert silent(clock) == [act]


def test_after_a_confirmation_the_clock_starts_with_the_first_change_that_is_left(
    clock: Clock, act: Action, bo: User
) -> None:
    first = act.told_sequence
    clock.pass_(minutes=10)
    stayed_at = clock.moment
    action_stay(action=act, note="a")
    clock.pass_(minutes=10)
    action_lift(action=act, by=bo, note="n")
    action_acknowledge(action_id=act.pk, by_key="shop", sequence=first)
    assert fresh(act).told_at == stayed_at
    clock.pass_(minutes=4)
    assert silent(clock) == []
    clock.pass_(minutes=1)
    assert silent(clock) == [act]
    action_acknowledge(action_id=act.pk, by_key="shop")
    clock.pass_(days=1)
    action_overturn(action=act, by=bo, note="n")
    assert silent(clock) == []  # a new quarter of an hour
    assert list(unacknowledged(clock.moment + timedelta(minutes=15))) == [act]


def test_every_state_has_a_word_of_its_own() -> None:
    assert len({state_word(state) for state in ActionState.values}) == len(ActionState)
