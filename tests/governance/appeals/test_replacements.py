"""A won appeal leaves nobody with a decision that cannot be taken: what was held to replace the sanction is withdrawn."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import audit_verify
from reputation.governance.actions.services import action_lift, action_replace, action_second
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.models import Action, Notice, WorkItem
from tests.governance.actions.world import Clock, person, wanted, written
from tests.governance.appeals.test_at_once import at_once, told
from tests.governance.appeals.world import market, member, sanctioned

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mia(clock: Clock) -> User:
    market()
    return member("mia")


@pytest.fixture
def old(mia: User) -> Action:
    return sanctioned()


@pytest.fixture
def held(old: Action) -> Action:
    made = action_replace(action=old, wanted=wanted("suspend"), by=User.objects.get(username="ann"), note="worse")
    assert made.state == "held"
    return made


def fresh(action: Action) -> str:
    return Action.objects.get(pk=action.pk).state


def desk() -> list[tuple[str, str]]:
    return list(WorkItem.objects.filter(kind="decision").order_by("id").values_list("state", "outcome"))


def decided(old: Action, mia: User, *, won: bool) -> None:
    appeal = appeal_file(action=old, by=mia, text="No.")
    appeal_decide(appeal=appeal, by=person("judge"), won=won, reason="So it is.")


def test_what_is_held_to_replace_it_is_withdrawn_and_leaves_the_desk(held: Action, old: Action, mia: User) -> None:
    decided(old, mia, won=True)
    assert (fresh(old), fresh(held)) == ("overturned", "withdrawn")
    assert desk() == [("done", "withdrawn")]
    last = held.changes.latest("sequence")
    assert (last.by, last.note) == ("system", f"action {old.pk}, which it would replace, was overturned")
    assert Action.objects.get(pk=held.pk).ended_at == last.at
    assert written(held) == ["held", "withdrawn"]
    assert not Notice.objects.filter(action=held).exists()  # it never counted: the subject never heard of it
    assert audit_verify().bad is None


def test_a_lost_appeal_leaves_it_to_the_second_person(held: Action, old: Action, mia: User) -> None:
    decided(old, mia, won=False)
    assert fresh(held) == "held"
    action_second(action=held, by=person("bo"), decision="agree", reason="")
    assert (fresh(old), fresh(held)) == ("replaced", "active")


def test_one_that_stands_for_another_which_never_began_is_withdrawn_too(held: Action, old: Action, mia: User) -> None:
    harder = action_second(
        action=held, by=person("bo"), decision="other", reason="Worse still.", other=wanted("ban", days=None)
    )
    assert (fresh(held), harder.state) == ("replaced", "held")
    decided(old, mia, won=True)
    assert (fresh(held), fresh(harder)) == ("replaced", "withdrawn")
    assert desk() == [("done", "superseded"), ("done", "withdrawn")]


def test_it_is_so_where_the_sanction_had_ended_before(held: Action, old: Action, mia: User) -> None:
    action_lift(action=old, by=person("cy", "lift_action"), note="mended")
    decided(old, mia, won=True)
    assert (fresh(old), fresh(held)) == ("overturned", "withdrawn")


def test_what_replaces_another_sanction_stays_held(held: Action, mia: User) -> None:
    other = sanctioned("throttle", share=0.5)
    decided(other, mia, won=True)
    assert (fresh(other), fresh(held)) == ("overturned", "held")


@pytest.mark.parametrize("decision", ["agree", "other"])
def test_won_while_a_second_person_decides(held: Action, old: Action, mia: User, decision: str) -> None:
    appeal = appeal_file(action=old, by=mia, text="No.")
    judge, bo = person("judge"), person("bo")
    other = wanted("ban", days=None) if decision == "other" else None
    results = at_once(
        lambda: appeal_decide(appeal=appeal, by=judge, won=True, reason="Yes."),
        lambda: action_second(action=held, by=bo, decision=decision, reason="Seen.", other=other),
    )
    assert len(told(results)) == int(decision == "agree") or fresh(held) == "withdrawn"
    assert fresh(old) == "overturned"
    assert not Action.objects.filter(state__in=("held", "active")).exists()
    assert not WorkItem.objects.filter(state="open").exists()
