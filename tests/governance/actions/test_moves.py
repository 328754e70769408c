"""The table of changes: it stays within what the states allow, and refuses what callers get wrong."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import SYSTEM
from reputation.base.outbox.events import EVENTS
from reputation.governance.actions import moves
from reputation.governance.models import Action, ActionState
from reputation.governance.models.actions import ACTION_PREDECESSORS
from tests.governance.actions.world import Clock

pytestmark = pytest.mark.django_db


def test_every_change_is_one_that_the_states_allow() -> None:
    for deed in moves.DEEDS:
        if deed.after:
            assert set(deed.after) <= ACTION_PREDECESSORS[deed.to], deed.name
        else:
            assert deed.to in (ActionState.HELD, ActionState.ACTIVE)


def test_every_state_can_be_come_to() -> None:
    assert {deed.to for deed in moves.DEEDS} == set(ActionState)


def test_who_is_told_gets_an_event_and_a_notice_or_neither() -> None:
    for deed in moves.DEEDS:
        assert bool(deed.event) == bool(deed.about), deed.name
        assert deed.event in ("", *EVENTS)
        begun = deed.after and deed.after != (ActionState.HELD,)
        assert bool(deed.event) == bool(begun or deed.to == ActionState.ACTIVE), deed.name


@pytest.mark.parametrize("deed", moves.DEEDS, ids=lambda deed: deed.name)
def test_a_caller_who_skips_the_look_at_the_state_is_stopped(
    clock: Clock, propose: object, ann: User, deed: moves.Deed
) -> None:
    action = propose("suspend")  # type: ignore[operator]
    if ActionState.HELD in deed.after:
        Action.objects.update(state="expired")
        action.refresh_from_db()
    with pytest.raises(ValueError, match=r"cannot be|begins"):
        moves.move(action, deed, SYSTEM, clock.moment)
    assert action.changes.count() == 1
