"""Appeals, endings and time in any order: what stands always fits together."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import ClassVar

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry, OutboxEvent
from reputation.base.time import market_day
from reputation.evidence.incidents import units_known
from reputation.governance.actions.services import action_lift, actions_expire
from reputation.governance.appeals.services import appeal_decide, appeal_file, appeal_withdraw
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Action, Appeal, Correction, WorkItem
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import NOON, market, member, sanctioned

UNITS = ("o:o1", "o:o2", "c:c1", "h:h1")
SANCTIONS = (("listing_ban", None), ("throttle", 0.5), ("notice", None))
numbers = st.integers(0, 10**6)


class Walk(RuleBasedStateMachine):
    clock: ClassVar[Clock]

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.clock.moment = NOON
        market()
        self.mia, self.judge, self.lifter = member("mia"), person("judge"), person("cy", "lift_action")
        self.done = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    def action(self, number: int) -> Action | None:
        found = Action.objects.order_by("id")
        return found[number % len(found)] if found else None

    def appeal(self, number: int) -> Appeal | None:
        found = Appeal.objects.order_by("id")
        return found[number % len(found)] if found else None

    @rule(which=st.sampled_from(SANCTIONS), days=st.integers(1, 12))
    def sanction(self, which: tuple[str, float | None], days: int) -> None:
        sanctioned(which[0], days=days, share=which[1])

    @rule(number=numbers, unit=st.sampled_from(UNITS))
    def file(self, number: int, unit: str) -> None:
        if (action := self.action(number)) is None:
            return
        before = action.appeals.count()
        with suppress(ValidationError):
            self.done += 1
            appeal_file(action=action, by=self.mia, text=f"No {self.done}.", units=[unit])
            assert action.appeals.count() == before + 1
            assert market_day(self.clock.moment) <= appeal_window_ends(action)

    @rule(number=numbers)
    def withdraw(self, number: int) -> None:
        if (appeal := self.appeal(number)) is not None:
            with suppress(ValidationError):
                appeal_withdraw(appeal=appeal, by=self.mia)

    @rule(number=numbers, won=st.booleans(), again=st.booleans())
    def decide(self, number: int, won: bool, again: bool) -> None:
        if (appeal := self.appeal(number)) is not None:
            for _time in range(1 + again):
                with suppress(ValidationError):
                    exclude = appeal.units if won else ()
                    appeal_decide(appeal=appeal, by=self.judge, won=won, reason="So it is.", exclude=exclude)

    @rule(number=numbers)
    def lift(self, number: int) -> None:
        if (action := self.action(number)) is not None:
            with suppress(ValidationError):
                action_lift(action=action, by=self.lifter, note="Enough.")

    @rule(hours=st.integers(1, 24 * 20), tick=st.booleans())
    def wait(self, hours: int, tick: bool) -> None:
        moment = self.clock.pass_(hours=hours)
        if tick:
            actions_expire(moment=moment)

    @invariant()
    def a_sanction_is_put_off_exactly_while_the_appeal_that_did_it_is_open(self) -> None:
        for action in Action.objects.all():
            stays = action.appeals.filter(state="open", stayed=True).exists()
            assert (action.state == "stayed") is (stays and action.state not in ("lifted", "expired"))

    @invariant()
    def it_is_on_somebodys_desk_exactly_while_it_is_open(self) -> None:
        open_items = set(WorkItem.objects.filter(kind="appeal", state="open").values_list("appeal", flat=True))
        assert open_items == set(Appeal.objects.filter(state="open").values_list("pk", flat=True))

    @invariant()
    def never_two_open_never_four(self) -> None:
        for action in Action.objects.all():
            assert action.appeals.filter(state="open").count() <= 1
            assert action.appeals.count() <= 3

    @invariant()
    def ninety_days_lie_between_two_stays(self) -> None:
        days = [
            market_day(moment)
            for moment in Appeal.objects.filter(stayed=True).order_by("id").values_list("filed_at", flat=True)
        ]
        assert all(later - earlier >= timedelta(days=90) for earlier, later in pairwise(days))

    @invariant()
    def what_was_won_is_undone_set_aside_and_to_be_corrected_once(self) -> None:
        won = list(Appeal.objects.filter(state="won"))
        for appeal in won:
            assert Action.objects.get(pk=appeal.action_id).state == "overturned"
            assert not any(one.counts for one in units_known("store", "s1", appeal.excluded).values())
        assert Correction.objects.count() == len([appeal for appeal in won if appeal.excluded])

    @invariant()
    def every_step_is_written_down_once(self) -> None:
        wanted = {"won": 0, "lost": 0, "withdrawn": 0, "open": 0}
        for state in Appeal.objects.values_list("state", flat=True):
            wanted[state] += 1
        entries = list(AuditEntry.objects.filter(object_kind="appeal").values_list("action", flat=True))
        assert entries.count("appeal.filed") == sum(wanted.values())
        assert all(entries.count(f"appeal.{state}") == count for state, count in wanted.items() if state != "open")
        assert OutboxEvent.objects.filter(event="appeal.decided").count() == wanted["won"] + wanted["lost"]
        assert audit_verify().bad is None


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order(clock: Clock) -> None:
    Walk.clock = clock
    run_state_machine_as_test(
        Walk,
        settings=settings(
            max_examples=6, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
