"""All that the system keeps about one subject, as a ZIP for its own people: nobody else's name or figure is in it."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import IO, Any

from django.contrib.auth.models import User
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.tables import csv_lines
from reputation.base.time import now
from reputation.portal import export_parts as parts
from reputation.portal.selectors import Subject

_json = DjangoJSONEncoder(ensure_ascii=False, indent=1)


class ExportBusyError(Exception):
    """Somebody is exporting this subject at the moment."""


@dataclass(frozen=True)
class Part:
    """A file of the ZIP. `write` gives its text piece by piece."""

    name: str
    about: Promise | str
    write: Callable[[Subject, User], Iterable[str]]


def _table(columns: Sequence[str], rows: Callable[[Subject], Iterable[Sequence[Any]]]) -> Callable[..., Iterable[str]]:
    return lambda subject, _by: csv_lines(columns, rows(subject))


def _list(rows: Callable[[Subject], Iterable[Any]]) -> Callable[..., Iterable[str]]:
    return lambda subject, _by: json_lines(rows(subject))


def json_lines(rows: Iterable[Any]) -> Iterator[str]:
    """A JSON array, an element at a time."""
    before = "[\n"
    for row in rows:
        yield before + _json.encode(row)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def contents() -> list[Part]:
    """In the order of the README."""
    return [
        Part("ratings.csv", _("Your rating of every night: state, stars, range, orders."), _table(parts.RATING_COLUMNS, parts.rating_rows)),
        Part("ratings.json", _("The same with aspects, what was excluded and what moved the star."), _list(parts.ratings)),
        Part("incidents.csv", _("Every order, complaint and chat that speaks against you, what it was, and whether it counts."), _table(parts.INCIDENT_COLUMNS, parts.incident_rows)),
        Part("answers.csv", _("What buyers and viewers answered, in groups of at least five answers."), _table(parts.ANSWER_COLUMNS, parts.answer_rows)),
        Part("set_aside.json", _("Findings about you: what was set aside, and what became of it."), _list(parts.findings)),
        Part("notices.json", _("Measures against you, with every statement of reasons."), _list(parts.notices)),
        Part("appeals.json", _("Your appeals and how they were decided."), _list(parts.appeals)),
        Part("objections.json", _("Your objections, line by line."), _list(parts.objections)),
        Part("complaints.json", _("Complaints about you with what both sides said. Who complained is not in it."), _list(parts.complaints)),
        Part("members.json", _("Who acts for you."), lambda subject, by: json_lines(parts.members(subject, by))),
        Part("settings.json", _("Your own settings; for owners keys and webhooks too, without any secret."), parts.settings_text),
    ]  # fmt: skip


def export_make(*, subject: Subject, by: User) -> IO[bytes]:
    """The ZIP in a temporary file, which goes when it is closed; that it was made stands in the audit log.

    Raises ExportBusyError while another export of the subject is being made.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (whoever is handed it closes it)
    try:
        with transaction.atomic():
            _alone(subject)
            sizes = _zip(file, subject, by)
            audit_append(
                actor=by_user(by), action="subject.exported", object_kind=subject.kind, object_id=subject.id,
                data={"files": sizes},
            )  # fmt: skip
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _alone(subject: Subject) -> None:
    number = int.from_bytes(sha256(f"export:{subject.kind}:{subject.id}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise ExportBusyError


def _zip(file: IO[bytes], subject: Subject, by: User) -> dict[str, int]:
    """Fills it; returns the length of every file in it."""
    sizes, at = dict[str, int](), now()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("README.txt", readme(subject, at))
        for part in contents():
            sizes[part.name] = _add(packed, part.name, part.write(subject, by))
        for name, content in parts.files(subject):
            packed.writestr(f"files/{name}", content)
            sizes[f"files/{name}"] = len(content)
    return sizes


def _add(packed: zipfile.ZipFile, name: str, pieces: Iterable[str]) -> int:
    written = 0
    with packed.open(name, "w") as entry, io.TextIOWrapper(entry, encoding="utf-8", newline="") as text:
        for piece in pieces:
            written += text.write(piece)
    return written


def readme(subject: Subject, at: datetime) -> str:
    """What is in it, in the language of who asked."""
    head = _("All that Livestar keeps about %(name)s (%(kind)s %(id)s), as of %(at)s.") % {
        "name": subject.name, "kind": subject.kind, "id": subject.id, "at": at.isoformat(timespec="seconds"),
    }  # fmt: skip
    lines = [f"{part.name}\r\n    {part.about}" for part in contents()]
    files = "files/\r\n    " + _("Files that you have sent with appeals and objections.")
    note = _("Times are UTC. CSV files open in any spreadsheet; a cell that begins with ' was written so that it is no formula.")  # fmt: skip
    return "\r\n\r\n".join([head, *lines, files, note]) + "\r\n"


def file_name(subject: Subject, at: datetime) -> str:
    """Letters and digits alone: an id may hold anything."""
    key = "".join(char if char.isascii() and char.isalnum() else "_" for char in subject.id)[:60]
    return f"livestar-{subject.kind}-{key}-{at:%Y-%m-%d}.zip"
