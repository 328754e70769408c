"""What pages say of nights that were published anew."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from reputation.ratings.corrections import corrected
from reputation.ratings.models import Publication, Rating, Repair, Scale, StarModelRecord

pytestmark = pytest.mark.django_db
FIRST = date(2026, 3, 1)
DAY = timedelta(days=1)


def publication(night: date) -> Publication:
    model = StarModelRecord.objects.get_or_create(name="m", defaults={"night": night, "artefacts": {}, "figures": {}})[
        0
    ]
    scale = Scale.objects.get_or_create(version=1, defaults={"breakpoints": {}, "fitted_on": night})[0]
    made = {"published_at": datetime(2026, 3, 9, tzinfo=UTC), "model": model, "scale": scale}
    kept = {"closed_through": {}, "manifest": {}, "figures": {}}
    return Publication.objects.get_or_create(night=night, defaults=made | kept)[0]


def rating(night: date, stars: str | None, revision: int = 0, on: date | None = None) -> None:
    repair = on and Repair.objects.create(
        night=publication(night), manifest={}, before=[], causes=[], made_at=datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
    )  # fmt: skip
    Rating.objects.create(
        kind="store", subject_id="s1", night=night, revision=revision, name="n", basis="orders", state="rated",
        stars=stars and Decimal(stars), orders_counted=90, confirmed_defects=2, aspects={}, excluded={}, repair=repair or None,
    )  # fmt: skip


def test_the_nights_of_one_correction_are_told_together() -> None:
    for n in range(3):
        rating(FIRST + n * DAY, "3.9")
        rating(FIRST + n * DAY, "4.2", 1, on=date(2026, 3, 5))
    [told] = corrected("store", "s1", [FIRST + n * DAY for n in range(3)])
    assert (told.was, told.now, len(told.nights)) == (3.9, 4.2, 3)
    assert str(told) == (
        "Corrected on March 5, 2026 after an appeal was won: the nights from March 1, 2026 to March 3, 2026. "
        "The last of these stood at 3.9 and stands at 4.2."
    )


def test_corrections_of_two_days_are_told_apart_the_latest_first() -> None:
    rating(FIRST, "3.0")
    rating(FIRST, "3.5", 1, on=date(2026, 3, 5))
    rating(FIRST, "4.0", 2, on=date(2026, 3, 8))
    later, first = corrected("store", "s1", [FIRST])
    assert (later.was, later.now) == (3.5, 4.0)
    assert (first.was, first.now) == (3.0, 3.5)
    assert "the night of March 1, 2026" in str(first)


def test_a_night_that_had_no_stars_says_so_and_one_without_a_correction_nothing() -> None:
    rating(FIRST, None)
    rating(FIRST, "4.0", 1, on=date(2026, 3, 5))
    rating(FIRST + DAY, "4.0")
    [told] = corrected("store", "s1", [FIRST, FIRST + DAY])
    assert "stood at no stars and stands at 4.0" in str(told)
    assert corrected("store", "s1", [FIRST + DAY]) == []
