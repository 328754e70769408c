"""Answers of the store or anchor that a complaint is about."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.outbox.events import event_emit
from reputation.evidence.models import Complaint
from reputation.governance.appeals.services import member_check
from reputation.governance.files import Upload, files_check
from reputation.governance.subject_lock import subject_lock
from reputation.intake.evidence import evidence_write
from reputation.intake.messages import message_write, words
from reputation.intake.models import Message
from reputation.intake.selectors import complaints_of


def complaint_answer(
    *, complaint_id: str, kind: str, subject_id: str, by: User, text: str, files: Sequence[Upload] = ()
) -> bool:
    """Answer a complaint about one's own store or anchor; False where the same was said before.

    The first answer is kept as evidence: it keeps the promise of an answer within ten days. The platform hears of every
    answer by the event complaint.answered. Raises PermissionDenied for who does not act for the subject,
    ValidationError for a complaint that is not about it, or closed.
    """
    checked, said = files_check(files), words(text)
    with transaction.atomic():
        member_check(by, kind, subject_id)
        subject_lock(kind, subject_id)
        complaint = _open(complaint_id, kind, subject_id)
        who = {"author": Message.Author.SUBJECT, "kind": kind, "subject_id": subject_id, "by": by}
        message = message_write(complaint_id=complaint_id, text=said, files=checked, **who)
        if message is None:
            return False
        if complaint.first_response_at is None:
            evidence_write("complaints", {"complaint_id": complaint_id, "first_response_at": message.at})
        _tell(complaint, kind, subject_id, message)
        told = {"subject": [kind, subject_id], "files": len(checked)}
        audit_append(
            actor=by_user(by), action="complaint.answered", object_kind="complaint", object_id=complaint_id, data=told
        )
    return True


def _open(complaint_id: str, kind: str, subject_id: str) -> Complaint:
    complaint = complaints_of(kind, subject_id).filter(pk=complaint_id).first() if "\0" not in complaint_id else None
    if complaint is None:
        raise ValidationError(_("There is no such complaint about you."))
    if complaint.outcome is not None or complaint.closed_at is not None:
        raise ValidationError(_("This complaint is closed; nothing can be added."))
    return complaint


def _tell(complaint: Complaint, kind: str, subject_id: str, message: Message) -> None:
    payload = {
        "complaint": complaint.complaint_id, "category": complaint.category, "order": complaint.order_id,
        "subject": {"kind": kind, "id": subject_id}, "at": message.at.isoformat(), "text": message.text,
    }  # fmt: skip
    event_emit(event="complaint.answered", subject_key=f"{kind}:{subject_id}", payload=payload)
