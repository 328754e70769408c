"""Reading what nights have published. Nothing here sees a night before the pointer has moved to it."""

import json
import time
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import psycopg
from django.db import connection
from django.db.models import Count, Exists, OuterRef, QuerySet

from reputation.ratings.models import Pointer, Publication, Rating, State

WINDOW_DAYS = 365
PREPARE_AFTER = 5  # executions
POINTER_SECONDS = 1.0  # how long a process may go on showing a night after the pointer has moved


@dataclass(frozen=True, slots=True)
class Shown:
    """The night that is shown. `night` None: nothing has been published yet."""

    night: date | None
    counter: int
    model: str
    scale: int

    def etag(self, language: str) -> str:
        return f'"{self.night or "none"}.{self.counter}.{language}"'


class RatingRow(NamedTuple):
    """The columns of a rating that are shown, in the order in which queries name them."""

    kind: str
    subject_id: str
    night: date
    revision: int
    name: str
    category: str
    state: str
    basis: str
    stars: Any
    half_stars: Any
    expected: float | None
    low: float | None
    high: float | None
    all_causes: float | None
    orders_counted: int
    confirmed_defects: int
    percentile: float | None
    withheld_for: str
    announced_stars: Any
    aspects: dict[str, Any]
    excluded: dict[str, Any]
    ledger: dict[str, float] | None


NOTHING = Shown(night=None, counter=0, model="", scale=0)
_shown: tuple[float, Shown] = (float("-inf"), NOTHING)


def shown() -> Shown:
    """The night that is shown, read anew at most once in POINTER_SECONDS per process."""
    global _shown  # noqa: PLW0603 (one value per process, replaced whole)
    read_at, value = _shown
    if time.monotonic() - read_at < POINTER_SECONDS:
        return value
    value = _read_pointer()
    _shown = (time.monotonic(), value)
    return value


def shown_forget() -> None:
    """Read the pointer at the next question: for whoever has just moved it in this process."""
    global _shown  # noqa: PLW0603
    _shown = (float("-inf"), NOTHING)


def _read_pointer() -> Shown:
    # Not the rows themselves: a model's text and a night's inputs weigh megabytes.
    found = Pointer.objects.filter(publication__isnull=False).values_list(
        "publication_id", "counter", "publication__model__name", "publication__scale_id"
    )
    pointer = found.first()
    return Shown(*pointer) if pointer else NOTHING


_DETAIL = f"""SELECT {", ".join(RatingRow._fields)} FROM ratings_rating
WHERE kind = %s AND subject_id = %s AND night = %s ORDER BY revision DESC LIMIT 1"""  # noqa: S608 (our own names)


def rating_row(night: date, kind: str, subject_id: str) -> RatingRow | None:
    """The latest revision of a subject's rating of a night.

    The busiest read of all, so it goes to the driver: the ORM and a health check before each query cost more than the
    query. A connection that turns out to be dead is opened anew once.
    """
    values = (kind, subject_id, night)
    try:
        found = _fetch_one(_DETAIL, values)
    except _WORTH_ANOTHER_CONNECTION:
        if connection.in_atomic_block:
            raise
        connection.close()
        found = _fetch_one(_DETAIL, values)
    if found is None:
        return None
    *plain, aspects, excluded, ledger = found  # Django has told the driver to leave JSON as text
    return RatingRow(*plain, json.loads(aspects), json.loads(excluded), ledger and json.loads(ledger))


_WORTH_ANOTHER_CONNECTION = (
    psycopg.OperationalError,
    psycopg.errors.InvalidSqlStatementName,  # a pooler has put us on a server that lacks our prepared statement
    psycopg.errors.DuplicatePreparedStatement,
)


def _fetch_one(sql: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
    connection.ensure_connection()
    driver = connection.connection
    if driver.prepare_threshold is None:  # Django's default; planning takes four times as long as this query
        driver.prepare_threshold = PREPARE_AFTER
    return psycopg.Cursor(driver).execute(sql, values).fetchone()


def ratings(night: date, kind: str) -> QuerySet[Rating]:
    """The ratings of a night, each in its latest revision."""
    return _latest(Rating.objects.filter(night=night, kind=kind))


def _latest(rows: QuerySet[Rating]) -> QuerySet[Rating]:
    repaired = Rating.objects.filter(
        night=OuterRef("night"),
        kind=OuterRef("kind"),
        subject_id=OuterRef("subject_id"),
        revision__gt=0,
    ).filter(revision__gt=OuterRef("revision"))
    return rows.filter(~Exists(repaired))


def history(kind: str, subject_id: str, through: date) -> QuerySet[Rating]:
    """A subject's ratings of all published nights up to `through`, newest first, each in its latest revision."""
    published = Publication.objects.filter(night=OuterRef("night"))
    rows = Rating.objects.filter(kind=kind, subject_id=subject_id, night__lte=through)
    return _latest(rows).filter(Exists(published)).order_by("-night")


class Category(NamedTuple):
    name: str
    rated: int


def categories(night: date) -> list[Category]:
    """Categories that have rated stores, the largest first."""
    rows = ratings(night, "store").filter(state=State.RATED).exclude(category="")
    counted = rows.values_list("category").annotate(rated=Count("id")).order_by("-rated", "category")
    return [Category(*row) for row in counted]


class NightFigures(NamedTuple):
    """A published night in figures that need nothing but its own row."""

    night: date
    published_at: datetime
    model: str
    scale: int
    closed_through: dict[str, str | None]
    figures: dict[str, Any]


def night_figures(night: date) -> NightFigures:
    found = Publication.objects.filter(night=night).values_list(
        "night", "published_at", "model__name", "scale_id", "closed_through", "figures"
    )
    return NightFigures(*found.get())
