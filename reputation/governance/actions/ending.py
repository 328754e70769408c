"""What becomes of an action in force: put off, resumed, lifted, replaced, expired, overturned, confirmed as done."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import SYSTEM, audit_append, by_key
from reputation.base.time import now
from reputation.governance.actions import moves
from reputation.governance.impartial import impartial_check
from reputation.governance.models import Action, ActionState, Appeal


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
    """An appeal was won: it ends, and if it had ended already, the record says that it was wrong."""
    fresh, moment = moves.locked(action)
    running = fresh.state in moves.OVERTURN.after
    deed = moves.OVERTURN if running else moves.OVERTURN_LATE
    if moves.done_already(fresh, deed, moves.actor_of(by)):
        return fresh
    if running:
        fresh.ended_at = moment
    moves.move(fresh, deed, moves.actor_of(by), moment, note)
    return fresh


def actions_expire(*, moment: datetime | None = None) -> int:
    """End what has lasted its time; returns how many. Each in a transaction of its own, so that none waits for another.

    One that is put off does not expire: its time stands still.
    """
    moment = moment or now()
    due = Action.objects.filter(state=ActionState.ACTIVE, ends_at__lte=moment).order_by("ends_at", "id")
    return sum(_expire(pk, moment) for pk in due.values_list("pk", flat=True))


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
