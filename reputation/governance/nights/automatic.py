"""What a night does without a person: the low and reversible actions that rules allow, and the end of what is cured."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef

from reputation.base.time import now
from reputation.governance.actions.services import action_automatic, action_lift, action_withdraw
from reputation.governance.models import Action, ActionState, Flag, Tier, WorkItem

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """How many actions began, ended, or are held no more."""

    acted: int = 0
    lifted: int = 0
    withdrawn: int = 0


def night_act(night: date) -> Done:
    """Act on the night's undecided flags where no person need agree, and end what is cured.

    All rows are locked before the first action, which takes the ledger: whoever decides at the same moment takes them
    in this order too. A flag that somebody is at is left to them.
    """
    flags, cured = _to_act_on(night), _cured()
    held = [action for action in cured if action.state == ActionState.HELD]
    return Done(
        acted=_done(partial(action_automatic, flag=flag) for flag in flags),
        lifted=_done(partial(_lift, action) for action in cured if action not in held),
        withdrawn=_done(partial(_withdraw, action) for action in held),
    )


def _to_act_on(night: date) -> list[Flag]:
    undecided = Flag.objects.filter(ended_on=None, last_night=night, state=Flag.State.OPEN, automatic=True)
    free = undecided.exclude(tier=Tier.HEAD).exclude(item__claimed_until__gt=now()).order_by("pk")
    flags = list(free.select_related("policy").select_for_update(of=("self",)))
    list(WorkItem.objects.filter(flag__in=flags).order_by("pk").select_for_update().values_list("pk"))
    return flags


def _cured() -> list[Action]:
    """In force or held, begun by a flag that has ended, and the rule fires for the subject in no other."""
    running = Flag.objects.filter(
        ended_on=None, kind=OuterRef("kind"), subject_id=OuterRef("subject_id"), rule=OuterRef("flag__rule")
    )
    standing = Action.objects.filter(lift_when_cured=True, flag__ended_on__isnull=False).filter(
        state__in=(ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED)
    )
    cured = standing.filter(~Exists(running)).select_related("flag").order_by("pk")
    return list(cured.select_for_update(of=("self",)))


def _lift(action: Action) -> Action:
    return action_lift(action=action, by=None, note=_why(action), because="cured")


def _withdraw(action: Action) -> Action:
    return action_withdraw(action=action, by=None, note=_why(action))


def _why(action: Action) -> str:
    """For staff, in the language of the record."""
    flag = action.flag
    return f"{flag.rule} did not hold any more on {flag.ended_on}" if flag else ""


def _done(deeds: Iterable[Callable[[], Action | None]]) -> int:
    """How many came to something."""
    return sum(_did(deed) for deed in deeds)


def _did(deed: Callable[[], Action | None]) -> bool:
    try:
        return deed() is not None
    except ValidationError as error:  # a person was quicker
        logger.info("left to people: %s", error)
        return False
