"""The second person: agrees, refuses, or does something else; and what was held can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.governance.actions.services import (
    Wanted,
    action_propose,
    action_replace,
    action_second,
    action_withdraw,
)
from reputation.governance.models import Action, WorkItem
from tests.governance.actions.world import Clock, flag, head, wanted, written

pytestmark = pytest.mark.django_db
Propose = Callable[..., Action]


@pytest.fixture
def held(clock: Clock, propose: Propose) -> Action:
    return propose("suspend", days=30)


def item(action: Action) -> WorkItem:
    return WorkItem.objects.get(action=action)


def test_agreeing_starts_it_then_and_not_before(clock: Clock, held: Action, bo: User) -> None:
    agreed_at = clock.pass_(days=1)
    made = action_second(action=held, by=bo, decision="agree", reason=" seen ")
    assert (made.state, made.starts_at, made.ends_at) == ("active", agreed_at, agreed_at + timedelta(days=30))
    assert (made.proposed_by, made.second_by, made.seconder, made.second_at) == (
        "user:ann", "user:bo", bo, agreed_at)  # fmt: skip
    assert made.second_reason == "seen"
    assert (item(made).state, item(made).outcome, item(made).closed_by) == ("done", "agreed", bo)
    assert written(made) == ["held", "agreed"]
    assert made.notices.get().fields["en"]["decided"] == "No: two people decided it."


def test_agreeing_twice_is_agreeing_once(held: Action, bo: User) -> None:
    for _ in range(2):
        made = action_second(action=held, by=bo, decision="agree", reason="")
    assert made.changes.count() == 2
    assert written(made) == ["held", "agreed"]


def test_nobody_seconds_what_they_proposed(held: Action, ann: User) -> None:
    for decision in ("agree", "refuse", "other"):
        with pytest.raises(ValidationError, match="another person must agree"):
            action_second(action=held, by=ann, decision=decision, reason="mine", other=wanted("notice"))
    held.refresh_from_db()
    assert held.state == "held"


def test_refusing_ends_it_and_the_flag_stays_decided(clock: Clock, ann: User, bo: User) -> None:
    fired = flag()
    held = action_propose(kind="store", subject_id="s1", wanted=wanted("suspend"), by=ann, flag=fired)
    refused = action_second(action=held, by=bo, decision="refuse", reason="a carrier's strike")
    fired.refresh_from_db()
    assert (refused.state, refused.starts_at, refused.seconder) == ("refused", None, bo)
    assert (fired.state, fired.item.state) == ("decided", "done")
    assert (item(held).state, item(held).outcome) == ("done", "refused")
    assert written(held) == ["held", "refused"]
    assert not refused.notices.exists()  # nothing ever happened to the store
    assert not refused.changes.filter(told=True).exists()


@pytest.mark.parametrize("decision", ["refuse", "other"])
def test_a_no_needs_a_reason(held: Action, bo: User, decision: str) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        action_second(action=held, by=bo, decision=decision, reason=" ", other=wanted("notice"))


@pytest.mark.parametrize("decision", ["other", "maybe", ""])
def test_something_else_has_to_be_said(held: Action, bo: User, decision: str) -> None:
    with pytest.raises(ValidationError, match="what is to be done instead"):
        action_second(action=held, by=bo, decision=decision, reason="hm")


def test_the_second_may_do_something_milder_and_both_are_kept(clock: Clock, held: Action, bo: User) -> None:
    clock.pass_(hours=2)
    other = action_second(action=held, by=bo, decision="other", reason="first offence", other=wanted("listing_ban"))
    held.refresh_from_db()
    assert (held.state, held.starts_at, held.seconder) == ("replaced", None, bo)
    assert (other.state, other.sanction, other.replaces) == ("active", "listing_ban", held)
    assert (other.proposed_by, other.second_by, other.second_reason) == ("user:ann", "user:bo", "first offence")
    assert other.starts_at == clock.moment
    assert (written(held), written(other)) == (["held", "superseded"], ["started"])
    assert not held.notices.exists()
    assert other.notices.get().about == "started"
    assert item(held).outcome == "superseded"


def test_doing_something_else_twice_is_doing_it_once(held: Action, bo: User) -> None:
    told: dict[str, Any] = {"by": bo, "decision": "other", "reason": "milder", "other": wanted("notice")}
    assert action_second(action=held, **told) == action_second(action=held, **told)
    assert Action.objects.count() == 2


@pytest.mark.parametrize(
    ("other", "state"),
    [
        (wanted("suspend", days=7), "active"),
        (wanted("suspend", days=30), "active"),
        (wanted("warning", days=365), "active"),
        (wanted("suspend", days=31), "held"),
        (wanted("ban", days=None), "held"),
    ],
)
def test_what_goes_further_than_was_proposed_waits_in_turn(
    held: Action, ann: User, bo: User, other: Wanted, state: str
) -> None:
    made = action_second(action=held, by=bo, decision="other", reason="hm", other=other)
    assert made.state == state
    if state == "held":
        assert (made.proposer, made.seconder, item(made).state) == (bo, None, "open")
        with pytest.raises(ValidationError, match="another person"):
            action_second(action=made, by=bo, decision="agree", reason="")
        assert action_second(action=made, by=ann, decision="agree", reason="").state == "active"


@pytest.mark.parametrize(("share", "state"), [(0.6, "active"), (0.5, "active"), (0.4, "held")])
def test_less_of_the_reach_goes_further(propose: Propose, bo: User, share: float, state: str) -> None:
    head("s1")
    held = propose("throttle", share=0.5)
    other = wanted("throttle", share=share)
    assert action_second(action=held, by=bo, decision="other", reason="hm", other=other).state == state


def test_another_item_is_another_matter(propose: Propose, bo: User) -> None:
    head("s1")
    held = propose("delist", item_ref="sku-1")
    told: dict[str, Any] = {"by": bo, "decision": "other", "reason": "hm"}
    assert action_second(action=held, other=wanted("delist", item_ref="sku-2"), **told).state == "held"


def test_something_else_that_cannot_be_wanted_leaves_the_first_waiting(held: Action, bo: User) -> None:
    with pytest.raises(ValidationError, match="must end"):
        action_second(action=held, by=bo, decision="other", reason="hm", other=wanted("notice", days=None))
    held.refresh_from_db()
    assert (held.state, item(held).state) == ("held", "open")


@pytest.mark.parametrize("decision", ["agree", "refuse", "other"])
def test_who_comes_late_is_told_who_decided(held: Action, bo: User, cy: User, decision: str) -> None:
    action_second(action=held, by=bo, decision="agree", reason="")
    with pytest.raises(ValidationError, match="bo decided, and it is in force"):
        action_second(action=held, by=cy, decision=decision, reason="no", other=wanted("notice"))
    assert written(held) == ["held", "agreed"]


def test_the_proposer_takes_it_back(clock: Clock, held: Action, ann: User) -> None:
    for _ in range(2):
        made = action_withdraw(action=held, by=ann, note="the wrong store")
    assert (made.state, made.starts_at) == ("withdrawn", None)
    assert item(made).outcome == "withdrawn"
    assert written(made) == ["held", "withdrawn"]


def test_others_take_it_back_only_if_they_may_lift(held: Action, bo: User, cy: User) -> None:
    with pytest.raises(ValidationError, match="Only who proposed this"):
        action_withdraw(action=held, by=bo, note="no")
    assert action_withdraw(action=held, by=cy, note="undone").state == "withdrawn"


def test_it_goes_by_itself_where_its_ground_is_gone(held: Action) -> None:
    assert action_withdraw(action=held, by=None, note="late did not hold any more").state == "withdrawn"


def test_what_counts_already_cannot_be_withdrawn(held: Action, ann: User, bo: User) -> None:
    action_second(action=held, by=bo, decision="agree", reason="")
    with pytest.raises(ValidationError, match="it is in force"):
        action_withdraw(action=held, by=ann, note="no")
    with pytest.raises(ValidationError, match="Say why"):
        action_withdraw(action=held, by=ann, note=" ")


def test_a_sanction_on_the_head_replaced_by_another_waits_and_the_old_one_stands(
    clock: Clock, held: Action, ann: User, bo: User, cy: User
) -> None:
    old = action_second(action=held, by=bo, decision="agree", reason="")
    new = action_replace(action=old, wanted=wanted("ban", days=None), by=ann, note="it went on")
    old.refresh_from_db()
    assert (old.state, new.state, new.replaces) == ("active", "held", old)
    clock.pass_(hours=1)
    action_second(action=new, by=cy, decision="agree", reason="")
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.state, old.ended_at) == ("replaced", clock.moment)
    assert (new.state, new.starts_at) == ("active", clock.moment)
    told = [(c.action_id, c.state) for c in old.changes.model.objects.filter(told=True).order_by("sequence")]
    assert told == [(old.pk, "active"), (old.pk, "replaced"), (new.pk, "active")]
