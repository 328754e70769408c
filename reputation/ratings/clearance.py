"""Who waits for a person because its star jumped in one night, and the person's word that it may be shown again."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.ratings.models import DriftClearance, Publication, Rating, WithheldFor
from reputation.ratings.selectors import ratings
from scoring.metrics import KIND_ASPECTS


class ClearanceError(Exception):
    """It cannot be cleared; the message says why, for the person who asked."""


@dataclass(frozen=True)
class Waiting:
    """`rating`: of the newest night; `since`: the night of the jump; `cleared`: shown again from the next night on."""

    rating: Rating
    since: date
    cleared: DriftClearance | None


def waiting() -> list[Waiting]:
    """Whom the newest published night withholds for a jump; those whom nobody has looked at first, then by night."""
    nights = list(Publication.objects.order_by("night").values_list("night", flat=True))
    if not nights:
        return []
    cleared = {(one.kind, one.subject_id): one for one in DriftClearance.objects.filter(night=nights[-1])}
    found = [
        Waiting(row, _since(row, nights), cleared.get((row.kind, row.subject_id)))
        for kind in KIND_ASPECTS
        for row in _withheld(nights[-1], kind)
    ]
    return sorted(found, key=lambda one: (one.cleared is not None, one.since, one.rating.kind, one.rating.subject_id))


def _withheld(night: date, kind: str) -> list[Rating]:
    before = Rating.objects.filter(kind=OuterRef("kind"), subject_id=OuterRef("subject_id"), night__lt=night)
    other = before.exclude(withheld_for=WithheldFor.DRIFT).order_by("-night").values("night")[:1]
    return list(ratings(night, kind).filter(withheld_for=WithheldFor.DRIFT).annotate(last_other=Subquery(other)))


def _since(row: Rating, nights: list[date]) -> date:
    """The first night after the last one that did not withhold it for this."""
    last = row.last_other  # type: ignore[attr-defined]  # annotated above
    return nights[bisect_right(nights, last)] if last else row.night


@transaction.atomic
def drift_clear(*, kind: str, subject_id: str, night: date, by: AbstractBaseUser, note: str) -> DriftClearance:
    """A person has looked at the jump: from the next night on the subject is shown. `night`: the newest published one.

    Who clears twice is told who was first. Raises ClearanceError without a note, or where there is nothing to clear.
    """
    if not note.strip():
        raise ClearanceError(_("Say what you found: the note is kept."))
    newest = Publication.objects.order_by("-night").values_list("night", flat=True).first()
    if night != newest:
        raise ClearanceError(_("Another night has been published since. Look again."))
    if not ratings(night, kind).filter(subject_id=subject_id, withheld_for=WithheldFor.DRIFT).exists():
        raise ClearanceError(_("It is not withheld for a jump."))
    decided = {"decided_by": by.get_username(), "note": note.strip()}
    cleared, new = DriftClearance.objects.get_or_create(kind=kind, subject_id=subject_id, night=night, defaults=decided)
    if new:
        told = {"night": night.isoformat(), "note": cleared.note}
        audit_append(actor=by_user(by), action="drift.cleared", object_kind=kind, object_id=subject_id, data=told)
    return cleared
