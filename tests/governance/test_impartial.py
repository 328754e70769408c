"""Nobody of the staff decides about a subject that they act for themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

from reputation.evidence.holds import hold_decide
from reputation.evidence.models import Hold
from reputation.governance.actions.services import (
    action_lift,
    action_propose,
    action_replace,
    action_second,
    action_withdraw,
)
from reputation.governance.flags import flag_dismiss, flag_reopen
from reputation.governance.models import Action, Flag
from reputation.ratings.clearance import drift_clear
from reputation.ratings.models import DriftClearance
from reputation.subjects.services import membership_grant
from tests.governance.actions import world
from tests.people import staff_member
from tests.portal import world as market

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


def clear_jump(by: User) -> DriftClearance:
    """Of s1 and s2, which the newest night withholds."""
    publication = market.publish()
    publication.inputs = {"jumped": [["store", "s1"], ["store", "s2"]]}
    publication.save()
    return drift_clear(kind="store", subject_id="s1", night=market.NIGHT, by=by, note="real buyers")


DEEDS: dict[str, Callable[[User], object]] = {
    "propose": lambda by: action_propose(kind="store", subject_id="s1", wanted=world.wanted(), by=by),
    "agree": lambda by: action_second(action=held(), by=by, decision="agree", reason="yes"),
    "refuse": lambda by: action_second(action=held(), by=by, decision="refuse", reason="no"),
    "withdraw": lambda by: action_withdraw(action=held(), by=by, note="no"),
    "lift": lambda by: action_lift(action=active(), by=by, note="mended"),
    "replace": lambda by: action_replace(action=active(), wanted=world.wanted("warning"), by=by, note="milder"),
    "dismiss": lambda by: flag_dismiss(flag=world.flag(), by=by, reason="nothing"),
    "reopen": lambda by: flag_reopen(flag=world.flag(state=Flag.State.DISMISSED), by=by, note="again"),
    "release": lambda by: hold_decide(hold=market.hold(), by=by, decision=Hold.Status.RELEASED, reason="fine"),
    "confirm": lambda by: hold_decide(hold=market.hold(), by=by, decision=Hold.Status.CONFIRMED, reason="a ring"),
    "clear": clear_jump,
}


@pytest.mark.parametrize("deed", DEEDS)
def test_it_is_refused(both: User, deed: str) -> None:
    with pytest.raises(ValidationError, match="You act for this subject"):
        DEEDS[deed](both)


def test_another_subject_is_theirs_to_decide(both: User) -> None:
    world.store("s2")
    assert action_propose(kind="store", subject_id="s2", wanted=world.wanted(), by=both).state == "active"
    other, nobodys = market.hold("a", subject_id="s2"), market.hold("b", subject_kind="", subject_id="")
    for hold in (other, nobodys):
        assert hold_decide(hold=hold, by=both, decision=Hold.Status.RELEASED, reason="fine").status == "released"


def test_who_acts_for_nobody_clears_the_same_jump() -> None:
    assert clear_jump(world.person("ann")).decided_by == "ann"


def test_the_pages_say_so_and_nothing_is_decided(client: Client) -> None:
    both = staff_member("both", "moderator")
    membership_grant(user=both, kind="store", subject_id="s1", role="staff", by="test")
    client.force_login(both)
    hold, publication = market.hold(), market.publish()
    publication.inputs = {"jumped": [["store", "s1"]]}
    publication.save()
    jump = {"kind": "store", "subject_id": "s1", "night": market.NIGHT.isoformat(), "note": "real"}
    pages = {
        f"/console/holds/{hold.pk}": {"decision": "released", "reason": "fine", "seen": "held"},
        "/console/withheld": jump,
    }
    for address, sent in pages.items():
        answer = client.post(address, sent, follow=True)
        assert [str(message) for message in answer.context["messages"]] == [
            "You act for this subject: somebody else must decide."
        ], address
    hold.refresh_from_db()
    assert (hold.status, DriftClearance.objects.count()) == ("held", 0)
