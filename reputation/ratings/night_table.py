"""The ratings of the shown night in columns, kept in each process: what lists are searched, narrowed and ordered by.

Read once a night (and once more when a repair has corrected some of it): about a second and 65 MB for 100,000
subjects. The rows themselves stay in the database and are read by id.
"""

import threading
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

import msgspec
import numpy as np
from django.db import connection
from numpy.typing import NDArray

from reputation.ratings.models import Rating, State
from reputation.ratings.selectors import Shown, ratings
from reputation.subjects.name_index import NameIndex
from reputation.subjects.names import name_letters, name_sounds
from reputation.subjects.services import MODELS

STATES = tuple(State.values)
_loading = threading.Lock()


@dataclass(frozen=True)
class NightTable:
    """One entry for each subject, those with most orders first; equal ones by id."""

    night: date
    kind: str
    ids: list[str]
    names: NameIndex
    categories: list[str]
    category: NDArray[np.int32]  # number in `categories`
    state: NDArray[np.int8]  # number in STATES
    stars: NDArray[np.int8]  # tenths; 0: none
    half_stars: NDArray[np.int8]  # halves; 0: none
    orders: NDArray[np.int64]
    percentile: NDArray[np.float64]  # nan: none
    expected: NDArray[np.float64]
    all_causes: NDArray[np.float64]

    @cached_property
    def numbers(self) -> dict[str, int]:
        return {subject_id: number for number, subject_id in enumerate(self.ids)}

    @cached_property
    def by_name(self) -> NDArray[np.int32]:
        """Places in the order of names, as the database orders them."""
        ordered = ratings(self.night, self.kind).order_by("name", "subject_id").values_list("subject_id", flat=True)
        place = {subject_id: at for at, subject_id in enumerate(ordered)}
        return np.array([place[subject_id] for subject_id in self.ids], dtype=np.int32)

    def in_category(self, name: str) -> NDArray[np.bool_]:
        try:
            return self.category == self.categories.index(name)
        except ValueError:
            return np.zeros(len(self.ids), dtype=bool)


def night_table(shown: Shown, kind: str) -> NightTable:
    with _loading:
        return _read(shown.night, kind, _repaired(shown, kind))


def night_tables_forget() -> None:
    """For whoever has changed a published night behind the pointer's back, as tests do."""
    _read.cache_clear()
    _repaired.cache_clear()


@lru_cache(maxsize=4)
def _repaired(shown: Shown, kind: str) -> int:
    """How many ratings of the night have been replaced: a sanction moves the counter too, and changes no rating."""
    return Rating.objects.filter(night=shown.night, kind=kind, revision__gt=0).count()


@lru_cache(maxsize=2)  # stores and anchors
def _read(night: date, kind: str, _repaired_ones: int) -> NightTable:
    ids, categories, states, stars, halves, orders, percentiles, expected, all_causes, *names = _columns(night, kind)
    known = sorted(set(categories))
    number = {name: at for at, name in enumerate(known)}
    return NightTable(
        night=night,
        kind=kind,
        ids=ids,
        names=NameIndex(*_searched(*names)),
        categories=known,
        category=np.array([number[name] for name in categories], dtype=np.int32),
        state=np.array([STATES.index(state) for state in states], dtype=np.int8),
        stars=np.array(stars, dtype=np.int8),
        half_stars=np.array(halves, dtype=np.int8),
        orders=np.array(orders, dtype=np.int64),
        percentile=_or_nan(percentiles),
        expected=_or_nan(expected),
        all_causes=_or_nan(all_causes),
    )


# A column is one value: a hundred thousand rows of twelve would take the driver a second.
_VALUES = (
    "subject_id", "category", "state", "(coalesce(stars, 0) * 10)::int", "(coalesce(half_stars, 0) * 2)::int",
    "orders_counted", "coalesce(percentile, -1)", "coalesce(expected, -1)", "coalesce(all_causes, -1)",
    "CASE WHEN letters IS NULL THEN name END", "letters", "sounds",
)  # fmt: skip
_COLUMNS = f"""SELECT {", ".join(f"json_agg({value})::text" for value in _VALUES)}
FROM (SELECT r.*, s.letters, s.sounds FROM ratings_rating r LEFT JOIN {{table}} s ON s.{{key}} = r.subject_id
    WHERE r.night = %s AND r.kind = %s AND NOT EXISTS (
        SELECT FROM ratings_rating n WHERE n.night = r.night AND n.kind = r.kind AND n.subject_id = r.subject_id
        AND n.revision > 0 AND n.revision > r.revision)
    ORDER BY r.orders_counted DESC, r.subject_id) AS latest"""  # noqa: S608 (our own names)


def _columns(night: date, kind: str) -> list[list[Any]]:
    model = MODELS[kind]
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS.format(table=model._meta.db_table, key=model._meta.pk.column), (night, kind))
        return [msgspec.json.decode(column) if column else [] for column in cursor.fetchone()]


def _or_nan(values: list[float]) -> NDArray[np.float64]:
    found = np.array(values, dtype=np.float64)
    return np.where(found < 0, np.nan, found)


def _searched(
    names: list[str | None], letters: list[str | None], sounds: list[str | None]
) -> tuple[list[str], list[str]]:
    """Of a subject that was never sent as such, only as an owner of orders, worked out of the rating's own name."""
    found = [
        name_letters(name) if name is not None else known or "" for name, known in zip(names, letters, strict=True)
    ]
    heard = [name_sounds(text) if known is None else known for text, known in zip(found, sounds, strict=True)]
    return found, heard
