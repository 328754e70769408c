"""What a night reads beside the day files, kept under its content hash so that the night can be replayed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings

from reputation.evidence.frames import frame_read

_SUBJECTS = """
SELECT 'store' AS kind, store_id, name, category, opened_on, retracted FROM subjects_store
UNION ALL SELECT 'anchor', anchor_id, name, NULL, NULL, retracted FROM subjects_anchor ORDER BY 1, 2
"""
_TYPES = {
    "kind": pa.string(),
    "subject_id": pa.string(),
    "name": pa.string(),
    "category": pa.string(),
    "opened_on": pa.date32(),
    "retracted": pa.bool_(),
}


def subjects_archive() -> str:
    """Keep who exists now, with names and categories; returns the digest. The same subjects are kept once."""
    table = pa.Table.from_pandas(frame_read(_SUBJECTS, _TYPES), schema=pa.schema(list(_TYPES.items())))
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content = sink.getvalue().to_pybytes()
    digest = hashlib.sha256(content).hexdigest()
    path = subjects_path(digest)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(content)
        unfinished.replace(path)
    return digest


def subjects_read(digest: str) -> pd.DataFrame:
    """kind, subject_id, name, category, opened_on, retracted. Raises OSError where the file is gone."""
    return pd.read_parquet(subjects_path(digest))


def subjects_path(digest: str) -> Path:
    return Path(settings.LIVESTAR_VAR) / "subjects" / f"{digest}.parquet"
