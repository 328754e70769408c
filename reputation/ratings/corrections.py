"""What won appeals have changed of a subject's published nights, as its pages tell it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reputation.base.time import market_day
from reputation.ratings.models import Rating


@dataclass(frozen=True)
class Corrected:
    """Nights of one subject that were published anew on a day. `was`, `now`: the last of them, in stars."""

    on: date
    nights: tuple[date, ...]
    was: float | None
    now: float | None

    def __str__(self) -> str:
        words = {
            "on": date_format(self.on),
            "nights": _span(self.nights),
            "was": _star(self.was),
            "now": _star(self.now),
        }
        return _("Corrected on %(on)s after an appeal was won: %(nights)s. The last of these stood at %(was)s and stands at %(now)s.") % words  # fmt: skip


def corrected(kind: str, subject_id: str, nights: Iterable[date]) -> list[Corrected]:
    """The corrections of these nights, the latest first."""
    rows = Rating.objects.filter(kind=kind, subject_id=subject_id, night__in=list(nights))
    found = rows.order_by("night", "revision").values_list("night", "revision", "stars", "repair__made_at")
    stood = {(night, revision): stars for night, revision, stars, _made in found}
    made = sorted((market_day(made_at), night, revision) for night, revision, _stars, made_at in found if made_at)
    days = [_one(day, [row[1:] for row in of], stood) for day, of in groupby(made, key=lambda row: row[0])]
    return days[::-1]


def _one(day: date, revised: list[tuple[date, int]], stood: dict[tuple[date, int], Any]) -> Corrected:
    night, revision = revised[-1]
    first = min(number for at, number in revised if at == night)  # repaired twice on a day: what stood before both
    was, now = stood.get((night, first - 1)), stood[night, revision]
    nights = tuple(sorted({at for at, _number in revised}))
    return Corrected(day, nights, None if was is None else float(was), None if now is None else float(now))


def _span(nights: tuple[date, ...]) -> str:
    if len(nights) == 1:
        return _("the night of %(day)s") % {"day": date_format(nights[0])}
    words = {"first": date_format(nights[0]), "last": date_format(nights[-1])}
    return _("the nights from %(first)s to %(last)s") % words


def _star(stars: float | None) -> str:
    return _("no stars") if stars is None else f"{stars:.1f}"
