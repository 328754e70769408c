"""Files of somebody who gave no name: nothing in them or in what they are called is to give one either."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db.models import Sum
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.governance.files import ENDINGS, Checked, Upload, files_check
from reputation.intake.models import File, Message
from reputation.intake.stripping import TooManyPartsError, stripped

MOST_BYTES_AN_HOUR = 2 * 1024**3  # of all complainants together: whoever has many addresses does not fill the disk


def files_taken(files: Sequence[Upload]) -> list[Checked]:
    """Checked, numbered instead of named, pictures without what the camera wrote. Raises ValidationError with what is
    wrong, and where too much came in within the hour."""
    checked = files_check(files)
    if checked and _lately() >= MOST_BYTES_AN_HOUR:
        raise ValidationError(_("So many files come in now that no more can be taken. Send it without files; add them "
                                "in an hour, by your code."))  # fmt: skip
    return [_nameless(number, file) for number, file in enumerate(checked, 1)]


def _nameless(number: int, file: Checked) -> Checked:
    try:
        content = stripped(file.content_type, file.content)
    except TooManyPartsError as error:
        text = _("%(name)s cannot be taken: send PDF, PNG, JPEG, WebP, MP4 or plain text (UTF-8).")
        raise ValidationError(text % {"name": file.name}) from error
    return replace(file, name=f"{number}{ENDINGS[file.content_type]}", content=content)


def _lately() -> int:
    """Bytes of files by complainants within the last hour."""
    said = {"message__author": Message.Author.COMPLAINANT, "message__at__gt": now() - timedelta(hours=1)}
    return int(File.objects.filter(**said).aggregate(bytes=Sum("size"))["bytes"] or 0)
