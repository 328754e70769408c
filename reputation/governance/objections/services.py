"""Objections: single incidents that a subject says are not its doing. No sanction hangs on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import market_day, now
from reputation.base.working_days import due_end, working_days_after
from reputation.evidence.incidents import units_known
from reputation.evidence.setting_aside import unit_set_aside
from reputation.governance.actions.drafts import subject_known
from reputation.governance.appeals.services import LONGEST_TEXT, member_check
from reputation.governance.desk.items import item_close, item_open
from reputation.governance.files import Upload, files_attach, files_check
from reputation.governance.models import Objection, ObjectionLine, Reach, Tier, WorkItem
from reputation.governance.subject_lock import subject_lock
from reputation.subjects.impartial import impartial_check

MOST_LINES = 30
MOST_OPEN = 3  # tickets of one subject at a time
TRIES = 3  # that one incident may be objected to
WORKING_DAYS_TO_DECIDE = 5
_ITEM = WorkItem.Kind.OBJECTION
_Line, _Ground = ObjectionLine.State, ObjectionLine.Ground
_WORDS = {"accepted": _Line.ACCEPTED, "refused": _Line.REFUSED}
# What the evidence is excluded for where the ground is none of its own reasons.
REASONS = {
    _Ground.CARRIER_EVENT: "carrier_event",
    _Ground.FORCE_MAJEURE: "force_majeure",
    _Ground.PLATFORM_FAULT: "platform_fault",
    _Ground.ATTACK: "attack",
}


def objection_file(
    *,
    kind: str,
    subject_id: str,
    by: User,
    text: str,
    lines: Sequence[tuple[str, str]],
    files: Sequence[Upload] = (),
) -> Objection:
    """Object to up to 30 incidents of the subject: pairs of a unit and a ground (ObjectionLine.Ground).

    Raises ValidationError with what stands against it, PermissionDenied for who does not act for the subject. The same
    text and lines by the same person while it is open are that objection.
    """
    checked, words, wanted = files_check(files), _words(text), _lines(lines)
    with transaction.atomic():
        member_check(by, kind, subject_id)
        subject_lock(kind, subject_id)
        if (same := _same(kind, subject_id, by, words, wanted)) is not None:
            return same
        _few_open(kind, subject_id)
        _disputable(kind, subject_id, wanted)
        objection = Objection.objects.create(
            kind=kind, subject_id=subject_id, filed_by=by, filed_at=now(), text=words,
            due_on=working_days_after(market_day(now()), WORKING_DAYS_TO_DECIDE),
        )  # fmt: skip
        about = {"objection": objection, "kind": kind, "subject_id": subject_id}
        ObjectionLine.objects.bulk_create(ObjectionLine(**about, unit=unit, ground=why) for unit, why in wanted.items())
        files_attach(checked, by=by, to=objection)
        _before_staff(objection)
        _write_down(objection, by, "filed", {"lines": wanted, "files": len(checked)})
    return objection


def objection_withdraw(*, objection: Objection, by: User) -> Objection:
    """Take back what is not decided yet. Again changes nothing."""
    with transaction.atomic():
        objection = _locked(objection)
        member_check(by, objection.kind, objection.subject_id)
        if objection.state == Objection.State.WITHDRAWN:
            return objection
        _open_check(objection)
        objection.lines.filter(state=_Line.OPEN).update(state=_Line.WITHDRAWN)
        objection.state = Objection.State.WITHDRAWN
        objection.save(update_fields=["state"])
        item_close(_ITEM, objection, outcome=objection.state)
        _write_down(objection, by, "withdrawn", {})
    return objection


def objection_decide(*, objection: Objection, by: User, verdicts: Mapping[int, tuple[str, str]]) -> Objection:
    """Decide lines: by their id "accepted" or "refused" and why, which the subject is told. What is accepted counts
    against this subject no more from the next night on. With the last line the objection is decided.

    Raises ValidationError for who acts for the subject, without a reason, and where somebody has decided a line
    otherwise meanwhile. The same again changes nothing.
    """
    with transaction.atomic():
        objection = _locked(objection)
        open_lines = {line.pk: line for line in objection.lines.select_for_update(no_key=True).order_by("pk")}
        if set(verdicts) - set(open_lines):
            raise ValidationError(_("This line is not part of the objection."))
        due = [pk for pk, said in verdicts.items() if _undecided(open_lines[pk], by, *said)]
        if not due:
            return objection
        _open_check(objection)
        impartial_check(by, objection.kind, objection.subject_id)
        for pk in due:
            _line_decide(open_lines[pk], by, *verdicts[pk])
        _close(objection, by)
        told = {str(pk): list(verdicts[pk]) for pk in due}
        _write_down(objection, by, "decided", {"lines": told, "state": str(objection.state)})
    return objection


def _words(text: str) -> str:
    words = text.replace("\0", "").strip()
    if len(words) > LONGEST_TEXT:
        raise ValidationError(
            _("Write at most %(longest)d characters; files may say more.") % {"longest": LONGEST_TEXT}
        )
    return words


def _lines(lines: Sequence[tuple[str, str]]) -> dict[str, str]:
    wanted = {unit: str(ground) for unit, ground in lines}
    if not wanted:
        raise ValidationError(_("Choose the incidents that you object to."))
    if len(lines) > MOST_LINES:
        raise ValidationError(_("Object to at most %(most)d incidents at once.") % {"most": MOST_LINES})
    if set(wanted.values()) - set(_Ground.values):
        raise ValidationError(_("Choose a ground for each incident."))
    return wanted


def _same(kind: str, subject_id: str, by: User, words: str, wanted: dict[str, str]) -> Objection | None:
    mine = Objection.objects.filter(
        kind=kind, subject_id=subject_id, filed_by=by, text=words, state=Objection.State.OPEN
    )
    lines = ((one, dict(one.lines.values_list("unit", "ground"))) for one in mine)
    return next((one for one, told in lines if told == wanted), None)


def _few_open(kind: str, subject_id: str) -> None:
    if Objection.objects.filter(kind=kind, subject_id=subject_id, state=Objection.State.OPEN).count() >= MOST_OPEN:
        raise ValidationError(
            _("%(most)d objections are open already: wait until one is decided.") % {"most": MOST_OPEN}
        )


def _disputable(kind: str, subject_id: str, wanted: dict[str, str]) -> None:
    """Raises ValidationError for what is no incident of this subject, counts no more, or was objected to before."""
    known = units_known(kind, subject_id, wanted, answers=False)
    if any(unit not in known for unit in wanted):
        raise ValidationError(_("One of the incidents is not counted against you. Choose from the list."))
    wrong = [
        _("%(key)s does not count against you any more.") % {"key": one.key} for one in known.values() if not one.counts
    ]
    before = ObjectionLine.objects.filter(kind=kind, subject_id=subject_id, unit__in=list(wanted))
    for unit in wanted:
        states = [line.state for line in before if line.unit == unit]
        if _Line.OPEN in states:
            wrong.append(_("An objection to %(key)s is open already.") % {"key": known[unit].key})
        elif states.count(_Line.REFUSED) >= TRIES:
            wrong.append(
                _("%(key)s was refused %(most)d times: that is final.") % {"key": known[unit].key, "most": TRIES}
            )
    if wrong:
        raise ValidationError(wrong)


def _before_staff(objection: Objection) -> None:
    reach = Reach.objects.filter(kind=objection.kind, subject_id=objection.subject_id).first()
    name, category = subject_known(objection.kind, objection.subject_id)
    item_open(
        _ITEM, objection, severity="low", reach=reach.orders if reach else 0, due_at=due_end(objection.due_on),
        subject_kind=objection.kind, subject_id=objection.subject_id, name=name, category=category,
        tier=reach.tier if reach else Tier.TAIL,
    )  # fmt: skip


def _locked(objection: Objection) -> Objection:
    return Objection.objects.select_for_update(no_key=True).get(pk=objection.pk)


def _open_check(objection: Objection) -> None:
    if objection.state == Objection.State.WITHDRAWN:
        raise ValidationError(_("This objection was withdrawn."))
    if objection.state != Objection.State.OPEN:
        raise ValidationError(_("This objection is decided already."))


def _undecided(line: ObjectionLine, by: User, verdict: str, reason: str) -> bool:
    """False where it was decided like this. Raises ValidationError where it was decided otherwise, saying by whom."""
    if verdict not in _WORDS:
        raise ValidationError(_("Accept the line or refuse it."))
    if not reason.strip():
        raise ValidationError(_("Give the reason: the subject is told it."))
    if (line.state, line.reason, line.decided_by_id) == (_WORDS[verdict], reason.strip(), by.pk):
        return False
    if line.state in (_Line.ACCEPTED, _Line.REFUSED):
        raise ValidationError(_("%(who)s has decided this line meanwhile.") % {"who": line.decided_by})
    return True


def _line_decide(line: ObjectionLine, by: User, verdict: str, reason: str) -> None:
    line.state, line.reason, line.decided_by, line.decided_at = _WORDS[verdict], reason.strip(), by, now()
    line.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    if line.state == _Line.ACCEPTED:
        unit_set_aside(
            unit=line.unit, kind=line.kind, subject_id=line.subject_id,
            reason=REASONS.get(_Ground(line.ground), "other"), source=f"objection:{line.pk}",
        )  # fmt: skip


def _close(objection: Objection, by: User) -> None:
    if objection.lines.filter(state=_Line.OPEN).exists():
        return
    objection.state, objection.decided_at = Objection.State.DECIDED, now()
    objection.save(update_fields=["state", "decided_at"])
    item_close(_ITEM, objection, outcome=objection.state, by=by)


def _write_down(objection: Objection, by: User, what: str, more: dict[str, object]) -> None:
    data = {"subject": [objection.kind, objection.subject_id]} | more
    audit_append(
        actor=by_user(by), action=f"objection.{what}", object_kind="objection", object_id=str(objection.pk), data=data
    )
