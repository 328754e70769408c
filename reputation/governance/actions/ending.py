"""What becomes of an action in force: put off, resumed, lifted, replaced, expired, overturned, confirmed as done."""

from __future__ import annotations

import logging
from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import SYSTEM, audit_append, by_key
from reputation.base.time import now
from reputation.governance.actions import moves
from reputation.governance.desk.items import item_close
from reputation.governance.models import Action, ActionState, Appeal, WorkItem
from reputation.subjects.impartial import impartial_check

logger = logging.getLogger(__name__)


def required(note: str) -> str:
    """The note without blanks around it. Raises ValidationError where nothing is left."""
    if not note.strip():
        raise ValidationError(_("Say why: it stays on record."))
    return note.strip()


@transaction.atomic
def action_lift(*, action: Action, by: User | None, note: str, because: str = "hand") -> Action:
    """End it before its time: by hand with a reason, or because what it was about is mended ("cured", without a
    person). Raises ValidationError for one that is not in force any more."""
    fresh, moment = moves.locked(action)
    impartial_check(by, fresh.kind, fresh.subject_id)
    if because == "hand":
        note = required(note)
    if moves.done_already(fresh, moves.LIFT, moves.actor_of(by)):
        return fresh
    fresh.ended_at = moment
    moves.move(fresh, moves.LIFT, moves.actor_of(by), moment, note, because)
    return fresh


@transaction.atomic
def action_stay(*, action: Action, note: str) -> Action:
    """Put it off while a first appeal is open; its time stands still. Whether it may be is the appeal's to know."""
    fresh, moment = moves.locked(action)
    if fresh.state == ActionState.STAYED:
        return fresh
    moves.done_already(fresh, moves.STAY, "")
    fresh.stayed_at = moment
    moves.move(fresh, moves.STAY, SYSTEM, moment, note)
    return fresh


@transaction.atomic
def action_resume(*, action: Action, note: str) -> Action:
    """It counts again, for as long as was left of it."""
    fresh, moment = moves.locked(action)
    if fresh.state == ActionState.ACTIVE and fresh.changes.filter(state=ActionState.STAYED).exists():
        return fresh
    moves.done_already(fresh, moves.RESUME, "")
    _move_on(fresh, moment)
    moves.move(fresh, moves.RESUME, SYSTEM, moment, note)
    return fresh


def _move_on(action: Action, moment: datetime) -> None:
    if action.ends_at is not None and action.stayed_at is not None:
        action.ends_at += moment - action.stayed_at
    action.stayed_at = None


@transaction.atomic
def action_overturn(*, action: Action, by: User, note: str) -> Action:
    """An appeal was won: it ends, and if it had ended already, the record says that it was wrong. What is held to take
    its place has lost its ground, and is withdrawn."""
    held = replacements_locked(action)
    fresh, moment = moves.locked(action)
    running = fresh.state in moves.OVERTURN.after
    deed = moves.OVERTURN if running else moves.OVERTURN_LATE
    if moves.done_already(fresh, deed, moves.actor_of(by)):
        return fresh
    if running:
        fresh.ended_at = moment
    moves.move(fresh, deed, moves.actor_of(by), moment, note)
    for one in held:
        _withdraw(one, moment, f"action {fresh.pk}, which it would replace, was overturned")
    return fresh


def replacements_locked(action: Action) -> list[Action]:
    """Held actions that would take its place, and their items, kept until the transaction ends. To be called before the
    action itself is locked. Looked for until none is new: a second person may just have put another in the place of one.
    """
    found: dict[int, Action] = {}
    while new := _standing_for(action) - found.keys():
        rows = Action.objects.filter(pk__in=new).order_by("-pk").select_for_update(no_key=True)
        found |= {row.pk: row for row in rows}
    held = [row for row in found.values() if row.state == ActionState.HELD]
    list(WorkItem.objects.filter(action__in=held).order_by("pk").select_for_update().values_list("pk"))
    return held


def _standing_for(action: Action) -> set[int]:
    """Held ones that replace it, or replace what never came into force and stood for it."""
    held, level = set[int](), [action.pk]
    while level:
        after = dict(Action.objects.filter(replaces__in=level, starts_at=None).values_list("pk", "state"))
        held |= {pk for pk, state in after.items() if state == ActionState.HELD}
        level = list(after)
    return held


def _withdraw(held: Action, moment: datetime, note: str) -> None:
    held.ended_at = moment
    item_close(WorkItem.Kind.DECISION, held, outcome=moves.WITHDRAW.name)
    moves.move(held, moves.WITHDRAW, SYSTEM, moment, note)


def actions_expire(*, moment: datetime | None = None) -> int:
    """End what has lasted its time; returns how many. Each in a transaction of its own, so that none waits for another.

    One that is put off does not expire: its time stands still.
    """
    moment = moment or now()
    due = Action.objects.filter(state=ActionState.ACTIVE, ends_at__lte=moment).order_by("ends_at", "id")
    return sum(_expired(pk, moment) for pk in due.values_list("pk", flat=True))


def _expired(pk: int, moment: datetime) -> bool:
    """One that cannot be ended keeps no other from ending."""
    try:
        return _expire(pk, moment)
    except Exception:
        logger.exception("action %s does not expire", pk)
        return False


@transaction.atomic
def _expire(pk: int, moment: datetime) -> bool:
    action = moves.row_locked(pk)
    return moves.expire_due(action, moment)


def replaceable(action: Action) -> None:
    """Raises ValidationError where another action cannot take the place of this one."""
    moves.done_already(action, moves.REPLACE, "")
    if action.appeals.filter(state=Appeal.State.OPEN).exists():
        raise ValidationError(_("An appeal against it is open: decide that first."))


def before_locked(action: Action) -> Action | None:
    """What an action takes the place of. Ones that never came into force are looked through: they stood for the same
    older one."""
    before = action.replaces
    while before is not None and before.starts_at is None:
        before = before.replaces
    return moves.row_locked(before.pk) if before else None


def replace_before(action: Action, actor: str, moment: datetime) -> None:
    """End what a new action takes the place of, if that still runs."""
    before = before_locked(action)
    if before is None:
        return
    if moves.expire_due(before, moment) or before.state in moves.OVERTURN_LATE.after:
        return
    replaceable(before)
    before.ended_at = moment
    moves.move(before, moves.REPLACE, actor, moment)


@transaction.atomic
def action_acknowledge(*, action_id: int, by_key: str, sequence: int | None = None) -> Action:
    """The platform has carried out what it was told, up to the change `sequence`, or all of it.

    Raises Action.DoesNotExist for one that it was never told of, ValidationError for a sequence that is not its own.
    """
    action = moves.row_locked(action_id)
    if not action.told_sequence:
        raise Action.DoesNotExist
    through = action.told_sequence if sequence is None else sequence
    if sequence is not None and not action.changes.filter(sequence=sequence, told=True).exists():
        raise ValidationError(_("There is no change %(sequence)s of this action.") % {"sequence": sequence})
    if through <= action.acknowledged_sequence:
        return action
    action.acknowledged_sequence, action.acknowledged_at = through, now()
    left = action.changes.filter(told=True, sequence__gt=through).order_by("sequence").first()
    action.told_at = left.at if left else action.told_at
    action.save(update_fields=["acknowledged_sequence", "acknowledged_at", "told_at"])
    _write_down(action, by_key, through)
    return action


def _write_down(action: Action, key: str, sequence: int) -> None:
    data = {"sequence": sequence, "state": action.state}
    audit_append(
        actor=by_key(key), action="action.acknowledged", object_kind="action", object_id=str(action.pk), data=data
    )
