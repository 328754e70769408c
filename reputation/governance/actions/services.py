"""Deciding on a sanction: proposed, agreed to by a second person where that is due, refused or withdrawn.

How it ends, or is put off, is in ending.py; both are called from here.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from reputation.base.audit import SYSTEM, by_user
from reputation.base.time import market_day, now
from reputation.base.working_days import due_end, working_days_after
from reputation.governance.actions import moves
from reputation.governance.actions.drafts import Wanted, draft, harder, planned_end, wanted_of_flag
from reputation.governance.actions.ending import (
    action_acknowledge,
    action_lift,
    action_overturn,
    action_resume,
    action_stay,
    actions_expire,
    before_locked,
    replace_before,
    replaceable,
    required,
)
from reputation.governance.actions.selectors import persons_only_until
from reputation.governance.desk.items import item_close, item_open
from reputation.governance.flags import decided_meanwhile
from reputation.governance.models import Action, Batch, Flag, Tier, WorkItem
from reputation.governance.sanctions import SANCTIONS, needs_second
from reputation.governance.selectors import policy_of
from reputation.ratings.services import pages_change
from reputation.subjects.impartial import impartial_check

_DECISION = WorkItem.Kind.DECISION
_DUE_DAYS = {"critical": 1, "high": 2, "medium": 3, "low": 5}  # working days until the second person decides
__all__ = [
    "Wanted",
    "action_acknowledge",
    "action_automatic",
    "action_lift",
    "action_overturn",
    "action_propose",
    "action_replace",
    "action_resume",
    "action_second",
    "action_stay",
    "action_withdraw",
    "actions_expire",
]


@transaction.atomic
def action_propose(
    *,
    kind: str,
    subject_id: str,
    wanted: Wanted,
    by: User,
    request: uuid.UUID | None = None,
    flag: Flag | None = None,
    batch: Batch | None = None,
    found_by: str = Action.Found.PERSON,
    replaces: Action | None = None,
) -> Action:
    """Act on a subject: at once, or held for a second person where the sanction, the subject's tier or the size of the
    batch asks for one. The same `request` again is the same action.

    Raises ValidationError for what cannot be wanted, and for a flag that somebody else decided meanwhile.
    """
    impartial_check(by, kind, subject_id)
    request = request or uuid.uuid4()
    _one_at_a_time(request)
    taken = _flag_locked(flag) if flag else None
    made = draft(kind, subject_id, wanted, taken, replaces)
    made.request, made.batch, made.proposer, made.proposed_by = request, batch, by, by_user(by)
    made.found_by = Action.Found.AUTOMATED if taken else replaces.found_by if replaces else found_by
    if known := _again(made):
        return known
    if taken:
        _flag_decide(taken, made, by)
    return _begin(made, held=needs_second(made.sanction, made.tier, len(batch.items) if batch else 0))


@transaction.atomic
def action_automatic(*, flag: Flag) -> Action | None:
    """What the flag's rule proposes, done without a person. None where a person must decide."""
    taken = _flag_locked(flag)
    request = uuid.uuid5(uuid.NAMESPACE_URL, f"livestar:flag:{taken.pk}")
    if known := Action.objects.filter(request=request).first():
        return known if taken.state == Flag.State.DECIDED else None  # opened again, it is a person's
    if taken.state != Flag.State.OPEN or not _may_be_automatic(taken):
        return None
    rule = policy_of(taken.policy).rule(taken.rule)
    made = draft(taken.kind, taken.subject_id, wanted_of_flag(taken, rule.reason), taken, None)
    if made.tier == Tier.HEAD:
        return None
    made.request, made.automatic, made.proposed_by, made.found_by = request, True, SYSTEM, Action.Found.AUTOMATED
    _flag_decide(taken, made, None)
    return _begin(made, held=False)


def _may_be_automatic(flag: Flag) -> bool:
    low = flag.automatic and SANCTIONS[flag.sanction].automatic_allowed
    return low and not flag.grave and flag.tier != Tier.HEAD and persons_only_until(flag.rule) is None


