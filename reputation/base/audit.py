"""The audit log: what people did, append-only, each entry chained to the one before it by its hash."""

from __future__ import annotations

import getpass
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from reputation.base.ledger_lock import ledger_lock
from reputation.base.models import AuditEntry
from reputation.base.time import now

ROOT = "0" * 64  # what the first entry follows on from
SYSTEM = "system"
_CHUNK = 20_000
_canonical = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


class Row(NamedTuple):
    sequence: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    data: str
    previous: str
    digest: str


@dataclass(frozen=True)
class Verdict:
    """`bad` is the first sequence at which the chain is not what was written; None: the chain holds."""

    entries: int
    head: str  # "SEQUENCE:HASH" of the last entry that holds
    bad: int | None = None
    why: str = ""


def by_user(user: AbstractBaseUser) -> str:
    return f"user:{user.get_username()}"


def by_key(name: str) -> str:
    """A platform's program, by the name of its key."""
    return f"key:{name}"


def by_operator(name: str = "") -> str:
    """Who runs a command, by name or else by the account of the operating system."""
    return f"operator:{name.strip() or _account()}"


def _account() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return "unnamed"


def audit_append(*, actor: str, action: str, object_kind: str, object_id: str, data: dict[str, Any]) -> AuditEntry:
    """Write down what is being done, in the transaction that does it, as late in it as can be.

    `data` is plain JSON. Others who append wait until this transaction ends, so the chain never forks.
    """
    text = _canonical(data)
    ledger_lock()
    head = AuditEntry.objects.order_by("-sequence").values_list("sequence", "digest").first()
    sequence, previous = (head[0] + 1, head[1]) if head else (1, ROOT)
    row = Row(sequence, now(), actor, action, object_kind, object_id, text, previous, "")
    return AuditEntry.objects.create(**row._replace(digest=digest(row))._asdict())


def digest(row: Row) -> str:
    """SHA-256 of the JSON array of all fields but the hash itself, in their order; docs/audit.md has the format."""
    sequence, at, *words, _digest = row
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(_canonical([sequence, moment, *words]).encode()).hexdigest()


def audit_verify(*, expect: str = "", rows: Iterable[Row] | None = None) -> Verdict:
    """Walk the chain. `expect` is a head that was told before ("SEQUENCE:HASH"): it must still stand in the chain.

    Without it, cutting off the end or writing the whole chain anew could not be seen.
    """
    wanted = _head(expect)
    sequence, last = 0, ROOT
    for row in audit_rows() if rows is None else rows:
        if why := _wrong(row, sequence + 1, last, wanted):
            return Verdict(sequence, f"{sequence}:{last}", sequence + 1, why)
        sequence, last = row.sequence, row.digest
    head = f"{sequence}:{last}"
    if sequence < wanted[0]:
        return Verdict(sequence, head, sequence + 1, f"it ends here, yet there once was an entry {wanted[0]}")
    return Verdict(sequence, head)


def _head(expect: str) -> tuple[int, str]:
    sequence, colon, found = expect.partition(":")
    if not expect:
        return 0, ROOT
    if not (colon and sequence.isdecimal() and len(found) == len(ROOT)):
        raise ValueError("expect: write the head as it was told, SEQUENCE:HASH")
    return int(sequence), found


def _wrong(row: Row, expected: int, last: str, wanted: tuple[int, str]) -> str:
    if row.sequence != expected:
        return f"it is missing; the next entry is {row.sequence}"
    if digest(row) != row.digest:
        return "its content is not what was hashed"
    if row.previous != last:
        return f"it does not follow on from {expected - 1}: one of the two was written anew"
    if row.sequence == wanted[0] and row.digest != wanted[1]:
        return "its hash is not the one that was told: the chain up to here was written anew"
    return ""


def audit_rows() -> Iterator[Row]:
    """All entries in order, read in chunks."""
    columns = ", ".join(Row._fields)
    query = f"SELECT {columns} FROM base_auditentry WHERE sequence > %s ORDER BY sequence LIMIT {_CHUNK}"  # noqa: S608
    last: int | None = -(2**63)
    while last is not None:
        with connection.cursor() as cursor:
            cursor.execute(query, [last])
            chunk = cursor.fetchall()
        yield from map(Row._make, chunk)
        last = chunk[-1][0] if chunk else None
