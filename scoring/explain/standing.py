"""All that is needed to score one subject again: its decayed sums, its age and what it is set against."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import features as feature_set
from scoring.features import DECAYED, GRID, HALF_LIVES, Yardsticks, metrics
from scoring.metrics import CATALOGUE, SubjectKind
from scoring.windows import Tonight

Floats = NDArray[np.float64]
Table = list[list[float]]  # half-lives x columns(kind), as JSON holds it
_CHUNK = 10_000  # rows packed in one go: about 50 MiB


@dataclass(frozen=True)
class Standing:
    """One subject on one night. Tables are half-lives (30, 120, 365 days) x DECAYED.

    `age` in days; `market` and `near`: what the OTHER subjects of the kind, and of kind and category, add up to.
    """

    kind: SubjectKind
    category: str
    age: float
    own: Floats
    market: Floats
    near: Floats

    def features(self, own: Floats | None = None, age: Floats | None = None) -> pd.DataFrame:
        """The model's features of this subject, or of variants of it: `own` variants x half-lives x DECAYED."""
        tables = self.own[None] if own is None else own
        ages = np.full(len(tables), self.age) if age is None else age
        yard = Yardsticks(_by_half_life(self.market, len(tables)), _by_half_life(self.near, len(tables)))
        mine = {half_life: tables[:, at] for at, half_life in enumerate(HALF_LIVES)}
        return feature_set.features(mine, yard, ages, self.kind)


def _by_half_life(table: Floats, rows: int) -> dict[int, Floats]:
    return {half_life: np.broadcast_to(table[at], (rows, len(DECAYED))) for at, half_life in enumerate(HALF_LIVES)}


@lru_cache(maxsize=2)
def columns(kind: SubjectKind) -> tuple[int, ...]:
    """Positions in DECAYED that are stored: all but those of metrics that features of the kind are not made from."""
    needless = {metric.key for metric in CATALOGUE} - {metric.key for metric in metrics(kind)}
    return tuple(at for at, name in enumerate(DECAYED) if name[:-2] not in needless)


@lru_cache(maxsize=2)
def _layout(kind: SubjectKind) -> bytes:
    """Tells bytes of another catalogue from ours."""
    return zlib.crc32(",".join(DECAYED[at] for at in columns(kind)).encode()).to_bytes(4, "big")


def pack(kind: SubjectKind, age: Floats, own: Floats) -> list[bytes]:
    """One text per subject: `age` in whole days (rows,), `own` rows x half-lives x DECAYED, on the grid of sums.

    What others add up to is not in it: totals are stored once per category, and total less own is exact on the grid.
    """
    units = np.rint(own[:, :, list(columns(kind))].reshape(len(own), -1) * GRID)
    numbers = np.column_stack([age, units]).astype("<i8")
    # Byte planes (the lowest bytes of all numbers, then the next ...) pack smaller: most upper bytes are zero.
    planes = np.ascontiguousarray(numbers.view(np.uint8).reshape(len(numbers), -1, 8).transpose(0, 2, 1))
    return [_layout(kind) + zlib.compress(row, 1) for row in planes]


def unpack(kind: SubjectKind, category: str, packed: bytes, totals: Mapping[str, Table]) -> Standing:
    """The standing of bytes that `pack` made; `totals`: "market" and "near", those of its night (`totals_json`).

    Raises ValueError for bytes of another catalogue or none of ours.
    """
    if packed[:4] != _layout(kind):
        raise ValueError("a standing of another catalogue of metrics: the next night writes it anew")
    try:
        planes = np.frombuffer(zlib.decompress(packed[4:]), dtype=np.uint8).reshape(8, -1)
        numbers = np.ascontiguousarray(planes.T).view("<i8").ravel()
        own = _table(numbers[1:].reshape(len(HALF_LIVES), -1) / GRID, kind)
    except (zlib.error, ValueError) as error:
        raise ValueError(f"not a standing: {error}") from error
    market, near = (_table(np.array(totals[name]), kind) for name in ("market", "near"))
    return Standing(kind, category, float(numbers[0]), own, np.maximum(market - own, 0.0), np.maximum(near - own, 0.0))


def _table(known: Floats, kind: SubjectKind) -> Floats:
    out = np.zeros((len(HALF_LIVES), len(DECAYED)))
    out[:, list(columns(kind))] = known
    return out


def standings_frame(part: Tonight) -> pd.DataFrame:
    """kind, subject_id, category (str) and standing (bytes): one row per subject of the night, to be unpacked again."""
    packed: list[bytes] = []
    for start in range(0, len(part.age), _CHUNK):
        rows = slice(start, start + _CHUNK)
        own = np.stack([part.sums[half_life][rows] for half_life in HALF_LIVES], axis=1)
        packed += pack(part.kind, part.age[rows], own)
    who = part.counts[["kind", "subject_id", "category"]].reset_index(drop=True)
    return who.assign(standing=pd.Series(packed, dtype=object))
