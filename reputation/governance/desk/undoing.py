"""Taking back a batch within a day: dismissed flags are open again, actions are withdrawn or lifted."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import now
from reputation.governance.actions.services import action_lift, action_withdraw
from reputation.governance.flags import flag_reopen
from reputation.governance.models import Action, ActionState, Batch, Flag, WorkItem

UNDO = timedelta(hours=24)


def undo_refused(batch: Batch, by: User) -> str:
    """Why this person cannot undo this batch; empty where they can."""
    if batch.by_id != by.pk and not by.has_perm("governance.lift_action"):
        return _("Only who decided this, or who may lift measures, can undo it.")
    if now() > batch.done_at + UNDO:
        return _("A batch can be undone for 24 hours. Decide on its items one by one.")
    return ""


def batch_undo(*, batch: Batch, by: User) -> dict[int, str]:
    """Undo what can be, each item in a transaction of its own; returns what could not, with the reason.

    Again, it tries what was left. Raises ValidationError where nothing may be undone.
    """
    if why := undo_refused(batch, by):
        raise ValidationError(why)
    _begin(batch, by)
    items = WorkItem.objects.filter(batch=batch).select_related("flag").order_by("pk")
    undone = {item.pk: _one(batch, item, by) for item in items}
    return {pk: why for pk, why in undone.items() if why}


@transaction.atomic
def _begin(batch: Batch, by: User) -> None:
    if Batch.objects.filter(pk=batch.pk, undone_at=None).update(undone_at=now()):
        audit_append(actor=by_user(by), action="batch.undone", object_kind="batch", object_id=str(batch.pk), data={})


def _one(batch: Batch, item: WorkItem, by: User) -> str:
    """Why this one stays as it is; empty: it is open again, or there was nothing left to open."""
    flag = item.flag
    assert flag is not None  # noqa: S101 (batches decide flags)
    note = _("The batch it was decided in was undone.")
    try:
        with transaction.atomic():
            flag = Flag.objects.select_for_update(no_key=True).get(pk=flag.pk)  # rows before the logs' lock
            WorkItem.objects.select_for_update().get(pk=item.pk)
            actions = list(Action.objects.filter(batch=batch, flag=flag))
            for action in actions:
                _take_back(action, by, note)
            if actions and flag.ended_on is not None:  # it has stopped firing since: the action alone is taken back
                WorkItem.objects.filter(pk=item.pk).update(batch=None)
            else:
                flag_reopen(flag=flag, by=by, note=note)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def _take_back(action: Action, by: User, note: str) -> None:
    if action.state == ActionState.HELD:
        action_withdraw(action=action, by=by, note=note)
    elif action.state in (ActionState.ACTIVE, ActionState.STAYED):
        action_lift(action=action, by=by, note=note)
    elif action.state == ActionState.REFUSED:
        raise ValidationError(_("A second person has refused it."))
