"""What each unit has been counted as, kept so that the next count adds only the difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from django.db import connection

from reputation.nightly.roll.copying import rows_copy
from scoring.outcomes import PROMISE_KINDS, due_column

COLUMNS = ["unit", "store_id", "anchor_id", "facts"]
DUE = [due_column(kind) for kind in PROMISE_KINDS]
_ALL = ", ".join([*COLUMNS, *DUE])
_READ = "SELECT unit, store_id, anchor_id, facts FROM nightly_tally JOIN chunk_unit USING (unit) ORDER BY unit"
_FRESH = (
    'CREATE TEMP TABLE fresh (unit text COLLATE "C", store_id text, anchor_id text, facts bytea,'
    f" {', '.join(f'{name} date' for name in DUE)}) ON COMMIT DROP"
)
_GONE = (
    "DELETE FROM nightly_tally t USING chunk_unit c"
    " WHERE t.unit = c.unit AND NOT EXISTS (SELECT FROM fresh f WHERE f.unit = t.unit)"
)
_UPSERT = (
    f"INSERT INTO nightly_tally ({_ALL}) SELECT {_ALL} FROM fresh ORDER BY unit"  # noqa: S608
    f" ON CONFLICT (unit) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in [*COLUMNS, *DUE][1:])}"
)


def tallies_read() -> pd.DataFrame:
    """The chunk's stored tallies: unit, store_id, anchor_id, facts (bytes)."""
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        return pd.DataFrame([(*row[:3], bytes(row[3])) for row in cursor.fetchall()], columns=COLUMNS)


def tallies_write(tallies: pd.DataFrame) -> None:
    """Replace the chunk's tallies. A unit that counts for nothing any more, a retracted order say, is dropped."""
    with connection.cursor() as cursor:
        cursor.execute(_FRESH)
        types = ("text", "text", "text", "bytea", *("date" for _ in DUE))
        rows_copy("fresh", [*COLUMNS, *DUE], types, _rows(tallies))
        cursor.execute("ANALYZE fresh")
        cursor.execute(_GONE)
        cursor.execute(_UPSERT)
        cursor.execute("DROP TABLE fresh")


def _rows(tallies: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    due = ([None if pd.isna(day) else day for day in tallies[name].tolist()] for name in DUE)
    return zip(*(tallies[name].tolist() for name in COLUMNS), *due, strict=True)
