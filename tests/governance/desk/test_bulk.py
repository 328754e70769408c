"""Many flags decided alike: what is shown, what is done, what is left, and taking it back."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.governance.actions.services import action_second
from reputation.governance.desk import bulk
from reputation.governance.desk.bulk import AS_PROPOSED, DISMISS, Decision, bulk_decide, bulk_items, bulk_preview
from reputation.governance.desk.claims import item_claim
from reputation.governance.desk.selectors import Filters
from reputation.governance.desk.undoing import UNDO, batch_undo, undo_refused
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Action, Batch, Flag, WorkItem
from tests.governance.desk import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
NOTHING = Decision(DISMISS, reason="Late parcels of a storm.")
WARNING = Decision("warning", days=10)


@pytest.fixture
def ann(db: None) -> User:
    return world.moderator("ann")


def flags(count: int = 3, **fields) -> list[WorkItem]:
    return bulk_items([world.item(f"s{number}", **fields).pk for number in range(count)])


def decide(items: list[WorkItem], by: User, decision: Decision, pk: uuid.UUID | None = None) -> Batch:
    return bulk_decide(pk=pk or uuid.uuid4(), items=items, by=by, decision=decision)


def left(batch: Batch) -> dict[str, str]:
    return batch.command["left"]


def states() -> list[str]:
    return list(Flag.objects.order_by("subject_id").values_list("state", flat=True))


def test_a_dismissal_of_many_dismisses_each_with_its_reason(ann: User) -> None:
    batch = decide(flags(), ann, NOTHING)
    assert states() == ["dismissed"] * 3
    assert set(Flag.objects.values_list("reason", flat=True)) == {NOTHING.reason}
    assert WorkItem.objects.filter(batch=batch, state="done", closed_by=ann).count() == 3
    assert left(batch) == {}


def test_one_sanction_for_many_is_an_action_for_each_with_the_rules_public_reason(ann: User) -> None:
    batch = decide(flags(), ann, WARNING)
    made = Action.objects.filter(batch=batch)
    assert {(a.sanction, a.days, a.state, a.reason["en"]) for a in made} == {
        ("warning", 10, "active", "Too many orders were dispatched late.")
    }
    assert made.count() == 3
    assert states() == ["decided"] * 3


def test_ones_own_words_stand_instead_of_the_rules(ann: User) -> None:
    told = {"en": "A storm is no excuse.", "zh-hans": "风暴不是理由。"}
    decide(flags(1), ann, Decision("warning", days=10, told=told))
    assert Action.objects.get().reason == told


def test_each_as_its_rule_proposes(ann: User) -> None:
    items = flags(2) + bulk_items([world.item("s9", sanction="throttle", share="0.50", days=7).pk])
    batch = decide(items, ann, Decision(AS_PROPOSED))
    made = Action.objects.filter(batch=batch).order_by("subject_id")
    assert [(a.sanction, a.days, a.share and float(a.share)) for a in made] == [
        ("warning", 30, None), ("warning", 30, None), ("throttle", 7, 0.5),
    ]  # fmt: skip


@pytest.mark.parametrize(("count", "state"), [(20, "active"), (21, "held")])
def test_more_than_twenty_wait_for_a_second_person(ann: User, count: int, state: str) -> None:
    items = flags(count)
    assert bulk_preview(items=items, by=ann, decision=WARNING).second == (count if state == "held" else 0)
    decide(items, ann, WARNING)
    assert set(Action.objects.values_list("state", flat=True)) == {state}
    assert WorkItem.objects.filter(kind="decision").count() == (count if state == "held" else 0)


def test_head_sellers_wait_for_a_second_person_and_the_preview_says_how_many(ann: User) -> None:
    items = bulk_items([world.item("s1", tier="head").pk, world.item("s2").pk])
    preview = bulk_preview(items=items, by=ann, decision=WARNING)
    assert (preview.second, preview.tiers) == (1, {"head": 1, "tail": 1})
    decide(items, ann, WARNING)
    assert sorted(Action.objects.values_list("tier", "state")) == [("head", "held"), ("tail", "active")]


def test_what_others_work_on_or_decided_is_left_and_says_who(ann: User) -> None:
    bo, items = world.moderator("bo"), flags(3)
    item_claim(item=items[0], by=bo)
    flag_dismiss(flag=items[1].flag, by=bo, reason="Looked at.")
    preview = bulk_preview(items=bulk_items([i.pk for i in items]), by=ann, decision=WARNING)
    batch = decide(items, ann, WARNING)
    assert left(batch) == {str(items[0].pk): "bo is working on it", str(items[1].pk): "decided by bo"}
    assert {str(item.pk): why for item, why in preview.left} == left(batch)
    assert Action.objects.count() == 1


def test_a_sanction_that_does_not_fit_is_told_before_and_left(ann: User) -> None:
    items = flags(1)
    ban = Decision("live_ban", days=7)  # for anchors alone
    [(item, why)] = bulk_preview(items=items, by=ann, decision=ban).left
    assert "does not fit" in why
    assert left(decide(items, ann, ban)) == {str(item.pk): why}
    assert states() == ["open"]


def test_a_stop_in_between_is_gone_on_with_and_nothing_is_done_twice(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    items, pk = flags(4), uuid.uuid4()
    real, calls = bulk.action_propose, []

    def stops(**wanted):
        calls.append(wanted)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(**wanted)

    monkeypatch.setattr(bulk, "action_propose", stops)
    with pytest.raises(KeyboardInterrupt):
        decide(items, ann, WARNING, pk)
    assert Action.objects.count() == 2
    monkeypatch.setattr(bulk, "action_propose", real)
    for _again in range(2):
        batch = decide(items, ann, WARNING, pk)
    assert (Action.objects.count(), Batch.objects.count(), left(batch)) == (4, 1, {})
    assert AuditEntry.objects.filter(action="batch.decided").count() == 1
    assert audit_verify().bad is None


def test_the_same_number_for_something_else_is_refused(ann: User) -> None:
    items, pk = flags(2), uuid.uuid4()
    decide(items[:1], ann, WARNING, pk)
    for other in ((items, ann, WARNING), (items[:1], ann, NOTHING), (items[:1], world.moderator("bo"), WARNING)):
        with pytest.raises(ValidationError, match="sent before"):
            decide(*other, pk)


def test_none_and_too_many_are_refused() -> None:
    with pytest.raises(ValidationError, match="at least one"):
        bulk_items([])
    with pytest.raises(ValidationError, match="At most 200"):
        bulk_items(range(501))


def test_all_that_match_are_those_that_may_be_decided_now_and_no_more_than_go_at_once(
    ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = flags(5, severity="low")
    world.item("grave", severity="critical")
    item_claim(item=items[0], by=world.moderator("bo"))
    monkeypatch.setattr(bulk, "BULK_MOST", 3)
    chosen, matching = bulk.bulk_matching(ann, Filters(severity="low"))
    assert (len(chosen), matching) == (3, 4)
    assert items[0] not in chosen


def test_undoing_a_dismissal_opens_the_flags_again(ann: User) -> None:
    batch = decide(flags(), ann, NOTHING)
    assert batch_undo(batch=batch, by=ann) == {}
    assert states() == ["open"] * 3
    assert not WorkItem.objects.exclude(state="open", batch=None, closed_by=None).exists()
    assert AuditEntry.objects.filter(action="batch.undone").count() == 1


def test_undoing_lifts_what_counts_and_withdraws_what_waits(ann: User) -> None:
    items = bulk_items([world.item("s1", tier="head").pk, world.item("s2").pk])
    batch = decide(items, ann, WARNING)
    assert batch_undo(batch=batch, by=ann) == {}
    assert sorted(Action.objects.values_list("state", flat=True)) == ["lifted", "withdrawn"]
    assert states() == ["open", "open"]
    assert not WorkItem.objects.filter(kind="decision", state="open").exists()


def test_what_was_undone_can_be_decided_anew(ann: User) -> None:
    items = flags()
    batch_undo(batch=decide(items, ann, WARNING), by=ann)
    second = decide(bulk_items([item.pk for item in items]), ann, WARNING)
    assert Action.objects.filter(batch=second, state="active").count() == 3


def test_undoing_says_what_a_second_person_has_settled(ann: User) -> None:
    items = bulk_items([world.item("s1", tier="head").pk, world.item("s2").pk])
    batch = decide(items, ann, WARNING)
    action_second(
        action=Action.objects.get(state="held"), by=staff_member("sen", "senior"), decision="refuse", reason="No."
    )
    head = next(item for item in items if item.tier == "head")
    assert batch_undo(batch=batch, by=ann) == {head.pk: "A second person has refused it."}
    assert sorted(Action.objects.values_list("state", flat=True)) == ["lifted", "refused"]


def test_a_flag_that_stopped_firing_has_its_action_lifted_and_stays_closed(ann: User) -> None:
    batch = decide(flags(1), ann, WARNING)
    Flag.objects.update(ended_on=world.NIGHT)
    assert batch_undo(batch=batch, by=ann) == {}
    assert Action.objects.get().state == "lifted"
    assert states() == ["decided"]


def test_undoing_again_tries_what_was_left(ann: User) -> None:
    items = flags(2)
    batch = decide(items, ann, NOTHING)
    Flag.objects.filter(pk=items[0].flag_id).update(ended_on=world.NIGHT)
    assert list(batch_undo(batch=batch, by=ann)) == [items[0].pk]
    Flag.objects.update(ended_on=None)
    assert batch_undo(batch=batch, by=ann) == {}
    assert states() == ["open", "open"]


def test_a_batch_can_be_undone_for_a_day_by_who_did_it_or_may_lift(ann: User) -> None:
    batch = decide(flags(1), ann, NOTHING)
    assert undo_refused(batch, staff_member("al", "analyst"))
    assert not undo_refused(batch, staff_member("sen", "senior"))
    Batch.objects.update(done_at=batch.done_at - UNDO - timedelta(minutes=1))
    batch.refresh_from_db()
    with pytest.raises(ValidationError, match="24 hours"):
        batch_undo(batch=batch, by=ann)
    assert states() == ["dismissed"]


def test_an_undone_batch_is_not_decided_once_more_by_its_old_form(ann: User) -> None:
    items, pk = flags(1), uuid.uuid4()
    batch_undo(batch=decide(items, ann, NOTHING, pk), by=ann)
    with pytest.raises(ValidationError, match="sent before"):
        decide(items, ann, NOTHING, pk)
