"""Whole files through the one path, part by part. Each part is a transaction: a killed load is simply repeated."""

import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from reputation.evidence import files, services
from reputation.evidence.decode import Rejection
from reputation.evidence.files import BadFileError, Part
from reputation.evidence.kinds import KINDS
from reputation.evidence.services import Prepared

T = TypeVar("T")
Advance = Callable[[int], Any]  # hears how many rows are done

SHOWN = 10  # rejections that a report quotes
TURN_SECONDS = 0.0002
TELLING = 100  # rows after which a file with not one good row is taken for the wrong file


@dataclass
class Loaded:
    file: str
    accepted: int = 0
    unchanged: int = 0
    rejected: int = 0
    batches: list[int] = field(default_factory=list)
    first_rejections: list[Rejection] = field(default_factory=list)

    def add(self, result: services.BatchResult) -> None:
        self.accepted += result.accepted
        self.unchanged += result.unchanged
        self.rejected += len(result.rejected)
        self.batches.append(result.batch)
        self.first_rejections += result.rejected[: SHOWN - len(self.first_rejections)]


def file_load(*, kind: str, path: Path, history: bool = False, advance: Advance = lambda rows: None) -> Loaded:
    """Load one file; `advance` hears how many rows are done. Raises BadFileError."""
    parts = files.parts(KINDS[kind], path)
    return parts_load(kind=kind, parts=parts, source=path.name, history=history, advance=advance)


def parts_load(*, kind: str, parts: Iterator[Part], source: str, history: bool, advance: Advance) -> Loaded:
    """Raises BadFileError where not one row of the first part is good."""
    loaded = Loaded(source)

    def prepare() -> tuple[Prepared, int] | None:
        if (part := next(parts, None)) is None:
            return None
        ready = services.batch_prepare(
            kind=kind, rows=part.rows, source=source, history=history, first_row=part.first_row
        )
        return ready, part.count

    for ready, count in _tuned(_ahead(prepare)):
        loaded.add(services.batch_write(ready))
        advance(count)
        if loaded.rejected == count >= TELLING:
            bad = loaded.first_rejections[0]
            raise BadFileError(
                f"{source}: none of its first {count} rows is good as {kind}, row {bad.row}: {bad.error}"
            )
    return loaded


def _tuned(items: Iterator[T]) -> Iterator[T]:
    """For the length of a load: no search for cycles, of which rows by the hundred thousand have none (a fifth of its
    time), and quick turns between the two threads, else the writer waits 5 ms after each packet (a quarter)."""
    was_enabled, interval = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(TURN_SECONDS)
    try:
        yield from items
    finally:
        sys.setswitchinterval(interval)
        if was_enabled:
            gc.enable()


def _ahead(make: Callable[[], T | None]) -> Iterator[T]:
    """Make the next one while the database works on this one."""
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(make)
        while (made := following.result()) is not None:
            following = pool.submit(make)
            yield made
