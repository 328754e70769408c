"""What a night publishes: ratings go in by chunks, then one pointer moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd
from django.db import connection, models, transaction

from reputation.base.outbox.events import event_emit
from reputation.base.time import now
from reputation.ratings.models import Pointer, Publication, Rating, Scale, StarModelRecord

CHUNK_ROWS = 20_000  # one transaction each: short ones hold nobody up, and a killed night loses little
Guard = Callable[[], None]  # raises, inside the transaction, where this run may not write any more


class PublicationError(Exception):
    """The night cannot be published as it stands."""


def model_record(
    *,
    name: str,
    night: date,
    artefacts: Mapping[str, str],
    figures: Mapping[str, Any],
    gate: Mapping[str, Any] | None = None,
) -> StarModelRecord:
    """`artefacts`: kind -> text; empty for a challenger that was refused, of which the figures are kept."""
    learnt = {"night": night, "artefacts": dict(artefacts), "figures": dict(figures), "gate": dict(gate or {})}
    return StarModelRecord.objects.update_or_create(name=name, defaults=learnt)[0]


def ratings_write(
    *, night: date, rows: pd.DataFrame, guard: Guard, each: Callable[[range], Iterable[int]] = iter
) -> None:
    """Put the rows of a night that is not published yet in place; what an earlier, killed attempt left goes first.

    rows: the columns of Rating without night and revision. Raises PublicationError where the night is published.
    """
    with transaction.atomic():
        guard()
        if Publication.objects.filter(night=night).exists():
            raise PublicationError(f"night {night} is published; its ratings never change")
        Rating.objects.filter(night=night)._raw_delete("default")
    for start in each(range(0, len(rows), CHUNK_ROWS)):
        with transaction.atomic():
            guard()
            _copy(night, rows.iloc[start : start + CHUNK_ROWS])


def _copy(night: date, rows: pd.DataFrame) -> None:
    columns = ", ".join(["night", "revision", *rows.columns])
    lists = (rows[column].tolist() for column in rows.columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY ratings_rating ({columns}) FROM STDIN") as copy:
        for values in zip(*lists, strict=True):
            copy.write_row((night, 0, *values))


def publication_create(
    *,
    night: date,
    model: StarModelRecord,
    scale: Scale,
    closed_through: Mapping[str, str | None],
    manifest: Mapping[str, Mapping[str, str]],
    figures: Mapping[str, Any],
    expected_rows: int,
    guard: Guard,
    previous: Publication | None = None,
    inputs: Mapping[str, Any] | None = None,
) -> Publication:
    """Publish the night's ratings in one transaction; the pointer moves to it unless it shows a later night.

    Raises PublicationError where the rows in place are not the expected number, so half a night is never shown.
    """
    with transaction.atomic():
        guard()
        found = Rating.objects.filter(night=night).count()
        if found != expected_rows:
            raise PublicationError(f"{found} ratings are in place for {night}, {expected_rows} were written")
        publication = Publication.objects.create(
            night=night,
            published_at=now(),
            model=model,
            scale=scale,
            closed_through=dict(closed_through),
            manifest=dict(manifest),
            figures=dict(figures),
            previous=previous,
            inputs=dict(inputs or {}),
        )
        _pointer_advance(publication)
        event_emit(
            event="rating.published",
            subject_key="market",
            payload={"night": night.isoformat(), "subjects": expected_rows},
        )
    return publication


def _pointer_advance(publication: Publication) -> None:
    Pointer.objects.get_or_create(id=1)
    pointer = Pointer.objects.select_for_update().get(id=1)
    if pointer.publication_id is None or pointer.publication_id < publication.night:
        pointer.publication = publication
    pointer.counter += 1  # a past night changes what histories answer, so every ETag ends
    pointer.save()


def models_prune(*, keep: Iterable[str]) -> int:
    """Drop the texts of models that never rated a published night; figures and verdict stay. Returns how many."""
    never_live = StarModelRecord.objects.filter(publication__isnull=True, championterm__isnull=True)
    return never_live.exclude(name__in=keep).exclude(artefacts={}).update(artefacts={})


def pages_change() -> None:
    """What pages say of a subject has changed without a night: every ETag ends. Call it late in the transaction."""
    Pointer.objects.get_or_create(id=1)
    Pointer.objects.filter(id=1).update(counter=models.F("counter") + 1)
