"""Every command in any order, on time or late, again and again: the record stays whole whatever happens.

A table of its own says which command is possible when; the rest are invariants over all that is written.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any, ClassVar

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry, OutboxEvent
from reputation.governance.actions.services import (
    action_acknowledge,
    action_automatic,
    action_lift,
    action_overturn,
    action_propose,
    action_replace,
    action_resume,
    action_second,
    action_stay,
    action_withdraw,
    actions_expire,
)
from reputation.governance.models import Action, ActionChange, Notice, WorkItem
from reputation.governance.models.actions import ACTION_PREDECESSORS
from tests.governance.actions.world import START, Clock, flag, head, live, person, store, wanted

# From which states each command can be carried out.
POSSIBLE = {
    "agree": {"held"},
    "refuse": {"held"},
    "other": {"held"},
    "withdraw": {"held"},
    "lift": {"active", "stayed"},
    "stay": {"active"},
    "resume": {"stayed"},
    "replace": {"active", "stayed"},
    "overturn": {"active", "stayed", "expired", "lifted"},
}
SECONDS = ("agree", "refuse", "other")
OUT = {"expired", "lifted", "overturned", "replaced"}  # it counted once
NEVER = {"refused", "withdrawn"}
CHOICES = [
    wanted("notice", days=1), wanted("listing_ban", days=3), wanted("throttle", days=7, share=0.5),
    wanted("suspend", days=2), wanted("suspend", days=9), wanted("ban", days=None),
]  # fmt: skip
choices, people, numbers = st.sampled_from(CHOICES), st.integers(0, 2), st.integers(0, 10**6)


class Walk(RuleBasedStateMachine):
    clock: ClassVar[Clock]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock.moment = START
        self.people = [person(name, "lift_action") for name in ("ann", "bo", "cy")]
        store("s1")
        store("big")
        head("big")
        live()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    # --- Commands -------------------------------------------------------------------------------------------------

    @rule(what=choices, who=people, on=st.sampled_from(["s1", "big"]))
    def propose(self, what: Any, who: int, on: str) -> None:
        request = uuid.uuid4()
        self.carry_out(
            True,
            lambda: action_propose(kind="store", subject_id=on, wanted=what, by=self.people[who], request=request),
        )
        made = Action.objects.latest("id")
        assert (made.state == "held") == (on == "big" or what.sanction in ("suspend", "ban"))

    @rule(who=people, alone=st.booleans())
    def flagged(self, who: int, alone: bool) -> None:
        fired = flag(rule_id="late", ended_on=START.date(), tier="tail")
        if alone:
            self.carry_out(True, lambda: action_automatic(flag=fired))
            return
        request, by = uuid.uuid4(), self.people[who]
        self.carry_out(
            True,
            lambda: action_propose(
                kind="store", subject_id="s1", wanted=wanted("notice"), by=by, flag=fired, request=request
            ),
        )

    @precondition(lambda self: Action.objects.exists())
    @rule(command=st.sampled_from(sorted(POSSIBLE)), which=numbers, who=people, what=choices)
    def command(self, command: str, which: int, who: int, what: Any) -> None:
        action, by = self.pick(which), self.people[who]
        possible = self.settled(action) in POSSIBLE[command]
        if command in SECONDS:
            possible = possible and action.proposer != by
        if command in ("agree", "other"):
            starts = command == "agree" or not self.waits_again(what, action)
            possible = possible and (not starts or self.not_taken(action))
        self.carry_out(possible, self.call(command, action, by, what))

    @precondition(lambda self: Action.objects.exists())
    @rule(which=numbers)
    def cured(self, which: int) -> None:
        action = self.pick(which)
        possible = self.settled(action) in POSSIBLE["lift"]
        self.carry_out(possible, lambda: action_lift(action=action, by=None, note="", because="cured"))

    @precondition(lambda self: Action.objects.filter(told_sequence__gt=0).exists())
    @rule(which=numbers)
    def acknowledge(self, which: int) -> None:
        told = Action.objects.filter(told_sequence__gt=0).order_by("id")
        action_acknowledge(action_id=told[which % told.count()].pk, by_key="shop")

    @rule(hours=st.sampled_from([1, 24, 48, 100]))
    def wait(self, hours: int) -> None:
        self.clock.pass_(hours=hours)

    @rule()
    def tick(self) -> None:
        due = Action.objects.filter(state="active", ends_at__lte=self.clock.moment).count()
        assert actions_expire(moment=self.clock.moment) == due
        assert actions_expire(moment=self.clock.moment) == 0

    # --- How they are carried out ---------------------------------------------------------------------------------

    def call(self, command: str, action: Action, by: User, what: Any) -> Callable[[], object]:
        request = uuid.uuid4()
        calls: dict[str, Callable[[], object]] = {
            "agree": lambda: action_second(action=action, by=by, decision="agree", reason=""),
            "refuse": lambda: action_second(action=action, by=by, decision="refuse", reason="no"),
            "other": lambda: action_second(action=action, by=by, decision="other", reason="hm", other=what),
            "withdraw": lambda: action_withdraw(action=action, by=by, note="n"),
            "lift": lambda: action_lift(action=action, by=by, note="n"),
            "stay": lambda: action_stay(action=action, note="n"),
            "resume": lambda: action_resume(action=action, note="n"),
            "replace": lambda: action_replace(action=action, wanted=what, by=by, note="n", request=request),
            "overturn": lambda: action_overturn(action=action, by=by, note="n"),
        }
        return calls[command]

    def carry_out(self, possible: bool, command: Callable[[], object]) -> None:
        """What is possible happens once, however often it is asked for; what is not changes nothing."""
        before = self.counts()
        if not possible:
            self.changes_nothing(command)
            assert self.counts() == before
            return
        command()
        after = self.counts()
        assert after > before
        self.changes_nothing(command)
        assert self.counts() == after

    @staticmethod
    def changes_nothing(command: Callable[[], object]) -> None:
        """It was done before, by the same person; or it is refused."""
        with suppress(ValidationError):
            command()

    @staticmethod
    def counts() -> tuple[int, ...]:
        return tuple(model.objects.count() for model in (ActionChange, AuditEntry, OutboxEvent, Notice, Action))

    @staticmethod
    def pick(which: int) -> Action:
        actions = Action.objects.order_by("id")
        return actions[which % actions.count()]

    def settled(self, action: Action) -> str:
        over = action.state == "active" and action.ends_at is not None and action.ends_at <= self.clock.moment
        return "expired" if over else str(action.state)

    @staticmethod
    def waits_again(what: Any, held: Action) -> bool:
        order = ["notice", "throttle", "listing_ban", "suspend", "ban"]
        if what.sanction != held.sanction:
            return order.index(what.sanction) > order.index(held.sanction)
        return held.days is not None and what.days > held.days

    def not_taken(self, action: Action) -> bool:
        """What it would replace is not replaced or overturned already."""
        before = older(action)
        return before is None or self.settled(before) not in ("replaced", "overturned")

    # --- What always holds ----------------------------------------------------------------------------------------

    @invariant()
    def the_chain_verifies_and_all_is_written_exactly_once(self) -> None:
        assert audit_verify().bad is None
        told = ActionChange.objects.filter(told=True).order_by("sequence")
        assert [e.payload for e in OutboxEvent.objects.order_by("sequence")] == [c.document for c in told]
        assert list(told) == [notice.change for notice in Notice.objects.select_related("change").order_by("change")]

    @invariant()
    def every_action_has_come_to_its_state_by_allowed_steps(self) -> None:
        audited = deeds()
        for action in Action.objects.prefetch_related("changes"):
            steps = in_order(action)
            states = [step.state for step in steps]
            assert states[0] in ("held", "active")
            assert states[-1] == action.state
            for came, to in pairwise(states):
                assert came in ACTION_PREDECESSORS[to], states
            assert len(audited[str(action.pk)]) == len(states), (audited, states)
            assert action.told_sequence == max((s.sequence for s in steps if s.told), default=0)
            assert 0 <= action.acknowledged_sequence <= action.told_sequence

    @invariant()
    def dates_say_what_the_states_say(self) -> None:
        for action in Action.objects.prefetch_related("changes"):
            assert (action.starts_at is not None) == any(step.state == "active" for step in action.changes.all())
            assert (action.ended_at is not None) == (action.state in OUT | NEVER)
            assert action.proposer_id is None or action.proposer_id != action.seconder_id
            if action.state == "expired":
                assert self.served(action) == timedelta(days=action.days or 0)

    @invariant()
    def what_waits_is_on_a_desk_and_nothing_else_is(self) -> None:
        waiting = Action.objects.filter(state="held").values_list("pk", flat=True)
        desk = WorkItem.objects.filter(kind="decision", state="open").values_list("action", flat=True)
        assert set(waiting) == set(desk)

    @invariant()
    def nothing_runs_beside_what_replaced_it(self) -> None:
        for action in Action.objects.filter(starts_at__isnull=False, replaces__isnull=False):
            before = older(action)
            assert before is None or before.state not in ("active", "stayed")

    @staticmethod
    def served(action: Action) -> timedelta:
        """From its changes alone: how long it counted, up to the end that it was given."""
        total, since = timedelta(0), None
        for change in in_order(action):
            if since is not None:
                total += (action.ended_at if change.state == "expired" else change.at) - since
            since = change.at if change.state == "active" else None
        return total


def in_order(action: Action) -> list[ActionChange]:
    return sorted(action.changes.all(), key=lambda change: change.sequence)


def deeds() -> dict[str, list[str]]:
    """What the audit log says was done to each action, but for what the platform confirmed."""
    found = defaultdict(list)
    entries = AuditEntry.objects.filter(object_kind="action").exclude(action="action.acknowledged")
    for pk, name in entries.order_by("sequence").values_list("object_id", "action"):
        found[pk].append(name)
    return found


def older(action: Action) -> Action | None:
    before = action.replaces
    while before is not None and before.starts_at is None:
        before = before.replaces
    return before


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order(clock: Clock) -> None:
    Walk.clock = clock
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=8, stateful_step_count=22, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
