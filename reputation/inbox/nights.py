"""What a new night changed: stars that moved, told to members and, as an event, to a subject's own webhooks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from reputation.base.models import WebhookEndpoint
from reputation.base.outbox.events import events_emit
from reputation.inbox.kinds import Kind
from reputation.inbox.models import Listener
from reputation.inbox.news import News
from reputation.ratings import selectors
from reputation.ratings.models import Publication, Rating
from reputation.subjects.models import SubjectKind

STAR_CHANGED = "rating.changed"


class Star(NamedTuple):
    subject_id: str
    state: str
    stars: Any
    half_stars: Any
    ledger: dict[str, float] | None


def moved(night: date, before: date, at: datetime) -> list[News]:
    """Subjects whose drawn stars differ from an earlier night's by a half or more, or appear or go. `at`: when the night
    was published."""
    direct = Publication.objects.filter(night=night, previous=before).exists()  # else the ledger tells of a part alone
    found = []
    for kind in SubjectKind:
        listening = Listener.objects.filter(subject_kind=kind, subject_id=OuterRef("subject_id"))
        for old, new in _pairs(kind, night, before, listening):
            if (old.half_stars if old else None) != new.half_stars:
                key = f"star:{kind}:{night.isoformat()}:{new.subject_id}"
                found.append(News(key, Kind.STAR, (str(kind), new.subject_id), _data(night, old, new, direct), at))
    return found


def changes_emit(night: date, before: date) -> int:
    """Tell those own webhooks that want it of each star or state that differs from the night before; returns how many
    were told."""
    told: list[tuple[str, dict[str, Any]]] = []
    for kind in SubjectKind:
        wanting = WebhookEndpoint.objects.filter(
            subject_kind=kind, subject_id=OuterRef("subject_id"), events__contains=[STAR_CHANGED]
        )
        for old, new in _pairs(kind, night, before, wanting):
            if old is None or (old.stars, old.state) != (new.stars, new.state):
                told.append((f"{kind}:{new.subject_id}", _payload(kind, night, old, new)))
    if told:
        events_emit(event=STAR_CHANGED, told=told)
    return len(told)


def _payload(kind: str, night: date, old: Star | None, new: Star) -> dict[str, Any]:
    return {
        "night": night.isoformat(), "subject": {"kind": kind, "id": new.subject_id}, "state": new.state,
        "stars": _number(new.stars), "before": {"state": old and old.state, "stars": _number(old and old.stars)},
        "ledger": new.ledger,
    }  # fmt: skip


def _pairs(kind: str, night: date, before: date, wanted: QuerySet[Any]) -> Iterator[tuple[Star | None, Star]]:
    former = {star.subject_id: star for star in _stars(kind, before, wanted)}
    for star in _stars(kind, night, wanted):
        yield former.get(star.subject_id), star


def _stars(kind: str, night: date, wanted: QuerySet[Any]) -> list[Star]:
    rows: QuerySet[Rating] = selectors.ratings(night, kind).filter(Exists(wanted))
    return [Star(*row) for row in rows.order_by("subject_id").values_list(*Star._fields)]


def _data(night: date, old: Star | None, new: Star, direct: bool) -> dict[str, Any]:
    return {
        "night": night.isoformat(), "before": _number(old and old.stars), "after": _number(new.stars),
        "state": new.state, "ledger": new.ledger if direct else None,
    }  # fmt: skip


def _number(stars: Any) -> float | None:
    return None if stars is None else float(stars)
