"""What a night does by itself: the low actions that a rule may take, the end of what is cured, and nothing twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import audit_verify
from reputation.base.time import now
from reputation.governance.actions.services import Wanted, action_automatic, action_propose, actions_expire
from reputation.governance.models import Action, ActionState, Flag, Notice, PolicyVersion, WorkItem
from reputation.governance.nights.automatic import MOST_SUBJECTS, night_act
from tests.governance.nights.nights import DAY, govern, in_force
from tests.governance.world import flagged_slowly, policy, publish, rate, rule
from tests.people import staff_member
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
STAR = '{metric: stars, read: value, op: "<=", than: 2.0}'
LATE = '{metric: late_dispatch, window: 30, read: low, op: ">=", than: 0.05}'


def automatic(text: str, *, lift: bool = False) -> str:
    return text.replace("    expires:", f"    automatic: true\n    lift_when_cured: {str(lift).lower()}\n    expires:")


def starred(*, lift: bool = False, auto: bool = True, action: str = "notice") -> str:
    text = rule("low_star", action=action).replace(LATE, STAR)
    return (
        automatic(text, lift=lift) if auto else text.replace("    expires:", "    lift_when_cured: true\n    expires:")
    )


def stars(nights: list[date], *shown: float | None) -> None:
    for night, star in zip(nights, shown, strict=True):
        rate("s00001", night, star)


def states() -> list[str]:
    return list(Action.objects.order_by("pk").values_list("state", flat=True))


def test_low_actions_begin_without_a_person_and_never_on_a_head_subject() -> None:
    publish(nights=1)
    in_force(policy(automatic(rule(than="0.05"))))
    figures = govern(LAST_DAY, act=True)
    flagged = {flag.subject_id: flag for flag in Flag.objects.all()}
    assert set(flagged) == flagged_slowly(0.05)
    heads = {who for who, flag in flagged.items() if flag.tier == "head"}
    assert heads
    acted = Action.objects.all()
    assert {a.subject_id for a in acted} == set(flagged) - heads
    assert all(a.automatic and a.state == ActionState.ACTIVE and a.flag == flagged[a.subject_id] for a in acted)
    assert figures["acted"] == acted.count() == Notice.objects.count()
    assert {item.subject_id for item in WorkItem.objects.all()} == heads
    assert figures["items"] == len(heads)
    assert {f.state for f in flagged.values() if f.subject_id not in heads} == {"decided"}
    assert not audit_verify().why


def test_a_rule_that_fires_for_a_twentieth_of_the_market_is_left_to_people() -> None:
    """A carrier's feed that broke makes everybody late: that is no ground to act on anybody unseen."""
    publish(nights=1)
    in_force(policy(automatic(rule("broken", than="0.005")), automatic(rule("whole", than="0.06"))))
    figures = govern(LAST_DAY, act=True)
    assert len(flagged_slowly(0.005)) > MOST_SUBJECTS >= len(flagged_slowly(0.06)) > 1
    assert figures["left"] == ["broken"]
    assert set(Action.objects.values_list("rule", flat=True)) == {"whole"}
    left = WorkItem.objects.filter(rule="broken", state="open")
    assert set(left.values_list("subject_id", flat=True)) == flagged_slowly(0.005)


def test_a_night_that_is_caught_up_does_nothing_to_anybody_and_the_next_one_acts_on_what_still_fires() -> None:
    nights = publish(nights=2)
    in_force(policy(starred()))
    stars(nights, 1.5, 1.5)
    govern(nights[0], act=False)
    assert (states(), WorkItem.objects.get().state) == ([], "open")
    govern(nights[1], act=True)
    assert states() == ["active"]
    item = WorkItem.objects.get()
    assert (item.state, item.outcome, item.closed_by) == ("done", "notice", None)


def test_what_somebody_is_at_is_left_to_them() -> None:
    nights = publish(nights=3)
    in_force(policy(starred()))
    stars(nights, 1.5, 1.5, 1.5)
    govern(nights[0])
    ann = User.objects.create_user("ann")
    WorkItem.objects.update(claimed_by=ann, claimed_at=now(), claimed_until=now() + timedelta(minutes=20))
    govern(nights[1], act=True)
    assert states() == []
    WorkItem.objects.update(claimed_until=now() - timedelta(minutes=1))
    govern(nights[2], act=True)
    assert states() == ["active"]


def test_what_is_cured_is_lifted_by_the_next_night_that_may_act() -> None:
    nights = publish(nights=4)
    in_force(policy(starred(lift=True)))
    stars(nights, 1.5, 1.5, 4.0, 4.0)
    govern(nights[0], act=True)
    govern(nights[1], act=True)
    assert states() == ["active"]
    govern(nights[2], act=False)
    assert states() == ["active"]
    figures = govern(nights[3], act=True)
    assert (states(), figures["lifted"]) == (["lifted"], 1)
    change = Action.objects.get().changes.latest("sequence")
    assert (change.state, change.by) == ("lifted", "system")
    assert change.note == f"low_star has not held since {nights[2]}."
    assert Notice.objects.filter(about="ended").count() == 1


