"""Who waits for a person because its star jumped in one night, and the person's word that it may be shown again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.ratings.models import DriftClearance, Publication, Rating
from reputation.ratings.selectors import ratings
from reputation.subjects.impartial import impartial_check
from scoring.metrics import KIND_ASPECTS

Who = tuple[str, str]  # kind, subject id


@dataclass(frozen=True)
class Waiting:
    """`rating`: of the newest night; `since`: the night of the jump; `cleared`: shown again from the next night on."""

    rating: Rating
    since: date
    cleared: DriftClearance | None


def jumped(publication: Publication) -> set[Who]:
    """Whom a night withheld for a jump; some of them for held orders as well, and nobody has looked at any."""
    return {(kind, subject) for kind, subject in publication.inputs.get("jumped", [])}


def still_waiting(publication: Publication) -> set[Who]:
    """The same, without those whom a person has cleared since."""
    cleared = DriftClearance.objects.filter(night=publication.night).values_list("kind", "subject_id")
    return jumped(publication) - set(cleared)


def waiting() -> list[Waiting]:
    """Whom the newest published night withholds for a jump; those whom nobody has looked at first, then by night."""
    newest = _newest()
    if newest is None:
        return []
    since = _since(jumped(newest))
    cleared = {(one.kind, one.subject_id): one for one in DriftClearance.objects.filter(night=newest.night)}
    found = [
        Waiting(row, since[row.kind, row.subject_id], cleared.get((row.kind, row.subject_id)))
        for row in _ratings(newest.night, since)
    ]
    return sorted(found, key=lambda one: (one.cleared is not None, one.since, one.rating.kind, one.rating.subject_id))


def _newest() -> Publication | None:
    return Publication.objects.order_by("-night").first()


def _ratings(night: date, who: Iterable[Who]) -> Iterable[Rating]:
    for kind in KIND_ASPECTS:
        yield from ratings(night, kind).filter(subject_id__in=[subject for of, subject in who if of == kind])


def _since(who: set[Who]) -> dict[Who, date]:
    """Back from the newest night: the first of the nights in a row that withheld each of them."""
    since: dict[Who, date] = {}
    nights = Publication.objects.order_by("-night").values_list("night", "inputs__jumped")
    for night, held in nights.iterator(chunk_size=20):
        who = who & {(kind, subject) for kind, subject in held or []}
        if not who:
            break
        since |= dict.fromkeys(who, night)
    return since


@transaction.atomic
def drift_clear(*, kind: str, subject_id: str, night: date, by: AbstractBaseUser, note: str) -> DriftClearance:
    """A person has looked at the jump: from the next night on the subject is shown. `night`: the newest published one.

    Who clears twice is told who was first. Raises ValidationError without a note, for who acts for the subject, or
    where there is nothing to clear.
    """
    if not note.strip():
        raise ValidationError(_("Say what you found: the note is kept."))
    impartial_check(by, kind, subject_id)
    newest = _newest()
    if newest is None or night != newest.night:
        raise ValidationError(_("Another night has been published since. Look again."))
    if (kind, subject_id) not in jumped(newest):
        raise ValidationError(_("It is not withheld for a jump."))
    decided = {"decided_by": by.get_username(), "note": note.strip()}
    cleared, new = DriftClearance.objects.get_or_create(kind=kind, subject_id=subject_id, night=night, defaults=decided)
    if new:
        told = {"night": night.isoformat(), "note": cleared.note}
        audit_append(actor=by_user(by), action="drift.cleared", object_kind=kind, object_id=subject_id, data=told)
    return cleared
