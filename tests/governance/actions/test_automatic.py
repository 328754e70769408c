"""What a rule may do without a person, and where it may not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from reputation.base.audit import SYSTEM
from reputation.governance.actions.selectors import persons_only_until
from reputation.governance.actions.services import action_automatic, action_lift, action_propose
from reputation.governance.flags import flag_reopen
from reputation.governance.models import Action, Appeal, Flag, Reach
from tests.governance.actions.world import Clock, flag, head, wanted, written

pytestmark = pytest.mark.django_db


def taken(fired: Flag) -> Action:
    made = action_automatic(flag=fired)
    assert made is not None
    return made


def test_a_rules_low_step_is_taken_in_its_own_words(clock: Clock) -> None:
    fired = flag()
    made = taken(fired)
    fired.refresh_from_db()
    assert (made.state, made.sanction, made.days, made.automatic, made.found_by) == (
        "active", "notice", 7, True, "automated")  # fmt: skip
    assert made.reason == {"en": "Because", "zh-hans": "因为"}
    assert (made.proposed_by, made.proposer) == (SYSTEM, None)
    assert (fired.state, fired.decided_by, fired.item.outcome) == ("decided", SYSTEM, "notice")
    assert written(made) == ["started"]
    told = made.notices.get().fields
    assert told["en"]["decided"].startswith("Yes: the rule imposed it without a person.")
    assert told["zh-hans"]["explanation"] == "因为"


def test_taking_it_again_takes_nothing(clock: Clock) -> None:
    fired = flag()
    assert taken(fired) == taken(fired)
    assert Action.objects.count() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"automatic": False},
        {"sanction": "listing_ban"},
        {"sanction": "ban", "days": None},
        {"tier": "head"},
        {"grave": True},
        {"state": Flag.State.DISMISSED},
        {"state": Flag.State.CLEARED},
    ],
)
def test_here_a_person_must_decide(clock: Clock, facts: dict[str, Any]) -> None:
    fired = flag(**facts)
    assert action_automatic(flag=fired) is None
    fired.refresh_from_db()
    assert fired.state == facts.get("state", "open")
    assert not Action.objects.exists()


def test_the_newest_night_says_who_is_head(clock: Clock) -> None:
    head("s1")
    fired = flag()
    assert action_automatic(flag=fired) is None
    Reach.objects.update(tier="middle")
    assert taken(fired).tier == "middle"


def test_a_flag_that_a_person_opened_again_is_a_persons(clock: Clock, ann: User) -> None:
    fired = flag()
    action_lift(action=taken(fired), by=ann, note="too early")
    flag_reopen(flag=fired, by=ann, note="look again")
    assert action_automatic(flag=fired) is None
    made = action_propose(kind="store", subject_id="s1", wanted=wanted("warning"), by=ann, flag=fired)
    assert made.state == "active"


def won(rule: str, user: User, clock: Clock) -> Appeal:
    """An appeal against an earlier action under this rule, won now."""
    action = Action.objects.create(
        kind="store", subject_id="other", name="o", tier="tail", sanction="notice", state="overturned", rule=rule,
        reason={}, found_by="automated", created_at=clock.moment,
    )  # fmt: skip
    return Appeal.objects.create(
        action=action, filed_by=user, filed_at=clock.moment, text="t", due_on=clock.moment.date(), state="won",
        decided_by=user, decided_at=clock.moment,
    )  # fmt: skip


def test_after_a_won_appeal_persons_alone_decide_under_that_rule_for_180_days(clock: Clock, ann: User) -> None:
    assert persons_only_until("late") is None
    appeal = won("late", ann, clock)
    last = (clock.moment + timedelta(days=180)).date()
    assert persons_only_until("late") == last
    assert persons_only_until("other") is None
    assert persons_only_until("") is None
    fired = flag()  # of another subject than the one that appealed
    for days in (0, 100, 80):
        clock.pass_(days=days)
        assert action_automatic(flag=fired) is None
    assert clock.moment.date() == last
    clock.pass_(days=1)
    assert persons_only_until("late") is None
    assert taken(fired).state == "active"
    assert appeal.action.subject_id != fired.subject_id


def test_a_lost_or_open_appeal_changes_nothing(clock: Clock, ann: User) -> None:
    appeal = won("late", ann, clock)
    for state in ("open", "lost", "withdrawn"):
        Appeal.objects.filter(pk=appeal.pk).update(state=state)
        assert persons_only_until("late") is None


def test_the_last_won_appeal_counts(clock: Clock, ann: User) -> None:
    won("late", ann, clock)
    clock.pass_(days=90)
    won("late", ann, clock)
    assert persons_only_until("late") == (clock.moment + timedelta(days=180)).date()
