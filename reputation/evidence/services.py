"""Writes of evidence. Every door (HTTP, files, importers, mended rows) comes through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, OperationalError, transaction
from django.utils.translation import gettext as _
from psycopg import errors

from reputation.base.audit import audit_append, by_operator
from reputation.base.time import market_day, now
from reputation.evidence import columns, decode, ingest
from reputation.evidence.checks import EARLIEST
from reputation.evidence.decode import Incoming, Rejection
from reputation.evidence.faults import Fault
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Batch, ClosedDay, RejectedRow

ATTEMPTS = 5
_RACES = (errors.UniqueViolation, errors.DeadlockDetected, errors.SerializationFailure)


class UnreadableError(ValueError):
    """Not one row of the body is JSON."""


@dataclass(frozen=True)
class BatchResult:
    batch: int
    accepted: int
    unchanged: int
    rejected: list[Rejection]


@dataclass(frozen=True)
class Prepared:
    """A batch that was decoded and checked, and has yet to be written."""

    table: columns.Table
    incoming: Incoming
    source: str
    moment: datetime


def batch_ingest(
    *,
    kind: str,
    rows: bytes | Sequence[Mapping[str, Any] | Fault],
    source: str,
    history: bool = False,
    first_row: int = 1,
) -> BatchResult:
    """Take a batch: JSON bytes (an array or NDJSON) or records. Good rows are kept whatever the others are like.

    `history`: each fact was observed at its own time, not now. `first_row` numbers the rows of a part of a file.
    Raises KeyError for an unknown kind.
    """
    return batch_write(batch_prepare(kind=kind, rows=rows, source=source, history=history, first_row=first_row))


def batch_prepare(
    *, kind: str, rows: bytes | Sequence[Mapping[str, Any] | Fault], source: str, history: bool, first_row: int
) -> Prepared:
    """The half of `batch_ingest` that needs no database, so that a loader can do it ahead in another thread."""
    spec, moment = KINDS[kind], now()
    if isinstance(rows, bytes):
        incoming = decode.body(spec, rows, moment, first_row=first_row)
    else:
        incoming = decode.records(spec, rows, moment, first_row=first_row)
    return Prepared(columns.table(spec, incoming, history=history, now=moment), incoming, source, moment)


def batch_write(prepared: Prepared) -> BatchResult:
    """In a transaction, once more when another writer was first with one of the keys."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with transaction.atomic():
                return _write(prepared)
        except (*_RACES, IntegrityError, OperationalError) as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__ or error, _RACES):
                raise
    raise AssertionError("unreachable")


def body_ingest(*, kind: str, body: bytes, source: str, most_rows: int) -> BatchResult:
    """The same for one HTTP request. Raises TooManyRowsError, and UnreadableError where nothing in it is JSON."""
    spec, moment = KINDS[kind], now()
    incoming = decode.body(spec, body, moment, most=most_rows)
    if incoming.unread and incoming.unread == len(incoming.rejections) and not incoming.rows:
        raise UnreadableError(incoming.rejections[0].error)
    return batch_write(Prepared(columns.table(spec, incoming, history=False, now=moment), incoming, source, moment))


def rejected_row_resend(*, row: RejectedRow, raw: str | bytes, source: str = "mended", by: str = "") -> BatchResult:
    """Send a rejected row again, mended. If it is rejected once more, that stands as a new rejected row."""
    with transaction.atomic():
        locked = RejectedRow.objects.select_for_update().get(pk=row.pk)
        if locked.resent_at is not None:
            raise ValidationError(_("This row was resent before."), code="resent")
        body = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
        result = body_ingest(kind=locked.kind, body=body, source=source, most_rows=1)
        locked.resent_at, locked.resent_batch_id = now(), result.batch
        locked.save(update_fields=["resent_at", "resent_batch"])
        told = {"kind": locked.kind, "batch": result.batch, "rejected": len(result.rejected)}
        audit_append(
            actor=by or by_operator(), action="rejected_row.resent", object_kind="rejected_row",
            object_id=str(locked.pk), data=told,
        )  # fmt: skip
    return result


def day_close(kind: str, day: date) -> ClosedDay:
    """The platform says that nothing more will come for this kind and day. Saying it twice is harmless."""
    if kind not in KINDS:
        raise ValidationError(_("Unknown kind %(kind)s."), params={"kind": kind}, code="kind")
    today = market_day(now())
    if day >= today:
        message = _("%(day)s is not over yet: today is %(today)s in the market. Close it when it has ended.")
        raise ValidationError(message, params={"day": day.isoformat(), "today": today.isoformat()}, code="day")
    if day < EARLIEST.date():
        message = _("%(day)s is before 2000-01-01; send the right day.")
        raise ValidationError(message, params={"day": day.isoformat()}, code="day")
    closed, _made = ClosedDay.objects.get_or_create(kind=kind, day=day, defaults={"closed_at": now()})
    return closed


def _write(prepared: Prepared) -> BatchResult:
    table, incoming = prepared.table, prepared.incoming
    batch = Batch.objects.create(
        kind=table.kind.name,
        source=prepared.source[:200],
        received_at=prepared.moment,
        accepted=0,
        unchanged=0,
        rejected=0,
    )
    outcome = ingest.write(table, batch.id)
    rejected = sorted([*incoming.rejections, *_rejections(table, incoming, outcome)], key=lambda found: found.row)
    RejectedRow.objects.bulk_create(
        RejectedRow(batch=batch, kind=batch.kind, row=bad.row, field=bad.field[:64], error=bad.error, raw=bad.raw)
        for bad in rejected
    )
    Batch.objects.filter(pk=batch.pk).update(
        accepted=outcome.accepted, unchanged=outcome.unchanged, rejected=len(rejected)
    )
    return BatchResult(batch.id, outcome.accepted, outcome.unchanged, rejected)


def _rejections(table: columns.Table, incoming: Incoming, outcome: ingest.Outcome) -> list[Rejection]:
    return [
        Rejection(incoming.numbers[place], *fault, decode.row_text(table.kind, incoming.rows[place]))
        for place, fault in outcome.faults
    ]
