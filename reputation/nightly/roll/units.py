"""Which units this roll looks at: what evidence marked, what a passed deadline calls, whose live session turned up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db import connection

from reputation.evidence.frames import CHUNK
from reputation.evidence.selectors import exclusion_units, live_units
from scoring.outcomes import PROMISE_KINDS, due_column

CHUNK_UNITS = 100_000  # bounds the memory of a roll: about 150 MiB of frames

# Each kind by its own closed days: an open promise of a kind that is never closed calls nobody.
_DUE = " UNION ".join(
    f"SELECT unit FROM nightly_tally WHERE {due_column(kind)} <= %({kind})s::date"  # noqa: S608
    for kind in PROMISE_KINDS
)
# What screening set aside is counted out in the very night that found it, whenever its mark was made.
_MARKS = """
CREATE TEMP TABLE mark ON COMMIT DROP AS
SELECT id, unit FROM evidence_dirtyunit
WHERE %(through)s::bigint IS NULL OR id <= %(through)s OR unit IN (SELECT unit FROM evidence_heldunit)
"""
# Marks of units that are counted; the others speak of many units, of days, or to the screening alone.
_TO_COUNT = f"""
CREATE TEMP TABLE todo ON COMMIT DROP AS
SELECT unit, (row_number() OVER (ORDER BY unit) - 1) / %(size)s AS chunk FROM (
    SELECT unit FROM mark WHERE unit ~ '^[ochv]:'
    UNION
    SELECT unnest(%(reached)s::text[])
    UNION
    {_DUE}
    UNION
    SELECT waiting.unit FROM nightly_liveunit waiting
    JOIN subjects_livesession live USING (live_id) WHERE live.anchor_id IS NOT NULL AND NOT live.retracted
) found
"""  # noqa: S608
# An index scan per key beats a hash of all orders only if the planner knows how few there are.
_PREPARE = ("CREATE INDEX ON todo (chunk)", "ANALYZE todo")


def units_take(*, closed: Mapping[str, date | None], marks_through: int | None) -> tuple[int, list[date]]:
    """Fill the temporary table `todo`; returns the number of its chunks and the days whose daily counts changed.

    Deletes the marks it took, which are those that the transaction's snapshot shows: a mark that comes later stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MARKS, {"through": marks_through})
        bounds = {kind: closed.get(kind) for kind in PROMISE_KINDS}
        cursor.execute(_TO_COUNT, {"size": CHUNK_UNITS, "reached": sorted(_reached()), **bounds})
        for statement in _PREPARE:
            cursor.execute(statement)
        cursor.execute("SELECT coalesce(max(chunk) + 1, 0) FROM todo")
        chunks = int(cursor.fetchone()[0])
        days = sorted(date.fromisoformat(day) for day in _marked("d:"))
        cursor.execute("DELETE FROM evidence_dirtyunit d USING mark WHERE d.id = mark.id")
        cursor.execute("DELETE FROM nightly_liveunit WHERE unit IN (SELECT unit FROM todo)")
    return chunks, days


def _reached() -> set[str]:
    """The units that a marked exclusion or live session is about: its own transaction may not have seen them all."""
    return exclusion_units(_marked("e:")) | live_units(_marked("l:"))


def _marked(prefix: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT substr(unit, 3) FROM mark WHERE starts_with(unit, %s)", [prefix])
        return [row[0] for row in cursor.fetchall()]


def chunk_take(chunk: int) -> None:
    """Lay out the chunk's units by what they are keyed by, for the frames to join."""
    with connection.cursor() as cursor:
        for table, (columns, prefix) in CHUNK.items():
            cursor.execute(
                f"CREATE TEMP TABLE {table} ON COMMIT DROP AS SELECT {columns} FROM todo"  # noqa: S608
                " WHERE chunk = %s AND starts_with(unit, %s) ORDER BY unit",
                [chunk, prefix],
            )
        cursor.execute(_COMPLAINTS_THAT_FOUND_THEIR_ORDER)
        cursor.execute(f"ANALYZE {', '.join(CHUNK)}")


def lives_await() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_AWAIT)


def chunk_drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(CHUNK)}")


# A voice, or a complaint about a live, whose session is not known yet: it counts for no anchor until that turns up.
_AWAIT = """
INSERT INTO nightly_liveunit (live_id, unit)
SELECT live_id, unit FROM (
    SELECT live_id, 'v:' || live_id || '|' || respondent_ref AS unit FROM chunk_voice
    UNION SELECT c.live_id, 'c:' || complaint_id FROM evidence_complaint c JOIN chunk_complaint USING (complaint_id)
        WHERE c.live_id IS NOT NULL AND c.anchor_id IS NULL
    UNION SELECT c.live_id, 'o:' || order_id FROM evidence_complaint c JOIN chunk_order USING (order_id)
        WHERE c.live_id IS NOT NULL AND c.anchor_id IS NULL
) told_by_live
WHERE NOT EXISTS (SELECT FROM subjects_livesession known WHERE known.live_id = told_by_live.live_id
                  AND known.anchor_id IS NOT NULL AND NOT known.retracted)
ON CONFLICT DO NOTHING
"""
# A complaint that was counted by itself and whose order is known since: the order counts it now, so it must go.
_COMPLAINTS_THAT_FOUND_THEIR_ORDER = (
    "INSERT INTO chunk_unit SELECT t.unit FROM evidence_complaint c JOIN chunk_order USING (order_id)"
    " JOIN nightly_tally t ON t.unit = 'c:' || c.complaint_id WHERE t.unit NOT IN (SELECT unit FROM chunk_unit)"
)
