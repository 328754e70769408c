"""Evidence in PostgreSQL: COPY for what is new, one UPDATE for what changed, all in the caller's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from types import NoneType
from typing import Any

import msgspec
from django.db import connection

from reputation.evidence.columns import HISTORY, Table, key_texts, value_text
from reputation.evidence.fold import State, Version, fresh
from reputation.evidence.kinds import Kind

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_MET = ("observed_at", "first_observed_at", "sent", "versions", "retracted", "batch_id")
_PARSED = ("first_answers",)


class Stored:
    """One row as it stands, with its versions."""

    def __init__(self, kind: Kind, row: Mapping[str, Any]) -> None:
        self.keys = {name: row[name] for name in kind.keys}
        self.columns = row
        self.kept = row["versions"] > 1  # its patches stand in evidence.Version
        self.versions: list[Version] = []
        if not self.kept:
            sent = row["sent"]
            patch = {name: row[name] for bit, name in enumerate(kind.fields) if sent >> bit & 1}
            self.versions.append(Version(row["observed_at"], patch, bool(sent & HISTORY)))


def copy_rows(table: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """COPY columns of canonical values, rows in key order so that two writers never wait for each other in a ring."""
    lines = list(map("\t".join, zip(*map(_texts, columns.values()), strict=True)))
    lines.sort()
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        copy.write("\n".join(lines).encode())


def _texts(column: Sequence[Any]) -> Sequence[str]:
    classes = set(map(type, column))
    if classes == {NoneType}:
        return ["\\N"] * len(column)
    has_null = NoneType in classes
    present = [value for value in column if value is not None] if has_null else column
    texts = present if classes <= {str, NoneType} else list(map(str, present))
    joined = "".join(texts)
    if any(mark in joined for mark in "\\\t\n\r"):
        texts = [text.translate(_ESCAPES) for text in texts]
    if not has_null:
        return texts
    following = iter(texts)
    return ["\\N" if value is None else next(following) for value in column]


def rows_insert(table: Table, batch: int) -> None:
    columns = {**fresh(table), "batch_id": [batch] * len(table)}
    copy_rows(table.kind.table, columns)


def rows_lock(table: Table) -> dict[str, Stored]:
    """Those of the table's keys that are there already, locked in key order."""
    kind = table.kind
    names = [*kind.keys, *(name for name in kind.fields if name != "retracted"), *_MET]
    where, parameters = _match(table)
    order = ", ".join(kind.keys)
    query = f"SELECT {', '.join(names)} FROM {kind.table} WHERE {where} ORDER BY {order} FOR UPDATE"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = [dict(zip(names, map(value_text, row), strict=True)) for row in cursor.fetchall()]
    keys = key_texts([[row[name] for row in rows] for name in kind.keys])
    found = {key: Stored(kind, row) for key, row in zip(keys, rows, strict=True)}
    _versions_read(kind, {key: stored for key, stored in found.items() if stored.kept})
    return found


def _match(table: Table) -> tuple[str, list[Any]]:
    """SQL for "one of the table's keys". Keys travel as JSON, which is made ten times as fast as an array."""
    kind = table.kind
    columns = [_json(table.columns[name]) for name in kind.keys]
    if len(columns) == 1:
        return f"{kind.keys[0]} = ANY(ARRAY(SELECT json_array_elements_text(%s::json)))", columns
    parts = ", ".join(f"json_array_elements_text(%s::json)::{_type(kind, name)}" for name in kind.keys)
    return f"({', '.join(kind.keys)}) IN (SELECT {parts})", columns


def _type(kind: Kind, name: str) -> str:
    return "date" if name in kind.dates else "text"


def _json(values: Any) -> str:
    return msgspec.json.encode(values).decode()


def _versions_read(kind: Kind, found: Mapping[str, Stored]) -> None:
    if not found:
        return
    query = "SELECT key, observed_at, patch, history FROM evidence_version WHERE kind = %s AND key = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(query, [kind.name, list(found)])
        for key, observed_at, patch, history in cursor.fetchall():
            told = json.loads(patch) if isinstance(patch, str) else patch
            found[key].versions.append(Version(value_text(observed_at), told, history))


def versions_insert(kind: Kind, versions: Iterable[tuple[str, Version, int]]) -> None:
    """(key, version, batch) each."""
    rows = list(versions)
    columns = {
        "kind": [kind.name] * len(rows),
        "key": [key for key, _version, _batch in rows],
        "observed_at": [version.observed_at for _key, version, _batch in rows],
        "patch": [_json(version.patch) for _key, version, _batch in rows],
        "history": [version.history for _key, version, _batch in rows],
        "batch_id": [batch for _key, _version, batch in rows],
    }
    copy_rows("evidence_version", columns)


def rows_update(kind: Kind, states: Sequence[State]) -> None:
    names = [name for name in states[0] if name not in kind.keys]
    setting = ", ".join(f"{name} = t.{name}" for name in names)
    same = " AND ".join(f"o.{name} = t.{name}" for name in kind.keys)
    source = f"json_populate_recordset(NULL::{kind.table}, %s::json)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {kind.table} o SET {setting} FROM {source} t WHERE {same}",  # noqa: S608 (names are our own)
            [_json(states)],
        )
