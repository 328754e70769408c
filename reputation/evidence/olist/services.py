from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from reputation.base.time import day_start, market_day
from reputation.evidence import files, services
from reputation.evidence.files import Part
from reputation.evidence.holds import Finding, hold_create
from reputation.evidence.kinds import KINDS
from reputation.evidence.loading import Loaded, parts_load
from reputation.evidence.olist.evidence import evidence, last_known
from reputation.evidence.olist.tables import read

SOURCE = "olist"
Progress = Callable[[str, int], Callable[[int], Any]]  # kind and rows -> hears how many rows are done


@dataclass
class Imported:
    loaded: dict[str, Loaded] = field(default_factory=dict)
    held: int = 0
    closed_through: date | None = None


def olist_import(*, folder: Path, until: date | None, progress: Progress) -> Imported:
    """Import what was known by the end of the market day `until` (None: all) and close all kinds through the last day.

    Repeating it changes nothing, and a later `until` only adds. Raises BadFolderError.
    """
    frames = evidence(read(folder), until and day_start(until + timedelta(days=1)))
    imported = Imported()
    for kind, frame in frames.items():
        advance = progress(kind, len(frame))
        parts = _parts(kind, frame)
        imported.loaded[kind] = parts_load(kind=kind, parts=parts, source=SOURCE, history=True, advance=advance)
    imported.held = _hold_unowned(frames["responses"])
    if len(frames["orders"]):
        imported.closed_through = until or market_day(last_known(frames))
        for kind in KINDS:
            services.day_close(kind, imported.closed_through)
    return imported


def _parts(kind: str, frame: pd.DataFrame) -> Iterator[Part]:
    first = 1
    for batch in pa.Table.from_pandas(frame, preserve_index=False).to_batches(files.PART_ROWS):
        yield Part(files.records(KINDS[kind], batch), first, batch.num_rows)
        first += batch.num_rows


def _hold_unowned(responses: pd.DataFrame) -> int:
    """Answers to orders of several sellers: nobody knows whom they are about. Returns how many are held."""
    unowned = responses[responses["order_id"].isna()]
    for response, answered, overall in unowned[["response_id", "answered_at", "overall"]].itertuples(index=False):
        details = {"response_id": response, "order_id": response.partition(":")[2], "overall": int(overall)}
        day = market_day(answered.to_pydatetime())
        hold_create(finding=Finding("unknown_liability", (response,), day, (), details=details))
    return len(unowned)
