"""What each unit has been counted as, kept so that the next count adds only the difference."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
from django.db import connection

from reputation.nightly.roll.copying import rows_copy

COLUMNS = ["unit", "store_id", "anchor_id", "facts"]
_READ = "SELECT unit, store_id, anchor_id, facts FROM nightly_tally JOIN chunk_unit USING (unit) ORDER BY unit"
_FRESH = (
    'CREATE TEMP TABLE fresh (unit text COLLATE "C", store_id text, anchor_id text, facts bytea, due_on date)'
    " ON COMMIT DROP"
)
_GONE = (
    "DELETE FROM nightly_tally t USING chunk_unit c"
    " WHERE t.unit = c.unit AND NOT EXISTS (SELECT FROM fresh f WHERE f.unit = t.unit)"
)
_UPSERT = (
    "INSERT INTO nightly_tally (unit, store_id, anchor_id, facts, due_on)"
    " SELECT unit, store_id, anchor_id, facts, due_on FROM fresh ORDER BY unit"
    " ON CONFLICT (unit) DO UPDATE SET store_id = excluded.store_id, anchor_id = excluded.anchor_id,"
    " facts = excluded.facts, due_on = excluded.due_on"
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
        types = ("text", "text", "text", "bytea", "date")
        rows_copy("fresh", [*COLUMNS, "due_on"], types, _rows(tallies))
        cursor.execute("ANALYZE fresh")
        cursor.execute(_GONE)
        cursor.execute(_UPSERT)
        cursor.execute("DROP TABLE fresh")


def _rows(tallies: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    due = [None if pd.isna(day) else day for day in tallies["due_on"].tolist()]
    return zip(*(tallies[name].tolist() for name in COLUMNS), due, strict=True)
