"""Finding ratings: by name, category and stars, in a chosen order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Case, F, IntegerField, OrderBy, QuerySet, Value, When

from reputation.ratings import selectors
from reputation.ratings.models import BEST_FIRST, Rating
from reputation.subjects.selectors import subjects_named

_TIES = (F("orders_counted").desc(), F("subject_id").asc())
ORDERINGS: Mapping[str, tuple[OrderBy, ...]] = {
    "-stars": BEST_FIRST,
    "stars": (F("stars").asc(nulls_last=True), *_TIES),
    "-orders_counted": (F("orders_counted").desc(), F("subject_id").asc()),
    "orders_counted": (F("orders_counted").asc(), F("subject_id").asc()),
    "-percentile": (F("percentile").desc(nulls_last=True), *_TIES),
    "percentile": (F("percentile").asc(nulls_last=True), *_TIES),
    "-name": (F("name").desc(), F("subject_id").asc()),
    "name": (F("name").asc(), F("subject_id").asc()),
}


@dataclass(frozen=True)
class Wanted:
    """What a reader asks for. An empty `ordering` means the best match first, or the best stars first where there is no
    search, or one for a single character."""

    search: str = ""
    category: str = ""
    min_stars: Decimal | None = None
    ordering: str = ""


def find(night: date, kind: str, wanted: Wanted) -> QuerySet[Rating]:
    rows = selectors.ratings(night, kind)
    text = wanted.search.replace("\0", "").strip()  # PostgreSQL has no NUL
    if text:
        rows = rows.filter(subject_id__in=subjects_named(kind, text).values("pk"))
    if wanted.category:
        rows = rows.filter(category=wanted.category)
    if wanted.min_stars is not None:
        rows = rows.filter(stars__gte=wanted.min_stars)
    return _ordered(rows, text, wanted.ordering)


def _ordered(rows: QuerySet[Rating], text: str, ordering: str) -> QuerySet[Rating]:
    if ordering:
        return rows.order_by(*ORDERINGS[ordering])
    if len(text) > 1:  # one character stands in too many names to rank them by; the best stars are read off an index
        closeness = Case(
            When(subject_id=text, then=Value(0)),
            When(name__istartswith=text, then=Value(1)),
            When(name__icontains=text, then=Value(2)),
            default=Value(3),
            output_field=IntegerField(),
        )
        return rows.order_by(closeness, *_TIES)
    return rows.order_by(*BEST_FIRST)
