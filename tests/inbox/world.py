"""Members, nights and news as tests make them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.models import User

from reputation.inbox.models import Message, Preference
from reputation.inbox.ticking import inbox_round
from reputation.ratings.models import Pointer, Publication, Scale, StarModelRecord
from tests.portal.world import rating

FIRST, SECOND, THIRD = (date(2026, 6, day) for day in (28, 29, 30))


def prefer(user: User, kind: str, how: str, subject: tuple[str, str] = ("", "")) -> None:
    Preference.objects.create(user=user, kind=kind, how=how, subject_kind=subject[0], subject_id=subject[1])


def published(night: date, at: datetime, previous: Publication | None = None) -> Publication:
    """The night is shown from now on."""
    model, _ = StarModelRecord.objects.get_or_create(
        name=f"{night}.1", defaults={"night": night, "artefacts": {}, "figures": {}}
    )
    scale, _ = Scale.objects.get_or_create(version=1, defaults={"breakpoints": [], "fitted_on": night})
    made = Publication.objects.create(
        night=night, published_at=at, model=model, scale=scale, closed_through={}, manifest={}, figures={},
        previous=previous,
    )  # fmt: skip
    Pointer.objects.update_or_create(id=1, defaults={"publication": made})
    return made


def star(night: date, stars: str | None, subject_id: str = "s1", kind: str = "store", **more: Any) -> None:
    """What a night came to for a subject. Drawn in halves."""
    drawn = None if stars is None else str(round(float(stars) * 2) / 2)
    state = {} if stars else {"state": "few_orders"}
    rating(subject_id, kind=kind, night=night, stars=stars, half_stars=drawn, **(state | more))


def keys(user: User) -> list[str]:
    return list(Message.objects.filter(user=user).order_by("id").values_list("key", flat=True))


def kinds(user: User) -> list[str]:
    return list(Message.objects.filter(user=user).order_by("id").values_list("kind", flat=True))


def begin() -> None:
    """The first round: what happens from now on is told."""
    assert inbox_round()["events"] == 0


MOMENT = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
