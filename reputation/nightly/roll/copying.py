"""Rows into PostgreSQL by COPY: ten times what an ORM does. Their way out is in reputation.evidence.frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection


def rows_copy(target: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table in binary form, which spares every value its escaping."""
    statement = f"COPY {target} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
