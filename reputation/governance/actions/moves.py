"""How the state of an action changes: the one place where it does, and all that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.base.audit import SYSTEM, audit_append, by_user
from reputation.base.ledger_lock import ledger_lock
from reputation.base.outbox.events import event_emit
from reputation.base.time import now
from reputation.governance.actions.selectors import action_document, state_word
from reputation.governance.models import Action, ActionChange, ActionState, Notice
from reputation.governance.notices import notice_write
from reputation.ratings.services import pages_change

About = Notice.About


@dataclass(frozen=True)
class Deed:
    """A change by name. `after`: the states from which it can be done, none for how an action begins. `event` and
    `about` empty: it happens among staff, and nobody outside is told."""

    name: str  # in the audit log, after "action."
    after: tuple[ActionState, ...]
    to: ActionState
    event: str = ""
    about: str = ""


_S = ActionState
_RUNNING = (_S.ACTIVE, _S.STAYED)
_ENDED = (_S.EXPIRED, _S.LIFTED)
HOLD = Deed("held", (), _S.HELD)
START = Deed("started", (), _S.ACTIVE, "action.started", About.STARTED)
AGREE = Deed("agreed", (_S.HELD,), _S.ACTIVE, "action.started", About.STARTED)
REFUSE = Deed("refused", (_S.HELD,), _S.REFUSED)
WITHDRAW = Deed("withdrawn", (_S.HELD,), _S.WITHDRAWN)
SUPERSEDE = Deed("superseded", (_S.HELD,), _S.REPLACED)  # the second person chose another one; it never counted
STAY = Deed("stayed", (_S.ACTIVE,), _S.STAYED, "action.changed", About.CHANGED)
RESUME = Deed("resumed", (_S.STAYED,), _S.ACTIVE, "action.changed", About.CHANGED)
EXPIRE = Deed("expired", (_S.ACTIVE,), _S.EXPIRED, "action.ended", About.ENDED)
LIFT = Deed("lifted", _RUNNING, _S.LIFTED, "action.ended", About.ENDED)
REPLACE = Deed("replaced", _RUNNING, _S.REPLACED, "action.ended", About.ENDED)
OVERTURN = Deed("overturned", _RUNNING, _S.OVERTURNED, "action.ended", About.ENDED)
OVERTURN_LATE = Deed("overturned", _ENDED, _S.OVERTURNED, "action.changed", About.CHANGED)
DEEDS = (HOLD, START, AGREE, REFUSE, WITHDRAW, SUPERSEDE, STAY, RESUME, EXPIRE, LIFT, REPLACE, OVERTURN, OVERTURN_LATE)


def actor_of(by: AbstractBaseUser | None) -> str:
    return by_user(by) if by is not None else SYSTEM


def row_locked(pk: int) -> Action:
    """Kept as it is until the transaction ends; others may still write rows that refer to it. Of one that waits to take
    another's place and that other one the newer is locked first."""
    return Action.objects.select_for_update(no_key=True).get(pk=pk)


def locked(action: Action) -> tuple[Action, datetime]:
    """The action as it is now, kept so until the transaction ends, and the moment. One whose time is over has expired,
    whether or not the clock's tick has come round to it."""
    fresh = row_locked(action.pk)
    moment = now()
    expire_due(fresh, moment)
    return fresh, moment


def expire_due(action: Action, moment: datetime) -> bool:
    if action.state != ActionState.ACTIVE or action.ends_at is None or action.ends_at > moment:
        return False
    action.ended_at = action.ends_at  # not when it was noticed
    move(action, EXPIRE, SYSTEM, moment)
    return True


def done_already(action: Action, deed: Deed, actor: str) -> bool:
    """Whether this very command was carried out before. Raises ValidationError where the action cannot come to this any
    more, with who brought it where it is."""
    last = action.changes.order_by("-sequence").first()
    if last is not None and action.state == deed.to and last.by == actor:
        return True
    if action.state not in deed.after:
        state, who = state_word(action.state), last.by.partition(":")[2] if last else ""
        text = _("This cannot be done any more: %(who)s decided, and it is %(state)s.") if who else ""
        raise ValidationError((text or _("This cannot be done: it is %(state)s.")) % {"who": who, "state": state})
    return False


def move(action: Action, deed: Deed, actor: str, moment: datetime, note: str = "", because: str = "") -> ActionChange:
    """Change the state of an action that the caller has locked, or is about to make, and whose dates it has set.

    Writes the change, the statement of reasons, the audit entry and the event; the logs' lock comes last, so that what
    is numbered here stands in the order in which it became true.
    """
    if action._state.adding if deed.after else not action._state.adding:
        raise ValueError(f"{action}: {deed.name} is not how it begins, or begins it twice")
    if deed.after and action.state not in deed.after:
        raise ValueError(f"{action} cannot be {deed.name}")
    action.state = deed.to
    action.save()
    if deed.event:
        pages_change()
    ledger_lock()
    change = ActionChange.objects.create(
        action=action, state=deed.to, at=moment, by=actor, note=note, told=bool(deed.event)
    )
    if deed.event:
        _tell(action, change)
    if deed.about:
        notice_write(action, change, deed.about, because=because)
    _write_down(action, deed, actor, note)
    if deed.event:
        subject = f"{action.kind}:{action.subject_id}"
        event_emit(event=deed.event, subject_key=subject, payload=change.document or {})
    return change


def _tell(action: Action, change: ActionChange) -> None:
    """Put the change before the platform. The alarm's clock runs from the first change that it has not confirmed."""
    change.document = action_document(action, change)
    change.save(update_fields=["document"])
    if action.acknowledged_sequence >= action.told_sequence:
        action.told_at = change.at
    action.told_sequence = change.sequence
    action.save(update_fields=["told_at", "told_sequence"])


def _write_down(action: Action, deed: Deed, actor: str, note: str) -> None:
    data = {
        "subject": [action.kind, action.subject_id], "sanction": action.sanction, "state": action.state,
        "flag": action.flag_id, "rule": action.rule, "replaces": action.replaces_id, "note": note,
    }  # fmt: skip
    audit_append(actor=actor, action=f"action.{deed.name}", object_kind="action", object_id=str(action.pk), data=data)
