"""What the staff do with complaints: take them up or not, and decide them once both sides had their say."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.base.time import now
from reputation.intake.complaints import case_close, case_locked, case_note, case_to_subject
from reputation.intake.models import Case
from reputation.intake.selectors import heard
from reputation.subjects.impartial import impartial_check

VERDICTS = ("upheld", "settled", "rejected")
LONGEST_REASON = 2000
_State = Case.State


def case_take_up(*, case: Case, by: User) -> Case:
    """A person has looked: it becomes evidence and goes to its subject. Again changes nothing.

    Raises ValidationError for who acts for the subject, and where it was refused or withdrawn.
    """
    with transaction.atomic():
        case = case_locked(case)
        if case.state == _State.OPEN:
            return case
        _checked(case, by)
        case_to_subject(case)
        case_note(case, by_user(by), "complaint.taken_up", {})
    return case


def case_refuse(*, case: Case, by: User, reason: str) -> Case:
    """It goes no further; the complainant reads why. Again with the same reason changes nothing."""
    why = _reason(reason)
    with transaction.atomic():
        case = case_locked(case)
        if (case.state, case.reason, case.decided_by_id) == (_State.REFUSED, why, by.pk):
            return case
        _checked(case, by)
        _settle(case, by, _State.REFUSED, "", why)
        case_note(case, by_user(by), "complaint.refused", {"reason": why})
    return case


def case_decide(*, case: Case, by: User, outcome: str, reason: str) -> Case:
    """Decide an open complaint: one of VERDICTS, with a reason that both sides read. The outcome is evidence.

    To uphold it takes that the subject has answered or let its ten days pass. The same again changes nothing. Raises
    ValidationError for who acts for the subject, and where somebody has decided it otherwise meanwhile.
    """
    why = _reason(reason)
    if outcome not in VERDICTS:
        raise ValidationError(_("Uphold the complaint, settle it or reject it."))
    with transaction.atomic():
        case = case_locked(case)
        if (case.outcome, case.reason, case.decided_by_id) == (outcome, why, by.pk):
            return case
        if case.state != _State.OPEN:
            raise ValidationError(_closed(case))
        impartial_check(by, case.kind, case.subject_id)
        if outcome != "rejected" and not heard(case):
            raise ValidationError(_("Its subject has not answered yet, and its ten days still run."))
        _settle(case, by, _State.DECIDED, outcome, why)
        case_close(case, outcome, reason=why)
        case_note(case, by_user(by), "complaint.decided", {"outcome": outcome, "reason": why})
    return case


def _checked(case: Case, by: User) -> None:
    if case.state != _State.RECEIVED:
        raise ValidationError(_closed(case))
    impartial_check(by, case.kind, case.subject_id)


def _closed(case: Case) -> str:
    if case.state == _State.WITHDRAWN:
        return _("It was withdrawn meanwhile.")
    if case.decided_by is not None:
        return _("%(who)s has decided this meanwhile. Your decision was not taken.") % {"who": case.decided_by}
    return _("This is no longer open. Your decision was not taken.")


def _settle(case: Case, by: User, state: str, outcome: str, reason: str) -> None:
    case.state, case.outcome, case.reason, case.decided_by, case.decided_at = state, outcome, reason, by, now()
    case.save(update_fields=["state", "outcome", "reason", "decided_by", "decided_at"])


def _reason(reason: str) -> str:
    if not (why := reason.replace("\0", "").strip()):
        raise ValidationError(_("Give the reason: both sides read it."))
    if len(why) > LONGEST_REASON:
        raise ValidationError(_("A reason has at most %(longest)d characters.") % {"longest": LONGEST_REASON})
    return why
