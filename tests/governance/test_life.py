"""The life of a policy: who may become what, when it counts, and that what counted once stays told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.governance.models import PREDECESSORS, PolicyMove, PolicyState, PolicyVersion
from reputation.governance.selectors import policies_shadow, policy_announced, policy_live, policy_of
from reputation.governance.services import (
    PolicyError,
    policies_settle,
    policy_activate,
    policy_advance,
    policy_save,
)
from tests.governance.world import policy, publish, rule

pytestmark = pytest.mark.django_db
TODAY = date(2026, 7, 1)
SOON = TODAY + timedelta(days=15)  # without a night to measure on, the longer notice


def save(text: str = policy(rule())) -> PolicyVersion:
    return policy_save(content=text, today=TODAY, by="operator:li")


def activate(text: str, today: date = TODAY) -> PolicyVersion:
    return policy_activate(content=text, today=today, by="operator:li")


def test_a_saved_text_is_a_draft_that_flags_nobody() -> None:
    saved = save()
    assert (saved.version, saved.state, saved.name) == (1, "draft", "tried")
    assert policy_live(SOON) is None
    assert not policies_shadow(TODAY).exists()
    assert policy_of(saved).rule("late").scope == "store"


def test_the_same_text_is_the_same_version_and_another_text_another() -> None:
    assert save().version == save(policy(rule())).version == 1
    assert save(policy(rule(than="0.06"))).version == 2
    policy_advance(version=1, to=PolicyState.RETIRED, today=TODAY)
    assert save().version == 3  # nothing comes back from retirement


def test_a_text_with_mistakes_is_refused_whole_with_its_lines() -> None:
    with pytest.raises(PolicyError, match=r"refused: line 9: .*did you mean late_dispatch") as refused:
        save(policy(rule(metric="late_dispach"), rule("other", than="7")))
    assert [problem.line for problem in refused.value.problems] == [9, 18]
    assert not PolicyVersion.objects.exists()


@pytest.mark.parametrize("start", PolicyState.values)
@pytest.mark.parametrize("to", [*PolicyState.values, "burnt"])
def test_only_the_allowed_moves_are_made(start: str, to: str) -> None:
    saved = save()
    PolicyVersion.objects.filter(version=1).update(
        state=start, live_from=SOON if start in ("announced", "live") else None
    )
    allowed = start in PREDECESSORS.get(to, ()) and to != PolicyState.LIVE
    if allowed:
        assert policy_advance(version=1, to=to, today=TODAY).state == to
        assert saved.moves.count() == 2
        return
    with pytest.raises(PolicyError):
        policy_advance(version=1, to=to, today=TODAY)
    assert PolicyVersion.objects.get(version=1).state == start
    assert saved.moves.count() == 1


def test_to_activate_is_to_announce_and_the_calendar_does_the_rest() -> None:
    announced = activate(policy(rule()))
    assert (announced.state, announced.live_from) == ("announced", SOON)
    assert policy_announced(TODAY) == announced
    for days, live in ((0, None), (14, None), (15, announced), (400, announced)):
        assert policy_live(TODAY + timedelta(days=days)) == live
    assert list(policies_shadow(SOON - timedelta(days=1))) == [announced]
    assert not policies_shadow(SOON).exists()
    assert policy_announced(SOON) is None
    assert policies_settle(today=SOON - timedelta(days=1)) is None
    assert policies_settle(today=SOON + timedelta(days=3)) == announced
    assert PolicyVersion.objects.get().state == "live"
    assert [(m.state, m.on) for m in PolicyMove.objects.all()] == [
        ("draft", TODAY), ("shadow", TODAY), ("announced", TODAY), ("live", SOON)]  # fmt: skip


def test_conduct_is_judged_by_the_policy_of_its_day_whenever_that_is_asked() -> None:
    first = activate(policy(rule()))
    second = activate(policy(rule(than="0.1")), today=SOON + timedelta(days=10))
    change = second.live_from
    assert change == SOON + timedelta(days=25)
    before, after = change - timedelta(days=1), change + timedelta(days=1)
    for settled in (False, True):
        if settled:
            policies_settle(today=after)
        assert policy_live(SOON - timedelta(days=1)) is None
        assert policy_live(before) == first
        assert policy_live(change) == policy_live(after) == second
    first.refresh_from_db()
    assert (first.state, first.retired_on) == ("retired", change)


def test_settling_twice_changes_nothing() -> None:
    activate(policy(rule()))
    policies_settle(today=SOON)
    moves, entries = PolicyMove.objects.count(), AuditEntry.objects.count()
    policies_settle(today=SOON + timedelta(days=1))
    assert (PolicyMove.objects.count(), AuditEntry.objects.count()) == (moves, entries)


def test_one_change_at_a_time_and_what_was_announced_can_be_withdrawn() -> None:
    first = activate(policy(rule()))
    with pytest.raises(PolicyError, match=r"policy 1 \(tried\) is announced for 2026-07-16; retire it first"):
        activate(policy(rule(than="0.1")))
    policy_advance(version=first.version, to=PolicyState.RETIRED, today=TODAY, note="a mistake")
    assert policy_live(SOON) is None  # it never counted
    second = activate(policy(rule(than="0.1")))
    assert (second.version, second.state) == (2, "announced")


def test_to_activate_what_is_announced_or_live_already_changes_nothing() -> None:
    one = activate(policy(rule()))
    assert activate(policy(rule()), today=TODAY + timedelta(days=3)).live_from == one.live_from
    policies_settle(today=SOON)
    assert activate(policy(rule()), today=SOON).state == "live"
    assert PolicyVersion.objects.count() == 1


def test_a_live_policy_retired_by_hand_stops_counting_that_day() -> None:
    activate(policy(rule()))
    policies_settle(today=SOON)
    policy_advance(version=1, to=PolicyState.RETIRED, today=SOON + timedelta(days=5))
    assert policy_live(SOON + timedelta(days=4)) is not None
    assert policy_live(SOON + timedelta(days=5)) is None


def test_few_touched_get_seven_days_many_fifteen() -> None:
    publish(nights=1)
    nobody = activate(policy(rule(than="0.99")))
    assert nobody.notice["days"] == 7
    assert nobody.notice["measured"]["touched"] == 0
    assert nobody.live_from == TODAY + timedelta(days=7)
    policy_advance(version=1, to=PolicyState.RETIRED, today=TODAY)
    many = activate(policy(rule(than="0.01")))
    assert many.notice["days"] == 15
    assert many.notice["measured"]["touched"] > 0.01 * many.notice["measured"]["selling"]


def test_a_rule_that_may_end_a_business_gets_fifteen_days_even_if_it_touches_nobody() -> None:
    publish(nights=1)
    ending = activate(policy(rule(than="0.99", action="suspend")))
    assert ending.notice["days"] == 15
    assert ending.notice["measured"]["major"] == ["late"]
    policies_settle(today=SOON)
    kept = activate(policy(rule(than="0.99", action="suspend"), rule("new", than="0.98")), today=SOON)
    assert kept.notice["days"] == 7  # that rule stays as it was


def test_every_move_stands_in_the_audit_log() -> None:
    activate(policy(rule()))
    policies_settle(today=SOON)
    actions = list(AuditEntry.objects.order_by("sequence").values_list("action", "actor"))
    assert actions == [("policy.draft", "operator:li"), ("policy.shadow", "operator:li"),
                       ("policy.announced", "operator:li"), ("policy.live", "system")]  # fmt: skip
    assert audit_verify().bad is None


def test_the_database_too_knows_that_one_is_live_and_one_announced() -> None:
    for number in (1, 2):
        save(policy(rule(than=f"0.{number}")))
    for state in ("live", "announced"):
        with pytest.raises(IntegrityError), transaction.atomic():
            PolicyVersion.objects.update(state=state)


@pytest.mark.django_db(transaction=True)
def test_two_who_save_at_once_get_a_version_each() -> None:
    def one(number: int) -> int:
        try:
            return save(policy(rule(than=f"0.{number % 4 + 1}"))).version
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(one, range(8)))
    assert sorted(set(versions)) == [1, 2, 3, 4]
    assert PolicyVersion.objects.count() == 4
