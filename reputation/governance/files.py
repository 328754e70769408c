"""Files that speak for an appeal or an objection: taken by what they are, not by what they are called."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import puremagic
from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from reputation.base.time import now
from reputation.governance.models import Appeal, Attachment, Objection
from reputation.subjects.models import Membership

MOST_FILES = 5
MOST_BYTES = 5 * 1024 * 1024
# Content type -> the ending that its name gets.
ENDINGS = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
}
# Where each begins. What a library names by content may as well begin as something else, and is that to whoever opens
# it.
_BEGINS = {
    "application/pdf": re.compile(rb"%PDF-"),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "video/mp4": re.compile(rb"....ftyp", re.DOTALL),
}
_LONGEST_NAME = 120
_UNSAFE = re.compile(r"[^\w.()\[\] -]+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)$", re.IGNORECASE)
_JOINERS = "\u200b\u200c\u200d\ufeff"  # they hold emoji and some scripts together
_PASSIVE = "default-src 'none'; sandbox"


class Upload(Protocol):
    """What a form gives for a file."""

    name: str | None
    size: int | None

    def read(self) -> bytes: ...


@dataclass(frozen=True)
class Checked:
    name: str
    content_type: str
    content: bytes


def files_check(files: Sequence[Upload]) -> list[Checked]:
    """What they are. Raises ValidationError with everything that is wrong with any of them."""
    if len(files) > MOST_FILES:
        raise ValidationError(_("Add at most %(most)s files.") % {"most": MOST_FILES})
    checked, wrong = [], []
    for file in files:
        try:
            checked.append(_check(file))
        except ValidationError as error:
            wrong += error.messages
    if wrong:
        raise ValidationError(wrong)
    return checked


def files_attach(checked: Sequence[Checked], *, by: AbstractBaseUser, to: Appeal | Objection) -> None:
    """Keep them with what they speak for, in the caller's transaction."""
    about = {"appeal": to} if isinstance(to, Appeal) else {"objection": to}
    Attachment.objects.bulk_create(
        Attachment(
            **about, name=file.name, content_type=file.content_type, size=len(file.content), content=file.content,
            digest=hashlib.sha256(file.content).hexdigest(), added_by=by, added_at=now(),
        )
        for file in checked
    )  # fmt: skip


def attachment_of_member(attachment: Attachment, user: User) -> bool:
    """Whether they act for the subject. Staff read files in the console, with a second factor."""
    about = attachment.objection or (attachment.appeal and attachment.appeal.action)
    assert about is not None  # noqa: S101 (a constraint of the table)
    return Membership.objects.filter(user=user, kind=about.kind, subject_id=about.subject_id).exists()


def attachment_response(attachment: Attachment) -> HttpResponse:
    """The file as a download that no browser opens as a page of ours, whatever is in it."""
    told = attachment.content_type + ("; charset=utf-8" if attachment.content_type == "text/plain" else "")
    response = HttpResponse(bytes(attachment.content), content_type=told)
    response["Content-Disposition"] = content_disposition_header(True, attachment.name)
    response["Content-Security-Policy"] = _PASSIVE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


def _check(file: Upload) -> Checked:
    given = harmless(file.name or "")
    if not file.size:
        raise ValidationError(_("%(name)s is empty.") % {"name": given})
    if file.size > MOST_BYTES:
        raise ValidationError(_("%(name)s is larger than 5 MB.") % {"name": given})
    content = file.read()
    kind = content_type(content)
    if kind is None:
        text = _("%(name)s cannot be taken: send PDF, PNG, JPEG, WebP, MP4 or plain text (UTF-8).")
        raise ValidationError(text % {"name": given})
    return Checked(harmless(file.name or "", ENDINGS[kind]), kind, content)


def content_type(content: bytes) -> str | None:
    """One of ENDINGS, by the content alone; None for anything else."""
    for kind, begins in _BEGINS.items():
        if begins.match(content):
            return kind if kind in _named(content) else None
    return "text/plain" if _is_text(content) else None


def _named(content: bytes) -> set[str]:
    """What the library takes it for, with its doubts."""
    try:
        return {match.mime_type for match in puremagic.magic_stream(io.BytesIO(content))}
    except (puremagic.PureError, ValueError):
        return set()


def _is_text(content: bytes) -> bool:
    """Readable UTF-8, and neither a page nor a drawing nor a script: those begin with a tag or with "#!"."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    readable = all(char.isprintable() or char.isspace() or char in _JOINERS for char in text)
    return readable and bool(text.strip()) and not text.lstrip().startswith(("<", "#!"))


def harmless(name: str, ending: str = "") -> str:
    """A name that is one on every system: no path, nothing invisible, nothing that turns the reading round, and the
    ending of what the file is."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    stem = last.rpartition(".")[0] if ending and "." in last else last
    stem = _UNSAFE.sub("_", "".join(char for char in stem if char.isprintable())).strip(" ._")
    if not stem or _DEVICES.match(stem):
        stem = f"file{'_' if stem else ''}{stem}"
    return stem[: _LONGEST_NAME - len(ending)].rstrip(" .") + ending
