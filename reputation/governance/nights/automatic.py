"""What a night does without a person: the low and reversible actions that rules allow, and the end of what is cured."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.governance.actions.services import action_automatic, action_lift, action_withdraw
from reputation.governance.models import Action, ActionState, Flag, Tier, WorkItem
from reputation.governance.nights.reading import Firing, NightRead
from scoring.policy.night import KINDS

# A rule that fires for more of those who sell than this speaks of a broken feed or a strike rather than of sellers.
MOST_SHARE, MOST_SUBJECTS = 0.05, 20
# While they are written nobody else's decision is: seconds, not minutes. Those left are open flags, and tomorrow's.
MOST_A_NIGHT = 500
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Done:
    """How many actions began, ended, or are held no more."""

    acted: int = 0
    lifted: int = 0
    withdrawn: int = 0


def suspicious(read: NightRead, firing: Iterable[Firing]) -> list[str]:
    """Automatic rules that fire for so many that a person has to look before anything is done by them."""
    flagged = Counter((one.rule.id, one.rule.scope) for one in firing if one.rule.automatic)
    sells = read.night.orders > 0
    selling = {kind: int((sells & read.night.of(kind)).sum()) for kind in KINDS}
    return sorted(rule for (rule, kind), n in flagged.items() if n > max(MOST_SUBJECTS, MOST_SHARE * selling[kind]))


def night_act(night: date, rules: Collection[str], but: Collection[str] = ()) -> Done:
    """Act on the night's undecided flags, but for those of some rules, where no person need agree; end what is cured.
    `rules` of the policy in force: of no other can be told whether it still holds.

    All rows are locked before the first action, which takes the ledger: whoever decides at the same moment takes them
    in this order too. A flag that somebody is at is left to them.
    """
    flags, cured = _to_act_on(night, but), _cured(rules)
    held = [action for action in cured if action.state == ActionState.HELD]
    in_force = [action for action in cured if action.state != ActionState.HELD]
    return Done(
        acted=_done(partial(action_automatic, flag=flag) for flag in flags),
        lifted=_done(partial(_lift, action) for action in in_force),
        withdrawn=_done(partial(_withdraw, action) for action in held),
    )


def _to_act_on(night: date, but: Collection[str]) -> list[Flag]:
    undecided = Flag.objects.filter(ended_on=None, last_night=night, state=Flag.State.OPEN, automatic=True)
    free = undecided.exclude(tier=Tier.HEAD).exclude(rule__in=but).exclude(item__claimed_until__gt=now()).order_by("pk")
    flags = list(free.select_related("policy").select_for_update(of=("self",))[:MOST_A_NIGHT])
    list(WorkItem.objects.filter(flag__in=flags).order_by("pk").select_for_update().values_list("pk"))
    return flags


def _cured(rules: Collection[str]) -> list[Action]:
    """In force or held, begun by a flag that has ended, and the rule fires for the subject in no other."""
    running = Flag.objects.filter(
        ended_on=None, kind=OuterRef("kind"), subject_id=OuterRef("subject_id"), rule=OuterRef("flag__rule")
    )
    standing = Action.objects.filter(lift_when_cured=True, flag__ended_on__isnull=False, flag__rule__in=rules).filter(
        state__in=(ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED)
    )
    cured = (
        standing.filter(~Exists(running)).select_related("flag").order_by("-pk")
    )  # the newer first, as who agrees does
    return list(cured.select_for_update(of=("self",)))


def _lift(action: Action) -> Action:
    return action_lift(action=action, by=None, note=_why(action), because="cured")


def _withdraw(action: Action) -> Action:
    return action_withdraw(action=action, by=None, note=_why(action))


def _why(action: Action) -> str:
    """For staff, in the language in which this deployment keeps its records."""
    facts = {"rule": action.rule, "night": action.flag and action.flag.ended_on}
    return _("%(rule)s has not held since %(night)s.") % facts


def _done(deeds: Iterable[Callable[[], Action | None]]) -> int:
    """How many came to something."""
    return sum(_did(deed) for deed in deeds)


def _did(deed: Callable[[], Action | None]) -> bool:
    """Each is a transaction within the night's, so that one which fails is left to people and keeps no other back."""
    try:
        return deed() is not None
    except ValidationError as error:  # a person was quicker
        logger.info("left to people: %s", error)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("left to people")
    return False
