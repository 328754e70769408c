"""What a night says while it runs: bars on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    def stage(self, name: str) -> None: ...

    def each(self, items: Iterable[Item], total: int, unit: str) -> Iterator[Item]: ...

    def done(self) -> None: ...


class Silent:
    def stage(self, name: str) -> None:
        pass

    def each(self, items: Iterable[Item], total: int, unit: str) -> Iterator[Item]:
        yield from items

    def done(self) -> None:
        pass


class Bars:
    """One bar over the stages of a night, and one below it inside a long stage."""

    def __init__(self, label: str, stages: tuple[str, ...]) -> None:
        from tqdm import tqdm

        self._tqdm = tqdm
        self._stages = stages
        self._bar = tqdm(total=len(stages), desc=label, unit="stage", position=0, leave=False)

    def stage(self, name: str) -> None:
        self._bar.update(self._stages.index(name) - self._bar.n)
        self._bar.set_postfix_str(name)

    def each(self, items: Iterable[Item], total: int, unit: str) -> Iterator[Item]:
        yield from self._tqdm(items, total=total, unit=unit, position=1, leave=False)

    def done(self) -> None:
        self._bar.close()


def progress_for(label: str, stages: tuple[str, ...]) -> Progress:
    return Bars(label, stages) if sys.stderr.isatty() else Silent()