def test_without_the_rules_leave_an_action_lasts_as_long_as_was_said() -> None:
    nights = publish(nights=2)
    in_force(policy(starred(lift=False)))
    stars(nights, 1.5, 4.0)
    for night in nights:
        govern(night, act=True)
    assert states() == ["active"]


def test_a_star_that_is_withheld_is_no_cure() -> None:
    nights = publish(nights=3)
    in_force(policy(starred(lift=True)))
    stars(nights, 1.5, None, 1.5)
    for night in nights:
        govern(night, act=True)
    assert (states(), Flag.objects.count()) == (["active"], 1)


def test_a_proposal_whose_ground_is_gone_is_withdrawn_before_a_second_person_decides() -> None:
    nights = publish(nights=2)
    in_force(policy(starred(auto=False)))
    stars(nights, 1.5, 4.0)
    govern(nights[0], act=True)
    wanted = Wanted("suspend", {"en": "Because", "zh-hans": "因为"}, days=7, lift_when_cured=True)
    mo = staff_member("mo", "moderator")
    action_propose(kind="store", subject_id="s00001", wanted=wanted, by=mo, flag=Flag.objects.get())
    assert states() == ["held"]
    figures = govern(nights[1], act=True)
    assert (states(), figures["withdrawn"], figures["lifted"]) == (["withdrawn"], 1, 0)
    assert not WorkItem.objects.filter(state="open").exists()


def test_a_rule_that_flickers_while_its_action_stands_is_neither_told_nor_looked_at_twice() -> None:
    nights = publish(nights=4)
    in_force(policy(starred()))
    stars(nights, 1.5, 4.0, 1.5, 1.5)
    for night in nights:
        govern(night, act=True)
    assert states() == ["active"]
    old, new = Flag.objects.order_by("pk")
    assert (old.ended_on, old.state) == (nights[1], "decided")
    assert (new.first_night, new.state, new.decided_by) == (nights[2], "decided", "system")
    assert not WorkItem.objects.exists()


def test_what_fires_on_after_its_action_ran_out_is_judged_anew() -> None:
    nights = publish(nights=3)
    in_force(policy(starred()))
    stars(nights, 1.5, 1.5, 1.5)
    govern(nights[0], act=True)
    actions_expire(moment=now() + 8 * DAY)
    assert states() == ["expired"]
    figures = govern(nights[1], act=True)
    assert states() == ["expired", "active"]
    assert figures["all"]["again"] == 1
    govern(nights[2], act=True)
    assert states() == ["expired", "active"]
    assert list(Flag.objects.order_by("pk").values_list("first_night", "ended_on")) == [
        (nights[0], nights[1]), (nights[1], None),
    ]  # fmt: skip


@pytest.mark.parametrize("state", [ActionState.LIFTED, ActionState.REFUSED, ActionState.OVERTURNED])
def test_what_somebody_found_needs_no_more_is_left_alone_while_it_fires_on(state: str) -> None:
    nights = publish(nights=2)
    in_force(policy(starred()))
    stars(nights, 1.5, 1.5)
    govern(nights[0], act=True)
    Action.objects.update(state=state)
    govern(nights[1], act=True)
    assert states() == [state]
    assert Flag.objects.get().ended_on is None


def test_one_action_that_cannot_be_taken_is_left_to_people_and_keeps_no_other_back() -> None:
    """A flag of a policy whose text this program no longer reads: nobody can say what it proposes."""
    nights = publish(nights=2)
    for night in nights:
        rate("s00001", night, 1.5)
        rate("s00002", night, 1.5)
    in_force(policy(starred()))
    govern(nights[0])
    one, other = Flag.objects.order_by("pk")
    broken = PolicyVersion.objects.create(version=9, name="broken", text="policy: [", digest="x")
    Flag.objects.filter(pk=one.pk).update(policy=broken)
    assert night_act(nights[0], ["low_star"]).acted == 1
    assert Action.objects.get().flag == other
    assert Flag.objects.get(pk=one.pk).state == "open"


def test_a_flag_that_a_person_decided_in_the_same_moment_stays_theirs() -> None:
    publish(nights=1)
    rate("s00001", LAST_DAY, 1.5)
    in_force(policy(starred()))
    govern(LAST_DAY)
    flag = Flag.objects.get()
    Flag.objects.update(state=Flag.State.DISMISSED)
    assert action_automatic(flag=flag) is None
    assert (states(), Flag.objects.get().state) == ([], "dismissed")
