"""What staff write about a subject for each other. Nothing outside the console may read this module."""

from __future__ import annotations

import hashlib

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.ledger_lock import ledger_lock
from reputation.base.time import now
from reputation.governance.models import Note

LONGEST = 5000


@transaction.atomic
def note_write(*, kind: str, subject_id: str, by: AbstractBaseUser, text: str) -> Note:
    """Keep a note. What its writer has just written about this subject is not written twice.

    The audit log tells that it was written, with its hash, and not what it says: the log may be handed on.
    """
    if not (text := text.strip()):
        raise ValidationError(_("The note is empty."))
    if len(text) > LONGEST:
        raise ValidationError(_("A note has at most %(longest)d characters.") % {"longest": LONGEST})
    ledger_lock()  # one at a time: a form sent twice at once is one note
    newest = notes_of(kind, subject_id).first()
    if newest is not None and (newest.by_id, newest.text) == (by.pk, text):
        return newest
    note = Note.objects.create(kind=kind, subject_id=subject_id, by=by, text=text, at=now())
    told = {"subject": [kind, subject_id], "sha256": hashlib.sha256(text.encode()).hexdigest()}
    audit_append(actor=by_user(by), action="note.written", object_kind="note", object_id=str(note.pk), data=told)
    return note


def notes_of(kind: str, subject_id: str) -> QuerySet[Note]:
    """Newest first."""
    return Note.objects.filter(kind=kind, subject_id=subject_id).select_related("by").order_by("-at", "-id")
