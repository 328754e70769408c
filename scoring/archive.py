"""The day files of a night, read in day order and a few days ahead of their use."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd

from scoring.daily import read_day

Loader = Callable[[], pd.DataFrame]
Frames = dict[str, pd.DataFrame]
FAMILIES = ("counters", "outcomes", "reported")
_AHEAD = 4  # days read before they are asked for: enough to keep two cores busy, too few to fill the memory


class Archive:
    """Day tables by family ("counters", "outcomes", "reported") and market day, each behind a loader."""

    def __init__(self, loaders: Mapping[str, Mapping[date, Loader]]) -> None:
        self.loaders = loaders

    @classmethod
    def from_manifest(cls, folder: Path, manifest: Mapping[str, Mapping[date, str]]) -> Archive:
        """Raises FileNotFoundError naming family and day when a file of the manifest is not in the folder."""
        for family, digests in manifest.items():
            for day, digest in digests.items():
                if not (folder / f"{digest}.parquet").is_file():
                    raise FileNotFoundError(f"manifest.{family}.{day}: no file {digest}.parquet in {folder}")
        return cls(
            {
                family: {day: partial(read_day, folder / f"{digest}.parquet") for day, digest in digests.items()}
                for family, digests in manifest.items()
            }
        )

    def days(self, families: Sequence[str], first: date = date.min, before: date = date.max) -> list[date]:
        """Days of [first, before) for which any of the families has a file, ascending."""
        return sorted({day for family in families for day in self.loaders.get(family, {}) if first <= day < before})

    def walk(self, families: Sequence[str], first: date, before: date) -> Iterator[tuple[date, Frames]]:
        """Each day of [first, before) with the tables it has, in day order."""
        waiting: deque[tuple[date, Future[Frames]]] = deque()
        with ThreadPoolExecutor(max_workers=2) as pool:
            for day in self.days(families, first, before):
                waiting.append((day, pool.submit(self._load, families, day)))
                if len(waiting) > _AHEAD:
                    ready, future = waiting.popleft()
                    yield ready, future.result()
            for ready, future in waiting:
                yield ready, future.result()

    def _load(self, families: Sequence[str], day: date) -> Frames:
        here = ((family, self.loaders.get(family, {}).get(day)) for family in families)
        return {family: loader() for family, loader in here if loader is not None}