def _one_at_a_time(request: uuid.UUID) -> None:
    """Let equal requests that come at once go through here one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [str(request)])


def _flag_locked(flag: Flag) -> Flag:
    return Flag.objects.select_for_update(no_key=True).get(pk=flag.pk)


def _again(made: Action) -> Action | None:
    """The action that this request made before. Raises ValidationError where it was about something else."""
    known = Action.objects.filter(request=made.request).first()
    if known is None:
        return None
    told = [(a.kind, a.subject_id, a.sanction, a.flag_id, a.proposer_id) for a in (known, made)]
    if told[0] != told[1]:
        raise ValidationError(_("This request was sent before, for something else. Please start again."))
    return known


def _flag_decide(flag: Flag, made: Action, by: AbstractBaseUser | None) -> None:
    if (flag.kind, flag.subject_id) != (made.kind, made.subject_id):
        raise ValueError("the flag is another subject's")
    if flag.state != Flag.State.OPEN:
        raise ValidationError(decided_meanwhile(flag))
    flag.state, flag.decided_at, flag.decided_by = Flag.State.DECIDED, now(), moves.actor_of(by)
    flag.save(update_fields=["state", "decided_at", "decided_by"])
    item_close(WorkItem.Kind.FLAG, flag, outcome=made.sanction, by=by)


def _begin(made: Action, *, held: bool, note: str = "") -> Action:
    """Write a new action down: held for a second person, or in force."""
    made.created_at = now()
    if held:
        moves.move(made, moves.HOLD, made.proposed_by, made.created_at, note)
        _ask_second(made)
    else:
        _enter(made, moves.START, made.proposed_by, made.created_at, note)
    return made


def _enter(action: Action, deed: moves.Deed, actor: str, moment: datetime, note: str = "") -> None:
    """Into force; what it replaces ends first, so that no moment has both."""
    replace_before(action, actor, moment)
    action.starts_at = moment
    planned_end(action)
    moves.move(action, deed, actor, moment, note)


def _ask_second(action: Action) -> None:
    severity = action.flag.severity if action.flag else severity_of(SANCTIONS[action.sanction].gravity)
    item_open(
        _DECISION, action, severity=severity, reach=action.orders, due_at=due_end(working_days_after(market_day(now()), _DUE_DAYS[severity])), rule=action.rule,
        subject_kind=action.kind, subject_id=action.subject_id, name=action.name, category=action.category,
        tier=action.tier,
    )  # fmt: skip


def severity_of(gravity: int) -> str:
    """Of a sanction that no rule proposed: how urgent it is to look at it."""
    return next(word for least, word in ((8, "critical"), (5, "high"), (3, "medium"), (1, "low")) if gravity >= least)


@transaction.atomic
def action_second(*, action: Action, by: User, decision: str, reason: str, other: Wanted | None = None) -> Action:
    """The second person agrees, refuses, or does something else instead ("agree", "refuse", "other").

    Something else that is harder than what was proposed is a proposal of its own: it waits for a second person in turn.
    Raises ValidationError for the proposer, and where another was quicker.
    """
    held, moment = moves.locked(action)
    impartial_check(by, held.kind, held.subject_id)
    if held.proposer_id == by.pk:
        raise ValidationError(_("You proposed this: another person must agree."))
    if decision == "agree":
        return _agree(held, by, reason, moment)
    if decision == "refuse":
        return _close(held, moves.REFUSE, by_user(by), by, required(reason), moment)
    if decision != "other" or other is None:
        raise ValidationError(_("Agree, refuse, or say what is to be done instead."))
    return _instead(held, by, required(reason), other, moment)


def _agree(held: Action, by: User, reason: str, moment: datetime) -> Action:
    if moves.done_already(held, moves.AGREE, by_user(by)):
        return held
    _seconded(held, by, reason, moment)
    item_close(_DECISION, held, outcome="agreed", by=by)
    _enter(held, moves.AGREE, by_user(by), moment, note=reason.strip())
    return held


def _seconded(action: Action, by: User, reason: str, moment: datetime) -> None:
    action.seconder, action.second_by = by, by_user(by)
    action.second_at, action.second_reason = moment, reason.strip()


def _close(held: Action, deed: moves.Deed, actor: str, by: User | None, note: str, moment: datetime) -> Action:
    """A held action comes to nothing. Its flag stays decided: that somebody looked stands on record."""
    if moves.done_already(held, deed, actor):
        return held
    if deed is not moves.WITHDRAW and by is not None:
        _seconded(held, by, note, moment)
    held.ended_at = moment
    item_close(_DECISION, held, outcome=deed.name, by=by)
    moves.move(held, deed, actor, moment, note)
    return held


def _instead(held: Action, by: User, reason: str, other: Wanted, moment: datetime) -> Action:
    request = uuid.uuid5(held.request, "instead")
    if known := Action.objects.filter(request=request).first():
        moves.done_already(held, moves.SUPERSEDE, by_user(by))
        return known
    before_locked(held)  # rows before the logs' lock, which closing takes
    if not harder(other, held):
        pages_change()  # the pointer's row before the logs' lock, as everywhere
    made = draft(held.kind, held.subject_id, other, None, held)
    made.request, made.batch, made.found_by = request, held.batch, held.found_by
    _close(held, moves.SUPERSEDE, by_user(by), by, reason, moment)
    if harder(other, held):
        made.proposer, made.proposed_by = by, by_user(by)
        return _begin(made, held=True)
    made.proposer, made.proposed_by, made.created_at = held.proposer, held.proposed_by, moment
    _seconded(made, by, reason, moment)
    _enter(made, moves.START, by_user(by), moment)
    return made


@transaction.atomic
def action_withdraw(*, action: Action, by: User | None, note: str) -> Action:
    """Take back what is held: whoever proposed it or may lift actions, or None where its ground is gone."""
    held, moment = moves.locked(action)
    impartial_check(by, held.kind, held.subject_id)
    if by is not None and held.proposer_id != by.pk and not by.has_perm("governance.lift_action"):
        raise ValidationError(_("Only who proposed this, or who may lift measures, can withdraw it."))
    return _close(held, moves.WITHDRAW, moves.actor_of(by), by, required(note), moment)


@transaction.atomic
def action_replace(*, action: Action, wanted: Wanted, by: User, note: str, request: uuid.UUID | None = None) -> Action:
    """Another action in its place, at once or as soon as a second person agrees; until then the old one stands.

    Raises ValidationError for one that is not in force, and while an appeal against it is open: what was appealed
    against must be there to be decided.
    """
    request = request or uuid.uuid4()
    _one_at_a_time(request)
    old, _moment = moves.locked(action)
    impartial_check(by, old.kind, old.subject_id)
    made = draft(old.kind, old.subject_id, wanted, None, old)
    made.request, made.proposer, made.proposed_by, made.found_by = request, by, by_user(by), old.found_by
    if known := _again(made):
        return known
    replaceable(old)
    return _begin(made, held=needs_second(made.sanction, made.tier), note=required(note))
