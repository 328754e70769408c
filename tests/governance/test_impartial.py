"""Nobody of the staff decides about a subject that they act for themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.governance.actions.services import (
    action_lift,
    action_propose,
    action_replace,
    action_second,
    action_withdraw,
)
from reputation.governance.flags import flag_dismiss, flag_reopen
from reputation.governance.models import Action, Flag
from reputation.subjects.services import membership_grant
from tests.governance.actions import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def both() -> User:
    """On the desk, and of the store."""
    world.store()
    made = world.person("both", "decide_flag", "agree_action", "lift_action")
    membership_grant(user=made, kind="store", subject_id="s1", role="staff", by="test")
    return made


def held() -> Action:
    return action_propose(kind="store", subject_id="s1", wanted=world.wanted("suspend"), by=world.person("ann"))


def active() -> Action:
    return action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=world.person("ann"))


DEEDS: dict[str, Callable[[User], object]] = {
    "propose": lambda by: action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=by),
    "agree": lambda by: action_second(action=held(), by=by, decision="agree", reason="yes"),
    "refuse": lambda by: action_second(action=held(), by=by, decision="refuse", reason="no"),
    "withdraw": lambda by: action_withdraw(action=held(), by=by, note="no"),
    "lift": lambda by: action_lift(action=active(), by=by, note="mended"),
    "replace": lambda by: action_replace(action=active(), wanted=world.wanted("warning"), by=by, note="milder"),
    "dismiss": lambda by: flag_dismiss(flag=world.flag(), by=by, reason="nothing"),
    "reopen": lambda by: flag_reopen(flag=world.flag(state=Flag.State.DISMISSED), by=by, note="again"),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_it_is_refused(both: User, deed: str) -> None:
    with pytest.raises(ValidationError, match="You act for this subject"):
        DEEDS[deed](both)


def test_another_subject_is_theirs_to_decide(both: User) -> None:
    world.store("s2")
    assert action_propose(kind="store", subject_id="s2", wanted=world.wanted(), by=both).state == "active"
