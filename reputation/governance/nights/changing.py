"""Many rows changed in one statement, each to values of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def rows_change(table: str, key: str, columns: Mapping[str, tuple[str, Sequence[Any]]], where: str = "TRUE") -> int:
    """`columns`: name -> type and values, among them the key; every value goes to the row whose key stands beside it.

    Returns how many rows were changed. Names come from the code, never from outside.
    """
    names = ", ".join(columns)
    sent = ", ".join(f"%s::{'text' if kind == 'jsonb' else kind}[]" for kind, _values in columns.values())
    cast = {name: f"told.{name}::{kind}" for name, (kind, _values) in columns.items() if name != key}
    setting = ", ".join(f"{name} = {value}" for name, value in cast.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} AS row SET {setting} FROM unnest({sent}) AS told ({names})"  # noqa: S608
            f" WHERE row.{key} = told.{key} AND {where}",
            [list(values) for _kind, values in columns.values()],
        )
        return int(cursor.rowcount)
