"""One sanction in another's place: one of them counts at any moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.governance.actions.selectors import in_force
from reputation.governance.actions.services import action_overturn, action_propose, action_replace, action_second
from reputation.governance.models import Action, Appeal
from tests.governance.actions.world import Clock, store, wanted, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def act(clock: Clock, propose: Callable[..., Action]) -> Action:
    return propose(days=7)


def fresh(action: Action) -> Action:
    return Action.objects.get(pk=action.pk)


def test_another_takes_its_place_in_the_same_moment(clock: Clock, act: Action, bo: User) -> None:
    clock.pass_(days=1)
    new = action_replace(action=act, wanted=wanted("warning", days=30), by=bo, note="they try")
    assert (fresh(act).state, fresh(act).ended_at) == ("replaced", clock.moment)
    assert (new.state, new.starts_at, new.replaces) == ("active", clock.moment, act)
    assert new.changes.get().note == "they try"
    assert (written(act), written(new)) == (["started", "replaced"], ["started"])


def test_a_chain_of_replacements_has_one_in_force(clock: Clock, act: Action, bo: User) -> None:
    links = [act]
    for days in (5, 4, 3):
        links.append(action_replace(action=links[-1], wanted=wanted(days=days), by=bo, note="shorter"))
        clock.pass_(hours=1)
    assert [fresh(link).state for link in links] == ["replaced"] * 3 + ["active"]
    assert list(in_force()) == [links[-1]]
    with pytest.raises(ValidationError, match="it is replaced"):
        action_replace(action=act, wanted=wanted(), by=bo, note="again")


def test_a_held_replacement_of_what_ended_meanwhile_still_starts(clock: Clock, act: Action, bo: User) -> None:
    new = action_replace(action=act, wanted=wanted("suspend", days=30), by=bo, note="n")
    clock.pass_(days=8)
    started = action_second(action=new, by=ann_of(act), decision="agree", reason="")
    assert (started.state, fresh(act).state) == ("active", "expired")
    assert fresh(act).ended_at == act.ends_at


def ann_of(action: Action) -> User:
    assert action.proposer is not None
    return action.proposer


def test_a_held_replacement_of_what_was_overturned_does_not_start(clock: Clock, act: Action, bo: User) -> None:
    new = action_replace(action=act, wanted=wanted("suspend"), by=bo, note="n")
    action_overturn(action=act, by=bo, note="won")
    with pytest.raises(ValidationError, match="it is withdrawn"):
        action_second(action=new, by=ann_of(act), decision="agree", reason="")
    assert fresh(new).state == "withdrawn"


def test_two_held_replacements_only_one_of_which_can_start(clock: Clock, act: Action, bo: User, cy: User) -> None:
    first, second = (action_replace(action=act, wanted=wanted("suspend"), by=by, note="n") for by in (bo, cy))
    action_second(action=first, by=ann_of(act), decision="agree", reason="")
    with pytest.raises(ValidationError, match="it is replaced"):
        action_second(action=second, by=ann_of(act), decision="agree", reason="")
    assert [fresh(a).state for a in (act, first, second)] == ["replaced", "active", "held"]


def test_something_else_instead_of_a_held_replacement_replaces_the_old_one(clock: Clock, act: Action, bo: User) -> None:
    held = action_replace(action=act, wanted=wanted("suspend"), by=bo, note="n")
    other = action_second(
        action=held, by=ann_of(act), decision="other", reason="milder", other=wanted("warning", days=90)
    )
    assert [fresh(a).state for a in (act, held, other)] == ["replaced", "replaced", "active"]
    assert other.replaces == held
    assert list(in_force()) == [other]


def test_what_is_under_appeal_stays_to_be_decided(clock: Clock, act: Action, bo: User) -> None:
    held = action_replace(action=act, wanted=wanted("suspend"), by=bo, note="n")
    appeal = Appeal.objects.create(action=act, filed_by=bo, filed_at=clock.moment, text="t", due_on=clock.moment.date())
    with pytest.raises(ValidationError, match="An appeal against it is open"):
        action_replace(action=act, wanted=wanted("notice"), by=bo, note="n")
    with pytest.raises(ValidationError, match="An appeal against it is open"):
        action_second(action=held, by=ann_of(act), decision="agree", reason="")
    Appeal.objects.filter(pk=appeal.pk).update(state="lost")
    assert action_second(action=held, by=ann_of(act), decision="agree", reason="").state == "active"


def test_a_held_one_is_not_replaced_but_refused(propose: Callable[..., Action], bo: User) -> None:
    with pytest.raises(ValidationError, match="waiting for a second person"):
        action_replace(action=propose("suspend"), wanted=wanted("notice"), by=bo, note="n")


def test_the_same_replacement_asked_for_twice_is_one(clock: Clock, act: Action, bo: User) -> None:
    request = uuid.uuid4()
    one, two = (action_replace(action=act, wanted=wanted("notice"), by=bo, note="n", request=request) for _ in range(2))
    assert one == two
    assert Action.objects.count() == 2


def test_a_chain_keeps_the_flags_readings_and_adds_its_own(clock: Clock, bo: User, ann: User) -> None:
    store()
    old = action_propose(kind="store", subject_id="s1", wanted=wanted(facts={"text": "Seen twice."}), by=ann)
    new = action_replace(action=old, wanted=wanted("notice", facts={"text": "Seen once."}), by=bo, note="n")
    kept = action_replace(action=new, wanted=wanted("warning"), by=bo, note="n")
    assert (new.facts, kept.facts) == ({"text": "Seen once."}, {"text": "Seen once."})
