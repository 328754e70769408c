"""Who is rated: every subject has one row number, whether the subject table or only a day file knows it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
UNKNOWN_DAY = -1


class _Rows(dict[str, int]):
    """Row number by id; an id not met before gets the next one. A dict's own miss, for it runs a million times."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__()
        self._ids = ids

    def __missing__(self, subject_id: str) -> int:
        self._ids.append(subject_id)
        self[subject_id] = len(self._ids) - 1
        return self[subject_id]


class Roster:
    """Row numbers of subjects, with category and opening day.

    `subjects`: kind, subject_id, category, opened_on (a date or None); the first of double rows counts. A subject
    seen only in a day file is added with category "" and no opening day.
    """

    def __init__(self, subjects: pd.DataFrame) -> None:
        self.ids: list[str] = []
        self._rows: dict[str, _Rows] = {kind: _Rows(self.ids) for kind in ("store", "anchor")}
        table = subjects.drop_duplicates(["kind", "subject_id"])
        for kind, subject_id in zip(table["kind"].tolist(), table["subject_id"].tolist(), strict=True):
            self._rows[kind][subject_id]
        self._categories: list[str] = table["category"].fillna("").astype(str).tolist()
        self._opened: list[int] = [_ordinal(day) for day in table["opened_on"].tolist()]

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, frame: pd.DataFrame) -> Ints:
        """Row number of each line of a day table; unknown subjects are added."""
        kinds, ids = (
            frame[name].to_numpy(dtype=object) for name in ("kind", "subject_id")
        )  # plain str: ten times faster
        out = np.zeros(len(frame), dtype=np.int64)
        for kind, known in self._rows.items():
            here = kinds == kind
            out[here] = list(map(known.__getitem__, ids[here]))
        return out

    def of_kind(self, kind: str) -> Ints:
        """Row numbers of a kind, in order of subject_id: the order in which everything is trained and published."""
        known = self._rows[kind]
        return np.array([known[subject_id] for subject_id in sorted(known)], dtype=np.int64)

    def categories(self) -> NDArray[np.object_]:
        """Category of each row, "" where not known."""
        return np.array(self._categories + [""] * (len(self) - len(self._categories)), dtype=object)

    def opened(self) -> Ints:
        """Opening day of each row as ordinal, -1 where not known."""
        return np.array(self._opened + [UNKNOWN_DAY] * (len(self) - len(self._opened)), dtype=np.int64)


def _ordinal(day: object) -> int:
    if day is None or pd.isna(day):  # type: ignore[call-overload]
        return UNKNOWN_DAY
    return (day if isinstance(day, date) else pd.Timestamp(str(day))).toordinal()
