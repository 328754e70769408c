"""What becomes of a sanction in force: it runs out, is lifted, put off, replaced, overturned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.governance.actions.selectors import in_force
from reputation.governance.actions.services import (
    action_lift,
    action_overturn,
    action_replace,
    action_resume,
    action_second,
    action_stay,
    actions_expire,
)
from reputation.governance.models import Action
from tests.governance.actions.world import Clock, wanted, written

pytestmark = pytest.mark.django_db
Propose = Callable[..., Action]


@pytest.fixture
def act(clock: Clock, propose: Propose) -> Action:
    return propose(days=7)


def fresh(action: Action) -> Action:
    return Action.objects.get(pk=action.pk)


def end(action: Action) -> timedelta:
    assert action.ends_at is not None
    return action.ends_at - (action.starts_at or action.ends_at)


# --- Running out ----------------------------------------------------------------------------------------------------


def test_it_counts_up_to_its_end_and_not_at_it(clock: Clock, act: Action) -> None:
    clock.pass_(days=7, seconds=-1)
    assert actions_expire(moment=clock.moment) == 0
    assert list(in_force()) == [act]
    clock.pass_(seconds=1)  # exactly on the boundary
    assert not in_force().exists()  # even before the tick comes round
    assert fresh(act).state == "active"
    assert actions_expire(moment=clock.moment) == 1
    assert (fresh(act).state, fresh(act).ended_at) == ("expired", act.ends_at)


def test_the_tick_that_comes_late_or_twice_tells_the_true_end_once(clock: Clock, act: Action) -> None:
    clock.pass_(days=9)
    assert [actions_expire(moment=clock.moment) for _ in range(2)] == [1, 0]
    assert fresh(act).ended_at == act.ends_at
    assert written(act) == ["started", "expired"]
    assert act.changes.latest("sequence").at == clock.moment


def test_what_has_no_end_never_runs_out(clock: Clock, propose: Propose, bo: User) -> None:
    action_second(action=propose("ban", days=None), by=bo, decision="agree", reason="")
    clock.pass_(days=5000)
    assert actions_expire(moment=clock.moment) == 0
    assert in_force().count() == 1


def test_without_a_moment_it_is_the_moment_of_the_call(clock: Clock, act: Action) -> None:
    assert actions_expire() == 0
    clock.pass_(days=7)
    assert actions_expire() == 1
    assert fresh(act).state == "expired"


def test_a_command_meets_it_as_expired_even_before_the_tick(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(days=7)
    for command in (
        lambda: action_lift(action=act, by=bo, note="enough"),
        lambda: action_stay(action=act, note="appeal"),
        lambda: action_replace(action=act, wanted=wanted("notice"), by=bo, note="milder"),
    ):
        with pytest.raises(ValidationError, match="expired"):
            command()
    assert fresh(act).state == "active"  # nothing was done, so the tick will say it
    assert written(act) == ["started"]


# --- Lifting --------------------------------------------------------------------------------------------------------


def test_it_is_lifted_by_hand_with_a_reason(clock: Clock, act: Action, bo: User) -> None:
    with pytest.raises(ValidationError, match="Say why"):
        action_lift(action=act, by=bo, note="  ")
    clock.pass_(days=1)
    for _ in range(2):
        lifted = action_lift(action=act, by=bo, note="they mended it")
    assert (lifted.state, lifted.ended_at) == ("lifted", clock.moment)
    assert written(act) == ["started", "lifted"]
    assert lifted.changes.get(state="lifted").note == "they mended it"


def test_a_cure_lifts_it_without_a_person_and_the_notice_says_so(clock: Clock, act: Action) -> None:
    lifted = action_lift(action=act, by=None, note="", because="cured")
    assert lifted.changes.get(state="lifted").by == "system"
    assert "what it was about is mended" in lifted.notices.get(about="ended").fields["en"]["headline"]


def test_who_lifts_second_is_told_who_was_first(act: Action, bo: User, cy: User) -> None:
    action_lift(action=act, by=bo, note="one")
    with pytest.raises(ValidationError, match="bo decided, and it is lifted"):
        action_lift(action=act, by=cy, note="two")
    assert written(act) == ["started", "lifted"]


# --- Put off, and on again ------------------------------------------------------------------------------------------


def test_while_it_is_put_off_its_time_stands_still(clock: Clock, act: Action) -> None:
    clock.pass_(days=2)
    stayed = action_stay(action=act, note="first appeal")
    assert (stayed.state, stayed.stayed_at) == ("stayed", clock.moment)
    assert not in_force().exists()
    clock.pass_(days=30)
    assert actions_expire(moment=clock.moment) == 0  # long past its first end
    resumed = action_resume(action=act, note="lost")
    assert (resumed.state, resumed.stayed_at) == ("active", None)
    assert end(resumed) == timedelta(days=37)  # 7 of punishment, 30 put off
    clock.pass_(days=5, seconds=-1)
    assert actions_expire(moment=clock.moment) == 0
    clock.pass_(seconds=1)
    assert actions_expire(moment=clock.moment) == 1
    assert written(act) == ["started", "stayed", "resumed", "expired"]


def test_putting_off_and_resuming_twice_is_once(clock: Clock, act: Action) -> None:
    for command in (action_stay, action_stay):
        command(action=act, note="a")
        clock.pass_(hours=1)
    for command in (action_resume, action_resume):
        command(action=act, note="b")
        clock.pass_(hours=1)
    assert written(act) == ["started", "stayed", "resumed"]
    assert end(fresh(act)) == timedelta(days=7, hours=2)


def test_two_stays_both_count(clock: Clock, act: Action) -> None:
    for _ in range(2):
        action_stay(action=act, note="a")
        clock.pass_(days=3)
        action_resume(action=act, note="b")
    assert end(fresh(act)) == timedelta(days=13)


def test_one_without_an_end_can_be_put_off_and_has_none_after(clock: Clock, propose: Propose, bo: User) -> None:
    ban = action_second(action=propose("ban", days=None), by=bo, decision="agree", reason="")
    action_stay(action=ban, note="a")
    clock.pass_(days=3)
    assert action_resume(action=ban, note="b").ends_at is None


def test_what_never_counted_is_neither_put_off_nor_resumed(propose: Propose) -> None:
    held = propose("suspend")
    for command in (action_stay, action_resume):
        with pytest.raises(ValidationError, match="waiting for a second person"):
            command(action=held, note="a")


def test_what_was_never_put_off_is_not_resumed(act: Action) -> None:
    with pytest.raises(ValidationError, match="in force"):
        action_resume(action=act, note="b")


# --- Overturned -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", ["active", "stayed"])
def test_a_won_appeal_ends_it(clock: Clock, act: Action, bo: User, before: str) -> None:
    if before == "stayed":
        action_stay(action=act, note="a")
    clock.pass_(days=1)
    for _ in range(2):
        gone = action_overturn(action=act, by=bo, note="the carrier lost the parcels")
    assert (gone.state, gone.ended_at) == ("overturned", clock.moment)
    assert written(act).count("overturned") == 1


def test_a_won_appeal_says_of_an_ended_one_that_it_was_wrong_and_keeps_when_it_ended(
    clock: Clock, act: Action, bo: User
) -> None:
    clock.pass_(days=8)
    actions_expire(moment=clock.moment)
    clock.pass_(days=2)
    gone = action_overturn(action=act, by=bo, note="n")
    assert (gone.state, gone.ended_at) == ("overturned", act.ends_at)
    assert [n.about for n in gone.notices.order_by("id")] == ["started", "ended", "changed"]
    assert "your appeal was right" in gone.notices.latest("id").fields["en"]["headline"]


def test_a_won_appeal_meets_one_whose_time_is_over_before_the_tick(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(days=8)
    gone = action_overturn(action=act, by=bo, note="n")
    assert (gone.state, gone.ended_at) == ("overturned", act.ends_at)
    assert written(act) == ["started", "expired", "overturned"]
    assert actions_expire(moment=clock.moment) == 0


def test_what_never_counted_cannot_be_overturned(propose: Propose, bo: User) -> None:
    with pytest.raises(ValidationError, match="waiting for a second person"):
        action_overturn(action=propose("suspend"), by=bo, note="n")
