"""Everything that belongs to the units of a chunk, as the frames that scoring counts."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pyarrow as pa
from django.db import models

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
from reputation.nightly.roll.copying import arrow_type, frame_read
from scoring.outcomes import EvidenceFrames

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
    "exclusions": (Exclusion, (_BY_ORDER, "SELECT {columns} FROM {table} t WHERE t.order_id IS NULL")),
}
_HELD = (
    "SELECT DISTINCT unit FROM evidence_heldunit JOIN chunk_unit USING (unit) JOIN evidence_hold h ON h.id = hold_id"
    " WHERE h.status IN ('held', 'confirmed')"
)
_LIVES = (
    "SELECT live_id, anchor_id FROM subjects_livesession WHERE anchor_id IS NOT NULL AND NOT retracted AND live_id IN ("
    "SELECT live_id FROM chunk_voice"
    " UNION ALL SELECT t.live_id FROM evidence_complaint t JOIN chunk_order USING (order_id)"
    " UNION ALL SELECT t.live_id FROM evidence_complaint t JOIN chunk_complaint USING (complaint_id))"
)


@cache
def columns(model: type[models.Model]) -> dict[str, pa.DataType]:
    return {field.column: arrow_type(field) for field in model._meta.concrete_fields if field.column not in _LEFT_OUT}


def _read(name: str) -> pd.DataFrame:
    model, queries = _SOURCES[name]
    types = columns(model)
    parts = {"table": model._meta.db_table, "columns": ", ".join(f"t.{column}" for column in types)}
    return frame_read(" UNION ".join(query.format(**parts) for query in queries), types)


def chunk_frames() -> EvidenceFrames:
    """The evidence of the units that `chunk_take` laid out."""
    frames = {name: _read(name) for name in _SOURCES}
    lives = frame_read(_LIVES, {"live_id": pa.string(), "anchor_id": pa.string()})
    return EvidenceFrames(
        **frames,
        held=frozenset(_units(_HELD)),
        units=frozenset(_units("SELECT unit FROM chunk_unit")),
        live_anchors=dict(zip(lives["live_id"], lives["anchor_id"], strict=True)),
    )


def _units(query: str) -> list[str]:
    return frame_read(query, {"unit": pa.string()})["unit"].tolist()
