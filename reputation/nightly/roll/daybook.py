"""The differences of a roll, gathered over its chunks and put into new day files."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from reputation.evidence.models import DailyCount
from reputation.nightly.models import DayFile
from reputation.nightly.progress import Progress
from scoring import daily

SUBJECT = ["kind", "subject_id", "via"]
KEYS = ["kind", "subject_id", "via", "family", "day", "counter"]
COMPACT_ROWS = 2_000_000  # gathered rows before they are summed: bounds memory whatever came in
EPOCH = date(2000, 1, 1)


class Gathered:
    """Deltas and buyers' sketches of many chunks."""

    def __init__(self) -> None:
        self._deltas: list[pd.DataFrame] = []
        self._buyers: list[pd.DataFrame] = []
        self._rows = 0

    def add(self, deltas: pd.DataFrame, buyers: pd.DataFrame) -> None:
        self._deltas.append(deltas)
        self._buyers.append(buyers)
        self._rows += len(deltas) + len(buyers)
        if self._rows > COMPACT_ROWS:
            self._deltas, self._buyers = [self.deltas()], [daily.union(self.buyers(), [*SUBJECT, "day"])]
            self._rows = len(self._deltas[0]) + len(self._buyers[0])

    def deltas(self) -> pd.DataFrame:
        if not self._deltas:
            return pd.DataFrame(columns=[*KEYS, "value"])
        summed = pd.concat(self._deltas).groupby(KEYS, observed=True, sort=False)["value"].sum().reset_index()
        return summed[summed["value"] != 0]

    def buyers(self) -> pd.DataFrame:
        return pd.concat(self._buyers) if self._buyers else pd.DataFrame(columns=["day"])


def days_write(gathered: Gathered, *, folder: Path, progress: Progress) -> int:
    """New files for the days that changed, and their pointers; returns how many. Files without one are harmless."""
    deltas = gathered.deltas()
    buyers = dict(list(gathered.buyers().groupby("day")))
    changes = {
        (str(family), number): delta for (family, number), delta in deltas.groupby(["family", "day"], observed=True)
    }
    touched = sorted(
        changes.keys() | {("counters", number) for number in buyers}
    )  # a buyer told later changes no count
    pointers = []
    for family, number in progress.each(touched, total=len(touched), unit="day"):
        day = EPOCH + timedelta(days=int(number))
        sketch = buyers.get(number) if family == "counters" else None
        pointers.append(_day_write(family, day, changes.get((family, number), deltas[:0]), sketch, folder))
    _pointers_move(pointers)
    return len(pointers)


def _day_write(family: str, day: date, delta: pd.DataFrame, buyers: pd.DataFrame | None, folder: Path) -> DayFile:
    found = DayFile.objects.filter(family=family, day=day).first()
    table = daily.read_day(folder / f"{found.digest}.parquet") if found else None
    digest, rows = daily.write_day(daily.apply(table, delta, buyers), folder)
    return DayFile(family=family, day=day, digest=digest, rows=rows)


def reported_write(days: list[date], *, folder: Path) -> None:
    """Build the "reported" file of each day anew from its daily counts: they are few and come as they are."""
    pointers = []
    for day in days:
        fields = ("subject_kind", "subject_id", "metric", "numerator", "denominator", "retracted")
        rows = pd.DataFrame(list(DailyCount.objects.filter(day=day).values_list(*fields)), columns=list(fields))
        digest, count = daily.write_day(daily.reported(rows), folder)
        pointers.append(DayFile(family="reported", day=day, digest=digest, rows=count))
    _pointers_move(pointers)


def _pointers_move(pointers: list[DayFile]) -> None:
    DayFile.objects.bulk_create(
        pointers, update_conflicts=True, unique_fields=["family", "day"], update_fields=["digest", "rows"]
    )
