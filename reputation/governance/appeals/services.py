"""Appeals against sanctions: filed, withdrawn, decided. What a won one sets right happens with the decision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.outbox.events import event_emit
from reputation.base.time import market_day, now
from reputation.base.working_days import due_end, working_days_after
from reputation.evidence.incidents import units_known, units_of
from reputation.evidence.setting_aside import units_set_aside
from reputation.governance.actions.ending import replacements_locked
from reputation.governance.actions.moves import locked, row_locked
from reputation.governance.actions.services import action_overturn, action_resume, action_stay, severity_of
from reputation.governance.appeals.selectors import answers_unread, appeal_refused, deciders
from reputation.governance.appeals.staying import may_stay
from reputation.governance.desk.items import item_close, item_open
from reputation.governance.files import Upload, files_attach, files_check
from reputation.governance.models import Action, ActionState, Appeal, Correction, WorkItem
from reputation.governance.sanctions import SANCTIONS
from reputation.governance.subject_lock import subject_lock
from reputation.ratings.services import pages_change
from reputation.subjects.impartial import impartial_check
from reputation.subjects.models import Membership
from scoring.metrics import EXCLUSION_REASONS

WORKING_DAYS_TO_DECIDE = 5
LONGEST_TEXT = 5000  # characters
MOST_UNITS = 100  # incidents that one appeal may dispute, and that may be set aside after it
_ITEM = WorkItem.Kind.APPEAL


def appeal_file(
    *, action: Action, by: User, text: str, units: Sequence[str] = (), files: Sequence[Upload] = ()
) -> Appeal:
    """Appeal against a sanction, for free. `units`: incidents of the subject that it disputes.

    Raises ValidationError with what stands against it, PermissionDenied for who does not act for the subject. The same
    text by the same person while it is open is that appeal.
    """
    checked, words = files_check(files), _words(text)
    with transaction.atomic():
        member_check(by, action.kind, action.subject_id)
        subject_lock(action.kind, action.subject_id)
        action, _moment = locked(action)
        if (same := action.appeals.filter(state=Appeal.State.OPEN, filed_by=by, text=words).first()) is not None:
            return same
        if why := appeal_refused(action):
            raise ValidationError(why)
        appeal = Appeal.objects.create(
            action=action, filed_by=by, filed_at=now(), text=words, units=_own_incidents(action, units),
            due_on=working_days_after(market_day(now()), WORKING_DAYS_TO_DECIDE),
        )  # fmt: skip
        files_attach(checked, by=by, to=appeal)
        _before_staff(appeal, action)
        _stay(appeal, action)
        _write_down(
            appeal, action, by, "filed", {"units": appeal.units, "files": len(checked), "stayed": appeal.stayed}
        )
    return appeal


def appeal_withdraw(*, appeal: Appeal, by: User) -> Appeal:
    """Take it back while it is open: a sanction that it put off counts again. Again changes nothing."""
    with transaction.atomic():
        appeal, action = _locked(appeal)
        member_check(by, action.kind, action.subject_id)
        if appeal.state == Appeal.State.WITHDRAWN:
            return appeal
        if appeal.state != Appeal.State.OPEN:  # who decided it is not for the subject to know
            raise ValidationError(_("This appeal is decided already."))
        appeal.state = Appeal.State.WITHDRAWN
        appeal.save(update_fields=["state"])
        item_close(_ITEM, appeal, outcome=appeal.state)
        _resume(appeal, action, "the appeal was withdrawn")
        _write_down(appeal, action, by, "withdrawn", {})
    return appeal


def appeal_decide(
    *, appeal: Appeal, by: User, won: bool, reason: str, exclude: Iterable[str] = (), because: str = "other"
) -> Appeal:
    """Decide it, for good. `reason` is what the subject is told. Won: the units of `exclude` count against the subject
    no more, for `because` (one of EXCLUSION_REASONS), the sanction is undone, and the nights that counted them are
    published anew by the next one.

    Raises ValidationError for who took part in the sanction or acts for the subject, without a reason, for units of
    somebody else, and where somebody has decided it meanwhile. The same decision by the same person changes nothing.
    """
    if not (reason := reason.strip()):
        raise ValidationError(_("Give the reason: the subject is told it."))
    with transaction.atomic():
        if won:
            replacements_locked(appeal.action)  # newer actions before older ones
        appeal, action = _locked(appeal)
        state = Appeal.State.WON if won else Appeal.State.LOST
        if (appeal.state, appeal.decided_by_id, appeal.reason) == (state, by.pk, reason):
            return appeal
        _open_check(appeal)
        _judge_check(action, by)
        appeal.excluded = _set_aside(appeal, action, exclude if won else (), because)
        appeal.state, appeal.reason, appeal.decided_by, appeal.decided_at = state, reason, by, now()
        appeal.save(update_fields=["state", "reason", "decided_by", "decided_at", "excluded"])
        item_close(_ITEM, appeal, outcome=state, by=by)
        if won:
            action_overturn(action=action, by=by, note=reason)
        else:
            _resume(appeal, action, "the appeal was lost")
        _write_down(appeal, action, by, str(state), {"reason": reason, "excluded": appeal.excluded})
        _tell(appeal, action)
    return appeal


def answer_read(*, appeal: Appeal) -> None:
    """Note the first time that somebody of the subject saw the decision; nothing while there is none."""
    answers_unread().filter(pk=appeal.pk).update(answer_read_at=now())


def member_check(by: AbstractBaseUser, kind: str, subject_id: str) -> None:
    """Raises PermissionDenied for who does not act for the subject."""
    if not Membership.objects.filter(user=by, kind=kind, subject_id=subject_id).exists():
        raise PermissionDenied


def _words(text: str) -> str:
    if not (words := text.strip()):
        raise ValidationError(_("Say why you appeal."))
    if len(words) > LONGEST_TEXT:
        raise ValidationError(
            _("Write at most %(longest)d characters; files may say more.") % {"longest": LONGEST_TEXT}
        )
    return words.replace("\0", "")


def _own_incidents(action: Action, units: Sequence[str]) -> list[str]:
    """In the order given, each once. One of somebody else is answered as one that does not exist."""
    wanted = list(dict.fromkeys(units))
    if len(wanted) > MOST_UNITS:
        raise ValidationError(_("Dispute at most %(most)d incidents at once.") % {"most": MOST_UNITS})
    known = units_known(action.kind, action.subject_id, wanted, answers=False)
    if any(unit not in known for unit in wanted):
        raise ValidationError(_("One of the incidents is not counted against you. Choose from the list."))
    return wanted


def _before_staff(appeal: Appeal, action: Action) -> None:
    severity = action.flag.severity if action.flag else severity_of(SANCTIONS[action.sanction].gravity)
    item_open(
        _ITEM, appeal, severity=severity, reach=action.orders, due_at=due_end(appeal.due_on), rule=action.rule,
        subject_kind=action.kind, subject_id=action.subject_id, name=action.name, category=action.category,
        tier=action.tier,
    )  # fmt: skip


def _stay(appeal: Appeal, action: Action) -> None:
    if may_stay(action, besides=appeal):
        appeal.stayed = True
        appeal.save(update_fields=["stayed"])
        action_stay(action=action, note=f"appeal {appeal.pk} is open")


def _resume(appeal: Appeal, action: Action, note: str) -> None:
    """One that was lifted meanwhile stays so."""
    if appeal.stayed and action.state == ActionState.STAYED:
        action_resume(action=action, note=note)


def _locked(appeal: Appeal) -> tuple[Appeal, Action]:
    """Both as they are now, the action first, as everywhere."""
    action = row_locked(appeal.action_id)
    return Appeal.objects.select_for_update(no_key=True).get(pk=appeal.pk), action


def _open_check(appeal: Appeal) -> None:
    if appeal.state == Appeal.State.WITHDRAWN:
        raise ValidationError(_("This appeal was withdrawn."))
    if appeal.state != Appeal.State.OPEN:
        text = _("%(who)s has decided this appeal on %(day)s.")
        assert appeal.decided_at is not None  # noqa: S101 (with the decision)
        raise ValidationError(text % {"who": appeal.decided_by, "day": market_day(appeal.decided_at)})


def _judge_check(action: Action, by: User) -> None:
    if by_user(by) in deciders(action):
        raise ValidationError(_("You took part in this measure: somebody else must decide the appeal."))
    impartial_check(by, action.kind, action.subject_id)


def _set_aside(appeal: Appeal, action: Action, exclude: Iterable[str], because: str) -> list[str]:
    units = list(dict.fromkeys(exclude))
    if not units:
        return []
    if len(units) > MOST_UNITS:
        raise ValidationError(_("Set aside at most %(most)d incidents at once.") % {"most": MOST_UNITS})
    if because not in EXCLUSION_REASONS:
        raise ValidationError(_("Choose why the evidence is set aside."))
    if set(units) - set(units_of(action.kind, action.subject_id, units)):
        raise ValidationError(_("Only evidence about this subject can be set aside."))
    told = {"kind": action.kind, "subject_id": action.subject_id}
    known = units_known(action.kind, action.subject_id, units)
    units_set_aside(units=units, **told, reason=because, source=f"appeal:{appeal.pk}")
    first = min((incident.since for incident in known.values()), default=None)
    Correction.objects.create(appeal=appeal, **told, from_night=_first_night(action, first))
    return units


def _first_night(action: Action, first: date | None) -> date:
    if first is not None:
        return first
    return action.flag.first_night if action.flag else market_day(action.starts_at or action.created_at)


def _tell(appeal: Appeal, action: Action) -> None:
    subject = {"kind": action.kind, "id": action.subject_id}
    payload = {
        "id": appeal.pk, "action": action.pk, "subject": subject, "outcome": str(appeal.state),
        "reason": appeal.reason, "excluded": len(appeal.excluded),
    }  # fmt: skip
    event_emit(event="appeal.decided", subject_key=f"{action.kind}:{action.subject_id}", payload=payload)


def _write_down(appeal: Appeal, action: Action, by: User, what: str, more: dict[str, object]) -> None:
    pages_change()
    about = {"action": action.pk, "subject": [action.kind, action.subject_id], "rule": action.rule}
    audit_append(
        actor=by_user(by), action=f"appeal.{what}", object_kind="appeal", object_id=str(appeal.pk), data=about | more
    )
