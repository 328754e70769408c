"""A subject's counters week by week beside those of the others of its category, from the day files of a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from scoring.daily.files import KEY
from scoring.metrics import Metric
from scoring.reported import COLUMN, COLUMNS
from scoring.roster import Roster
from scoring.sums import Block, day_block

Floats = NDArray[np.float64]
Files = Mapping[str, Mapping[date, Path]]  # family -> day -> its file
FAMILIES = ("counters", "reported")
DAYS = 7
_AT_ONCE = 2
_READ = frozenset({*KEY, *COLUMNS})  # all but the sketches of buyers


@dataclass(frozen=True)
class Weekly:
    """`starts`: first day of each week, ascending; the last week ends with the night. `own`, `others`: weeks x COLUMNS,
    counters of the subject and of the others together, as nights read them (what was counted wins over reports)."""

    starts: tuple[date, ...]
    own: Floats
    others: Floats

    def of(self, metric: Metric) -> tuple[Floats, Floats]:
        """Numerator and denominator of the subject by week."""
        return _pair(self.own, metric)

    def of_others(self, metric: Metric) -> tuple[Floats, Floats]:
        return _pair(self.others, metric)


def weekly(files: Files, kind: str, subject_id: str, category: Sequence[str], night: date, weeks: int) -> Weekly:
    """The `weeks` weeks that end with the night. `category`: ids of the category's subjects; whether the subject itself
    is among them makes no difference. A day without a file counts nothing. Raises OSError, pyarrow.ArrowInvalid.
    """
    ids = [subject_id, *(other for other in category if other != subject_id)]
    roster = Roster(pd.DataFrame({"kind": kind, "subject_id": ids, "category": "", "opened_on": None}))
    first = night - timedelta(days=DAYS * weeks - 1)
    days = [first + timedelta(days=at) for at in range(DAYS * weeks)]
    own, others = (np.zeros((weeks, len(COLUMNS))) for _ in range(2))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for at, block in enumerate(pool.map(lambda day: _block(files, roster, kind, ids, day), days)):
            mine = block.rows == 0
            own[at // DAYS] += block.counts[mine].sum(axis=0)
            others[at // DAYS] += block.counts[~mine].sum(axis=0)
    return Weekly(tuple(days[::DAYS]), own, others)


def _block(files: Files, roster: Roster, kind: str, ids: list[str], day: date) -> Block:
    """The day as a night would read it, of these subjects alone; the first of them has row 0."""
    paths = [files.get(family, {}).get(day) for family in FAMILIES]
    counted, reported = (_rows(path, kind, ids) if path else None for path in paths)
    return day_block(roster, day, counted, reported)


def _rows(path: Path, kind: str, ids: list[str]) -> pd.DataFrame:
    """Filtered after reading, which takes half as long as a filter while reading."""
    with pq.ParquetFile(path, memory_map=False) as file:
        table = file.read(columns=[name for name in file.schema_arrow.names if name in _READ])
    of_kind = pc.equal(table["kind"], kind)
    wanted = pc.and_(of_kind, pc.is_in(table["subject_id"], value_set=pa.array(ids, table["subject_id"].type)))
    frame: pd.DataFrame = table.filter(wanted).to_pandas()
    return frame.astype(dict.fromkeys(KEY, "str"))


def _pair(counts: Floats, metric: Metric) -> tuple[Floats, Floats]:
    return counts[:, COLUMN[f"{metric.key}_n"]], counts[:, COLUMN[f"{metric.key}_d"]]
