"""Bytes or records in; checked rows and named faults out. Whole batches first, row by row only if that fails."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import UNSET

from reputation.evidence import checks, faults
from reputation.evidence.faults import Fault
from reputation.evidence.kinds import ANSWERS, Kind
from reputation.evidence.rows import Row

RAW_KEPT = 20_000  # characters of a rejected row; a longer one is surely cut or garbage
_SPACE = re.compile(r"[ \t\r\n]*")
Piece = tuple[str, Fault | None]  # the text of a row, and what is wrong if it is no row
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class TooManyRowsError(ValueError):
    pass


@dataclass(frozen=True)
class Rejection:
    row: int  # from 1
    field: str
    error: str
    raw: str


@dataclass
class Incoming:
    rows: list[Row] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of `rows`, from 1
    rejections: list[Rejection] = field(default_factory=list)
    unread: int = 0  # rejections of what is no JSON at all
    columns: dict[str, list[Any]] | None = None  # of `rows`, where the checks have made them already

    def reject(self, number: int, fault: Fault, raw: str) -> None:
        self.rejections.append(Rejection(number, readable(fault.field), readable(fault.error), readable(raw)))


def body(kind: Kind, data: bytes, now: datetime, *, most: int | None = None, first_row: int = 1) -> Incoming:
    """A JSON array, or one JSON object per line."""
    try:
        is_array = data.lstrip()[:1] == b"["
        rows = kind.array_decoder.decode(data) if is_array else kind.decoder.decode_lines(data)
    except _UNREADABLE:
        return _one_by_one(kind, _pieces(data), now, most, first_row)
    _at_most(len(rows), most)
    return _checked(kind, rows, now, first_row)


def records(kind: Kind, items: Sequence[Mapping[str, Any] | Fault], now: datetime, *, first_row: int = 1) -> Incoming:
    """Records of a file; a Fault stands for one that could not be read."""
    try:
        return _checked(kind, msgspec.convert(items, list[kind.row]), now, first_row)  # type: ignore[name-defined]
    except _UNREADABLE:
        pass
    incoming = Incoming()
    for number, item in enumerate(items, first_row):
        if isinstance(item, Fault):
            incoming.reject(number, item, "")
            continue
        try:
            row = msgspec.convert(item, kind.row)
        except msgspec.ValidationError as error:
            incoming.reject(number, faults.of_validation(kind, error), record_text(item))
        else:
            _keep(kind, incoming, number, row, now, record_text(item))
    return incoming


def columns_of(kind: Kind, rows: Sequence[Row]) -> dict[str, list[Any]]:
    names = [name for name in kind.shapes if name != "answers"]
    return {name: list(map(attrgetter(name), rows)) for name in names}


def readable(raw: str) -> str:
    """As received, fit for a text column: bytes that are no text stand as \\xNN."""
    received = raw[:RAW_KEPT].encode("utf-8", "surrogateescape" if _escaped(raw) else "backslashreplace")
    return received.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _escaped(raw: str) -> bool:
    return not any("\ud800" <= letter < "\udc80" or "\udcff" < letter <= "\udfff" for letter in raw)


def _checked(kind: Kind, rows: list[Row], now: datetime, first_row: int) -> Incoming:
    numbers = list(range(first_row, first_row + len(rows)))
    columns = _flat(kind, rows)
    if not isinstance(columns, Fault) and checks.first_fault(kind, columns, now) is None:
        return Incoming(rows, numbers, columns=columns)
    incoming = Incoming()
    for number, row in zip(numbers, rows, strict=True):
        _keep(kind, incoming, number, row, now, None)
    return incoming


def row_text(kind: Kind, row: Row) -> str:
    """A decoded row as it may be sent again."""
    told = {sent: getattr(row, name) for name, sent in kind.sent_names.items()}
    return record_text({name: value for name, value in told.items() if value is not UNSET})


def record_text(item: Mapping[str, Any]) -> str:
    return json.dumps(item, default=str, ensure_ascii=False)


def _keep(kind: Kind, incoming: Incoming, number: int, row: Row, now: datetime, raw: str | None) -> None:
    columns = _flat(kind, [row])
    fault = columns if isinstance(columns, Fault) else checks.first_fault(kind, columns, now)
    if fault is not None:
        incoming.reject(number, fault, row_text(kind, row) if raw is None else raw)
        return
    incoming.rows.append(row)
    incoming.numbers.append(number)


def _flat(kind: Kind, rows: Sequence[Any]) -> dict[str, list[Any]] | Fault:
    """Columns of the rows, once nested answers stand beside the other fields."""
    if "answers" in kind.shapes:
        for row in rows:
            if row.answers is UNSET:
                continue
            for name in ANSWERS:
                value = getattr(row.answers, name)
                if value is UNSET:
                    continue
                if getattr(row, name) not in (UNSET, value):
                    return Fault(f"answers.{name}", _("differs from %(name)s; send the answer once") % {"name": name})
                setattr(row, name, value)
            row.answers = UNSET
    return columns_of(kind, rows)


def _one_by_one(kind: Kind, pieces: Iterator[Piece], now: datetime, most: int | None, first_row: int) -> Incoming:
    incoming = Incoming()
    number = first_row - 1
    for number, (piece, broken) in enumerate(pieces, first_row):
        _at_most(number - first_row + 1, most)
        if broken is not None:
            incoming.unread += 1
            incoming.reject(number, broken, piece)
            continue
        try:
            row = kind.decoder.decode(piece.encode("utf-8", "surrogateescape"))
        except msgspec.ValidationError as error:
            incoming.reject(number, faults.of_validation(kind, error), piece)
        except (*_UNREADABLE, UnicodeEncodeError) as error:
            fault = faults.of_unreadable(piece, error)
            incoming.unread += not fault.field
            incoming.reject(number, fault, piece)
        else:
            _keep(kind, incoming, number, row, now, piece)
    return incoming


def _at_most(count: int, most: int | None) -> None:
    if most is not None and count > most:
        raise TooManyRowsError


def _pieces(data: bytes) -> Iterator[Piece]:
    """The text of each row: the elements of an array as far as it can be read, or the lines."""
    text = data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    if text.lstrip(" \t\r\n")[:1] == "[":
        return _elements(text)
    return ((line, None) for line in text.split("\n") if line.strip())


def _elements(text: str) -> Iterator[Piece]:
    decoder = json.JSONDecoder(strict=False)
    place = _skip(text, text.index("[") + 1)
    while text[place : place + 1] != "]":
        try:
            _value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError) as error:
            message = _("not valid JSON (%(error)s); it and all after it were not read: send them again")
            yield text[place:], Fault("", message % {"error": error})
            return
        yield text[place:end], None
        place = _skip(text, end)
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            message = _('expected "," or "]" at character %(place)s; all after it was not read: send it again')
            yield text[place:], Fault("", message % {"place": place})
            return
    if _skip(text, place + 1) != len(text):
        yield text[place + 1 :], Fault("", _("something follows the array and was not read; send one array"))


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place
