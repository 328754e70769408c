"""The night's stage that carries out what won appeals have ordered: nights since are published anew for the subject.

It runs before tonight is rated, so that tonight goes on from what stands corrected.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from django.db import DatabaseError, transaction

from reputation.base.audit import SYSTEM, audit_append
from reputation.base.outbox.events import event_emit
from reputation.base.time import now
from reputation.evidence.models import DirtyUnit
from reputation.governance.models import Correction
from reputation.nightly.again import ReplayError
from reputation.nightly.child import JobFailedError
from reputation.nightly.lease import LeaseLostError
from reputation.nightly.repair.past import past_repair
from reputation.nightly.runs import Night, StageError
from reputation.ratings.models import Publication, Repair

MOST_SECONDS = 1800  # before tonight is rated; what is left goes on in the next night
logger = logging.getLogger(__name__)


def repair(night: Night) -> None:
    """Carry out every waiting correction. One that cannot be carried out says why, and stops neither others nor the
    night."""
    waiting = [one for one in _waiting() if _counted(one)]
    if not waiting:
        return
    began, first = time.monotonic(), min(one.from_night for one in waiting)
    published = Publication.objects.filter(night__gte=first, night__lt=night.day).order_by("night")
    for day in published.values_list("night", flat=True):
        if time.monotonic() - began > MOST_SECONDS:
            logger.warning("the corrections go on from %s in the next night: this one must be rated in time", day)
            return
        due = [one for one in waiting if one.from_night <= day and not _done(one, day)]
        failed = _past(day, due, night) if due else []
        waiting = [one for one in waiting if one not in failed]
    for one in waiting:
        _finish(one, night)
    night.run.results["repaired"] = [one.pk for one in waiting]


def _waiting() -> Iterable[Correction]:
    return Correction.objects.filter(state=Correction.State.WAITING).select_related("appeal").order_by("id")


def _counted(one: Correction) -> bool:
    """Whether tonight's files know what was set aside: an appeal decided while they were being made waits a night."""
    return not DirtyUnit.objects.filter(unit__in=one.appeal.excluded).exists()


def _done(one: Correction, day: object) -> bool:
    return Repair.objects.filter(night=day, causes__contains=[one.pk]).exists()


def _past(day: object, due: list[Correction], night: Night) -> list[Correction]:
    """Returns those that failed. Where several fail together, each is tried by itself: one must not cost the others."""
    publication = Publication.objects.select_related("model", "scale", "previous__model", "previous__scale")
    try:
        past_repair(publication.get(night=day), due, night)
    except (LeaseLostError, DatabaseError):  # not the correction's fault: the next start goes on
        raise
    except Exception as error:
        logger.exception("night %s cannot be repaired", day)
        if len(due) > 1:
            return [failed for one in due for failed in _past(day, [one], night)]
        known = isinstance(error, ReplayError | StageError | JobFailedError)
        _fail(due[0], f"{day}: {error}" if known else f"{day}: {type(error).__name__}: {error}")
        return due
    return []


@transaction.atomic
def _fail(one: Correction, why: str) -> None:
    one.state, one.note, one.done_at = Correction.State.FAILED, why, now()
    one.save(update_fields=["state", "note", "done_at"])
    _written(one, "correction.failed", {"why": why})


@transaction.atomic
def _finish(one: Correction, night: Night) -> None:
    night.lease.check()
    one.state, one.done_at = Correction.State.DONE, now()
    one.save(update_fields=["state", "done_at"])
    _written(one, "correction.done", {"nights": one.nights})
    if one.nights:
        corrected = {"kind": one.kind, "id": one.subject_id, "nights": one.nights}
        payload = {"night": one.nights[-1], "subjects": 1, "corrected": corrected}
        event_emit(event="rating.published", subject_key=f"{one.kind}:{one.subject_id}", payload=payload)


def _written(one: Correction, action: str, data: dict[str, object]) -> None:
    told = data | {"subject": [one.kind, one.subject_id], "appeal": one.appeal_id}
    audit_append(actor=SYSTEM, action=action, object_kind="correction", object_id=str(one.pk), data=told)
