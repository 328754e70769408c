"""One decision at a time about what a subject may do how often."""

from __future__ import annotations

from hashlib import sha256

from django.db import connection


def subject_lock(kind: str, subject_id: str) -> None:
    """Wait for one's turn with this subject; held until the caller's transaction ends. Take it before any row."""
    number = int.from_bytes(sha256(f"subject:{kind}:{subject_id}".encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
