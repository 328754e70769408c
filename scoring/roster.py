"""Who is rated: every subject has one row number, whether the subject table or only a day file knows it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
UNKNOWN_DAY = -1


class Roster:
    """Row numbers of subjects, with category and opening day.

    `subjects`: kind, subject_id, category, opened_on (a date or None); the first of double rows counts. A subject
    seen only in a day file is added with category "" and no opening day.
    """

    def __init__(self, subjects: pd.DataFrame) -> None:
        self._rows: dict[str, dict[str, int]] = {"store": {}, "anchor": {}}
        self.kinds: list[str] = []
        self.ids: list[str] = []
        table = subjects.drop_duplicates(["kind", "subject_id"])
        for kind, subject_id in zip(table["kind"].tolist(), table["subject_id"].tolist(), strict=True):
            self._add(kind, subject_id)
        self._categories: list[str] = table["category"].fillna("").astype(str).tolist()
        self._opened: list[int] = [_ordinal(day) for day in table["opened_on"].tolist()]

    def __len__(self) -> int:
        return len(self.ids)

    def _add(self, kind: str, subject_id: str) -> int:
        self._rows[kind][subject_id] = len(self.ids)
        self.kinds.append(kind)
        self.ids.append(subject_id)
        return len(self.ids) - 1

    def rows(self, frame: pd.DataFrame) -> Ints:
        """Row number of each line of a day table; unknown subjects are added."""
        kinds, ids = frame["kind"].tolist(), frame["subject_id"].tolist()
        found = (self._rows[kind].get(subject_id) for kind, subject_id in zip(kinds, ids, strict=True))
        return np.array([self._add(kinds[i], ids[i]) if row is None else row for i, row in enumerate(found)],
                        dtype=np.int64)

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
