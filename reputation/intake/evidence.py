"""What comes in here becomes evidence through the one door that all evidence takes."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

from reputation.evidence.services import batch_ingest

SOURCE = "intake"


def evidence_write(kind: str, row: dict[str, Any], *, source: str = SOURCE) -> None:
    """One row, within the caller's transaction. Raises ValidationError where the evidence refuses it."""
    result = batch_ingest(kind=kind, rows=[row], source=source)
    if result.rejected:
        raise ValidationError([f"{bad.field}: {bad.error}" for bad in result.rejected])
