"""Acting on a subject, by a person: what is done at once, what waits, and what is refused."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.services import action_propose, action_replace
from reputation.governance.models import Action, Batch, Flag, Reach, WorkItem
from tests.governance.actions.world import REASON, Clock, anchor, flag, head, store, wanted, written
from tests.governance.world import rate

pytestmark = pytest.mark.django_db
Propose = Callable[..., Action]


def test_it_counts_at_once_for_the_days_that_were_decided(clock: Clock, propose: Propose) -> None:
    made = propose(days=7)
    assert (made.state, made.starts_at, made.ends_at) == ("active", clock.moment, clock.moment + timedelta(days=7))
    assert (made.name, made.category, made.tier, made.proposed_by) == ("Shop s1", "shoes", "tail", "user:ann")
    assert (made.found_by, made.automatic, made.rule, made.policy) == ("person", False, "", None)
    assert written(made) == ["started"]
    assert audit_verify().bad is None


def test_a_ban_waits_for_a_second_person_on_somebodys_desk(clock: Clock, propose: Propose) -> None:
    made = propose("ban", days=None)
    assert (made.state, made.starts_at, made.told_sequence) == ("held", None, 0)
    item = WorkItem.objects.get(action=made)
    assert (item.kind, item.state, item.severity, item.subject_id) == ("decision", "open", "critical", "s1")
    assert item.due_at.isoformat() == "2026-07-02T16:00:00+00:00"  # the end of the next working day in Shanghai
    assert written(made) == ["held"]
    assert not made.notices.exists()


def test_on_a_head_subject_even_a_notice_waits(clock: Clock, propose: Propose) -> None:
    head("s1", orders=90_000)
    made = propose("notice")
    assert (made.state, made.tier, made.orders) == ("held", "head", 90_000)


def batch(by: User, size: int) -> Batch:
    return Batch.objects.create(by=by, command={}, items=list(range(size)), done_at=now())


@pytest.mark.parametrize(("size", "state"), [(1, "active"), (20, "active"), (21, "held")])
def test_more_than_twenty_in_one_go_wait(clock: Clock, ann: User, size: int, state: str) -> None:
    store()
    made = action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, batch=batch(ann, size))
    assert made.state == state
    assert made.batch is not None


def test_acting_on_a_flag_decides_it_and_takes_it_off_the_desk(clock: Clock, ann: User) -> None:
    fired = flag()
    made = action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, flag=fired)
    fired.refresh_from_db()
    assert (fired.state, fired.decided_by, fired.decided_at) == ("decided", "user:ann", clock.moment)
    assert (fired.item.state, fired.item.outcome, fired.item.closed_by) == ("done", "listing_ban", ann)
    assert (made.flag, made.policy, made.rule, made.found_by) == (fired, fired.policy, "late", "automated")
    assert made.facts == {"readings": fired.readings}
    assert not made.automatic


def test_a_flag_that_somebody_else_decided_is_refused_with_who(clock: Clock, ann: User, bo: User) -> None:
    fired = flag()
    first = action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, flag=fired)
    with pytest.raises(ValidationError, match="ann has acted on this flag"):
        action_propose(kind="store", subject_id="s1", wanted=wanted("notice"), by=bo, flag=fired)
    assert list(Action.objects.all()) == [first]


def test_a_flag_that_cleared_by_itself_is_not_acted_on(clock: Clock, ann: User) -> None:
    fired = flag(state=Flag.State.CLEARED)
    with pytest.raises(ValidationError, match="cleared by itself"):
        action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, flag=fired)


def test_the_same_request_is_the_same_action_even_on_a_flag(clock: Clock, ann: User) -> None:
    fired, request = flag(), uuid.uuid4()
    told: dict[str, Any] = {"kind": "store", "subject_id": "s1", "wanted": wanted(), "by": ann, "flag": fired}
    once, again = (action_propose(**told, request=request) for _ in range(2))
    assert once == again
    assert written(once) == ["started"]
    assert once.changes.count() == 1


def test_a_request_that_comes_again_for_something_else_is_refused(clock: Clock, ann: User, bo: User) -> None:
    store()
    store("s2")
    request = uuid.uuid4()
    action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, request=request)
    for other in ({"subject_id": "s2"}, {"wanted": wanted("notice")}, {"by": bo}):
        told: dict[str, Any] = {"kind": "store", "subject_id": "s1", "wanted": wanted(), "by": ann} | other
        with pytest.raises(ValidationError, match="for something else"):
            action_propose(**told, request=request)
    assert Action.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"sanction": "fine"}, "no such measure"),
        ({"sanction": "live_ban"}, "does not fit"),
        ({"sanction": "cart_ban"}, "does not fit"),
        ({"days": None}, "must end"),
        ({"days": 0}, "1 to 365"),
        ({"days": 366}, "1 to 365"),
        ({"sanction": "throttle"}, "how much of the reach"),
        ({"sanction": "throttle", "share": 0}, "how much of the reach"),
        ({"sanction": "throttle", "share": 1}, "how much of the reach"),
        ({"share": 0.5}, "Only reduced reach"),
        ({"sanction": "delist"}, "Name the item"),
        ({"sanction": "delist", "item_ref": "  "}, "Name the item"),
        ({"item_ref": "sku"}, "about one item"),
        ({"reason": {"en": "Late."}}, "in English and in Chinese"),
        ({"reason": {"en": "Late.", "zh-hans": " "}}, "in English and in Chinese"),
        ({"reason": REASON | {"en": "x" * 2001}}, "at most 2000"),
        ({"ground": "taste"}, "or the law"),
        ({"ground": "law"}, "Name the law"),
    ],
)
def test_what_cannot_be_wanted_is_refused_and_leaves_no_trace(
    clock: Clock, propose: Propose, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        propose(**({"sanction": "listing_ban"} | change))
    assert not Action.objects.exists()
    assert not AuditEntry.objects.exists()


def test_every_mistake_is_told_at_once(propose: Propose) -> None:
    with pytest.raises(ValidationError) as refused:
        propose("throttle", days=None, reason={})
    assert len(refused.value.messages) == 3


@pytest.mark.parametrize(("share", "kept"), [(0.5, "0.50"), ("0.1", "0.10"), (0.001, "0.01"), (0.999, "0.99")])
def test_a_share_is_kept_in_hundredths_and_never_all_or_nothing(propose: Propose, share: Any, kept: str) -> None:
    made = propose("throttle", share=Decimal(str(share)))
    made.refresh_from_db()
    assert made.share == Decimal(kept)


def test_a_subject_is_known_by_its_evidence_or_by_its_ratings_alone(clock: Clock, ann: User) -> None:
    anchor(name=None)
    rate("r1", clock.moment.date(), 3.0)
    named = {
        key: action_propose(kind=kind, subject_id=key, wanted=wanted("notice"), by=ann)
        for kind, key in (("anchor", "a1"), ("store", "r1"))
    }
    assert (named["a1"].name, named["a1"].category) == ("a1", "")  # nobody has told us its name
    assert (named["r1"].name, named["r1"].category) == ("n", "category 0")


@pytest.mark.parametrize("key", ["nobody", "nul\0", ""])
def test_one_of_which_nothing_was_ever_heard_cannot_be_acted_on(ann: User, key: str) -> None:
    with pytest.raises(ValidationError, match="no such store"):
        action_propose(kind="store", subject_id=key, wanted=wanted(), by=ann)
    with pytest.raises(ValidationError, match="does not fit"):
        action_propose(kind="shop", subject_id=key, wanted=wanted(), by=ann)


def test_a_flags_tier_holds_while_no_night_has_told_a_newer_one(clock: Clock, ann: User) -> None:
    told: dict[str, Any] = {"kind": "store", "subject_id": "s1", "wanted": wanted("notice"), "by": ann}
    held = action_propose(**told, flag=flag(tier="head", orders=5000))
    assert (held.state, held.tier, held.orders) == ("held", "head", 5000)
    Reach.objects.create(kind="store", subject_id="s1", tier="tail", orders=3)
    free = action_propose(**told, flag=flag(rule_id="other", tier="head"))
    assert (free.state, free.tier, free.orders) == ("active", "tail", 3)


def test_without_a_flag_nothing_can_be_lifted_by_its_cure(clock: Clock, propose: Propose, ann: User) -> None:
    assert not propose(lift_when_cured=True).lift_when_cured
    flagged = action_propose(kind="store", subject_id="s1", wanted=wanted(lift_when_cured=True), by=ann, flag=flag())
    assert flagged.lift_when_cured
    again = action_replace(action=flagged, wanted=wanted("notice", lift_when_cured=True), by=ann, note="milder")
    assert again.lift_when_cured
    assert again.flag == flagged.flag


def test_what_was_found_by_a_report_is_said_so(clock: Clock, ann: User) -> None:
    store()
    made = action_propose(kind="store", subject_id="s1", wanted=wanted(), by=ann, found_by="notice")
    assert made.found_by == "notice"
    assert "reported" in made.notices.get().fields["en"]["found"]


def test_a_reason_may_be_as_long_as_a_policy_may_give_it(propose: Propose) -> None:
    assert propose(reason={"en": "x" * 2000, "zh-hans": "迟" * 2000}).state == "active"


def test_another_subjects_action_or_flag_is_a_callers_mistake(clock: Clock, ann: User, propose: Propose) -> None:
    store("s2")
    told: dict[str, Any] = {"kind": "store", "subject_id": "s2", "wanted": wanted(), "by": ann}
    for mixed in ({"flag": flag("s1")}, {"replaces": propose()}):
        with pytest.raises(ValueError, match="another subject's"):
            action_propose(**told, **mixed)
    assert Action.objects.count() == 1
