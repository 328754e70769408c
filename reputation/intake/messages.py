"""What both sides write about a complaint, with files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.governance.files import Checked
from reputation.intake.models import File, Message

LONGEST_TEXT = 4000  # as evidence takes it
MOST_MESSAGES = 20  # of one side about one complaint


def words(text: str) -> str:
    """Raises ValidationError for a text without a word in it, or too long."""
    told = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not told:
        raise ValidationError(_("Write what happened."))
    if len(told) > LONGEST_TEXT:
        raise ValidationError(
            _("Write at most %(longest)d characters; files may say more.") % {"longest": LONGEST_TEXT}
        )
    return told


def message_write(*, complaint_id: str, text: str, files: Sequence[Checked] = (), **author: object) -> Message | None:
    """Keep it, in the caller's transaction; None where the same side has just said the same. Raises ValidationError
    for one more than may be written."""
    before = Message.objects.filter(complaint_id=complaint_id, author=author["author"])
    newest = before.order_by("-id").first()
    if newest is not None and newest.text == text and _digests(newest) == sorted(map(digest, files)):
        return None
    if before.count() >= MOST_MESSAGES:
        raise ValidationError(_("That is as much as can be written about one complaint."))
    made = Message.objects.create(complaint_id=complaint_id, text=text, at=now(), **author)
    File.objects.bulk_create(
        File(
            message=made, name=file.name, content_type=file.content_type, size=len(file.content), content=file.content,
            digest=digest(file),
        )
        for file in files
    )  # fmt: skip
    return made


def digest(file: Checked) -> str:
    return hashlib.sha256(file.content).hexdigest()


def _digests(message: Message) -> list[str]:
    return sorted(message.files.values_list("digest", flat=True))
