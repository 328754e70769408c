"""What a person does about a flag itself: nothing is to be done, or it has to be looked at once more.

To act on a flag is `action_propose(flag=...)`; what nights do to flags is in governance.nights.
"""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import now
from reputation.governance.desk.items import item_close, item_reopen
from reputation.governance.models import ActionState, Flag, WorkItem
from reputation.subjects.impartial import impartial_check

_IN_THE_WAY = (ActionState.HELD, ActionState.ACTIVE, ActionState.STAYED, ActionState.EXPIRED)
_FLAG = WorkItem.Kind.FLAG


@transaction.atomic
def flag_dismiss(*, flag: Flag, by: AbstractBaseUser, reason: str) -> Flag:
    """A person found that nothing is to be done; the flag may go on firing, and nobody is asked again.

    Raises ValidationError without a reason, or where somebody has decided meanwhile, naming who. The same again is
    the same dismissal.
    """
    if not (reason := reason.strip()):
        raise ValidationError(_("Give the reason: whoever looks at this subject later reads it."))
    impartial_check(by, flag.kind, flag.subject_id)
    flag = Flag.objects.select_for_update(no_key=True).get(pk=flag.pk)
    if (flag.state, flag.decided_by, flag.reason) == (Flag.State.DISMISSED, by_user(by), reason):
        return flag
    if flag.state != Flag.State.OPEN:
        raise ValidationError(decided_meanwhile(flag))
    flag.state, flag.reason, flag.decided_by, flag.decided_at = Flag.State.DISMISSED, reason, by_user(by), now()
    flag.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    item_close(_FLAG, flag, outcome=Flag.State.DISMISSED, by=by)
    _write_down(flag, by, "flag.dismissed", {"reason": reason})
    return flag


@transaction.atomic
def flag_reopen(*, flag: Flag, by: AbstractBaseUser, note: str) -> Flag:
    """Put a decided or dismissed flag back on the desk, as when a batch is undone.

    Raises ValidationError where it does not fire any more, or where an action of it stands. The same again changes
    nothing.
    """
    impartial_check(by, flag.kind, flag.subject_id)
    flag = Flag.objects.select_for_update(no_key=True).get(pk=flag.pk)
    if flag.state == Flag.State.OPEN:
        return flag
    if flag.ended_on is not None:
        raise ValidationError(_("This flag has not fired since %(night)s.") % {"night": flag.ended_on})
    if flag.actions.filter(state__in=_IN_THE_WAY).exists():
        raise ValidationError(_("An action that this flag led to stands: lift or withdraw it first."))
    flag.state, flag.reason, flag.decided_by, flag.decided_at = Flag.State.OPEN, "", "", None
    flag.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    item_reopen(_FLAG, flag)
    _write_down(flag, by, "flag.reopened", {"note": note})
    return flag


def decided_meanwhile(flag: Flag) -> str:
    """Who has decided what about a flag that is not open any more."""
    who = flag.decided_by.partition(":")[2] or flag.decided_by
    if flag.state == Flag.State.CLEARED:
        return _("This flag cleared by itself: it has stopped firing.")
    if flag.state == Flag.State.DISMISSED:
        return _("%(who)s has dismissed this flag meanwhile.") % {"who": who}
    return _("%(who)s has acted on this flag meanwhile.") % {"who": who}


def _write_down(flag: Flag, by: AbstractBaseUser, action: str, told: dict[str, str]) -> None:
    about = {"rule": flag.rule, "subject": [flag.kind, flag.subject_id]}
    audit_append(actor=by_user(by), action=action, object_kind="flag", object_id=str(flag.pk), data=about | told)
