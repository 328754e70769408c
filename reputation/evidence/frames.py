"""Everything that belongs to some units of evidence, as the frames that scoring counts.

Rows come out of PostgreSQL by COPY: ten times what an ORM does.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
from django.db import connection, models
from psycopg import ClientCursor

from reputation.evidence.holds import FOR_ONE_PARTY
from reputation.evidence.models import (
    Complaint,
    Conversation,
    Exclusion,
    Invitation,
    Order,
    Response,
    Return,
    Shipment,
)
from scoring.outcomes import EvidenceFrames
from scoring.outcomes.codes import ROLES

_ARROW: dict[str, pa.DataType] = {
    "DateTimeField": pa.timestamp("us", "UTC"),
    "DateField": pa.date32(),
    "DecimalField": pa.float64(),
    "BooleanField": pa.bool_(),
    "SmallIntegerField": pa.float64(),  # float: NaN where nothing was told
    "BigIntegerField": pa.float64(),
}


def arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    return _ARROW.get(field.get_internal_type(), pa.string())


def frame_read(query: str, types: dict[str, pa.DataType], params: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """The query's rows as a frame with exactly these columns. A null is NaN, NaT or None, an empty text stays empty."""
    with connection.cursor() as cursor:
        # COPY takes no parameters of its own, and Django's cursor that logs its queries hands none on.
        asked = ClientCursor(cursor.connection).mogrify(query, params) if params else query
        with cursor.copy(f"COPY ({asked}) TO STDOUT (FORMAT csv)") as copy:
            content = b"".join(bytes(part) for part in copy)
    if not content:
        return pa.schema(list(types.items())).empty_table().to_pandas()
    table = csv.read_csv(
        io.BytesIO(content),
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return table.to_pandas()


# Not needed to count with, and the texts are the bulk of a row.
_LEFT_OUT = {"text", "versions", "sent", "batch_id", "item_ref", "payment_ref", "carrier", "currency", "peak_viewers"}

_BY_ORDER = "SELECT {columns} FROM {table} t JOIN chunk_order USING (order_id)"
_BY_VOICE = "SELECT {columns} FROM {table} t JOIN chunk_voice USING (live_id, respondent_ref)"
_SOURCES: dict[str, tuple[type[models.Model], tuple[str, ...]]] = {
    "orders": (Order, (_BY_ORDER,)),
    "shipments": (Shipment, (_BY_ORDER,)),
    "returns": (Return, (_BY_ORDER,)),
    "complaints": (
        Complaint,
        (
            _BY_ORDER,
            "SELECT {columns} FROM {table} t JOIN chunk_complaint USING (complaint_id) WHERE t.order_id IS NULL",
        ),
    ),
    "responses": (Response, (_BY_ORDER, _BY_VOICE)),
    "invitations": (Invitation, (_BY_ORDER, _BY_VOICE)),
    "conversations": (
        Conversation,
        ("SELECT {columns} FROM {table} t JOIN chunk_conversation USING (conversation_id)",),
    ),
    # Those of a subject or region are few and may reach any order; those of an order come with it.
    "exclusions": (
        Exclusion,
        (_BY_ORDER, "SELECT {columns} FROM {table} t WHERE t.order_id IS NULL AND ({windows})"),
    ),
}
# For whom: nobody named stands for every party.
_HELD = f"""
SELECT DISTINCT unit, CASE h.pattern WHEN '{FOR_ONE_PARTY}' THEN h.subject_kind ELSE '' END FROM evidence_heldunit
JOIN chunk_unit USING (unit) JOIN evidence_hold h ON h.id = hold_id WHERE h.status IN ('held', 'confirmed')
"""  # noqa: S608
_UNITS = "SELECT unit FROM chunk_unit"
_LIVES = (
    "SELECT live_id, anchor_id FROM subjects_livesession WHERE anchor_id IS NOT NULL AND NOT retracted AND live_id IN ("
    "SELECT live_id FROM chunk_voice"
    " UNION ALL SELECT t.live_id FROM evidence_complaint t JOIN chunk_order USING (order_id)"
    " UNION ALL SELECT t.live_id FROM evidence_complaint t JOIN chunk_complaint USING (complaint_id))"
)


# Table -> its columns, and the prefix of the units it takes. A live's id holds no "|", a respondent's may.
CHUNK: dict[str, tuple[str, str]] = {
    "chunk_unit": ("unit", ""),
    "chunk_order": ("substr(unit, 3) AS order_id", "o:"),
    "chunk_complaint": ("substr(unit, 3) AS complaint_id", "c:"),
    "chunk_conversation": ("substr(unit, 3) AS conversation_id", "h:"),
    "chunk_voice": (
        "substr(split_part(unit, '|', 1), 3) AS live_id, substr(unit, strpos(unit, '|') + 1) AS respondent_ref",
        "v:",
    ),
}
_LAID_OUT = ", ".join(
    f"{table} AS (SELECT {keys} FROM given WHERE starts_with(unit, '{prefix}'))"  # noqa: S608
    for table, (keys, prefix) in CHUNK.items()
)
_GIVEN = f"WITH given AS (SELECT unnest(%(units)s::text[]) AS unit), {_LAID_OUT} "
_OF_PARTIES = (
    "t.subject_id IS NULL OR t.subject_id IN (SELECT store_id FROM evidence_order JOIN chunk_order USING (order_id)"
    " UNION SELECT anchor_id FROM evidence_order JOIN chunk_order USING (order_id))"
)


@cache
def columns(model: type[models.Model]) -> dict[str, pa.DataType]:
    return {field.column: arrow_type(field) for field in model._meta.concrete_fields if field.column not in _LEFT_OUT}


def chunk_frames() -> EvidenceFrames:
    """The evidence of the units that stand in tables as CHUNK says, which the caller has laid out."""
    return _frames("", "true", None)


def unit_frames(units: Collection[str]) -> EvidenceFrames:
    """The evidence of a few units, without laying out anything."""
    return _frames(_GIVEN, _OF_PARTIES, {"units": list(units)})


def _frames(given: str, windows: str, params: Mapping[str, Any] | None) -> EvidenceFrames:
    frames = {name: _read(name, given, windows, params) for name in _SOURCES}
    lives = frame_read(given + _LIVES, {"live_id": pa.string(), "anchor_id": pa.string()}, params)
    held = frame_read(given + _HELD, {"unit": pa.string(), "role": pa.string()}, params)
    by_role = {role: frozenset(held.loc[held["role"].fillna("") == role, "unit"]) for role in ("", *ROLES)}
    return EvidenceFrames(
        **frames,
        held=by_role.pop(""),
        held_for=by_role,
        units=frozenset(frame_read(given + _UNITS, {"unit": pa.string()}, params)["unit"]),
        live_anchors=dict(zip(lives["live_id"], lives["anchor_id"], strict=True)),
    )


def _read(name: str, given: str, windows: str, params: Mapping[str, Any] | None) -> pd.DataFrame:
    model, queries = _SOURCES[name]
    types = columns(model)
    parts = {"table": model._meta.db_table, "columns": ", ".join(f"t.{column}" for column in types)}
    return frame_read(
        given + " UNION ".join(query.format(**parts, windows=windows) for query in queries), types, params
    )
