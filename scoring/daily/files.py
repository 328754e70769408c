"""Day files: one immutable Parquet file per family and market day, named by the hash of its content."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.daily.sketch import MISSING, SKETCH, smallest
from scoring.metrics import OUTCOMES, counters

KEY: list[str] = ["kind", "subject_id", "via"]
_ORDER: list[str] = list(dict.fromkeys([*counters(), *OUTCOMES]))


def read_day(path: str | Path) -> pd.DataFrame:
    """The table of a day file: kind, subject_id, via (str), then int64 counters and, maybe, uint32 b1..b5.

    A counter without a column is zero everywhere. Raises FileNotFoundError, pyarrow.ArrowInvalid.
    """
    arrow = pq.read_table(path, memory_map=False)
    frame: pd.DataFrame = arrow.to_pandas()
    return frame.astype(dict.fromkeys(KEY, "str"))


def apply(table: pd.DataFrame | None, delta: pd.DataFrame, buyers: pd.DataFrame | None = None) -> pd.DataFrame:
    """`table` (None: no file yet) plus the changes of the same family and day.

    delta: rows of `deltas` of ONE family and day (kind, subject_id, via, counter, value). buyers: rows of `buyers` of
    that day, united with the sketches that stand; give it for family "counters" only. Rows and columns that come to
    zero are left out; the result is sorted and does not depend on the order of its inputs.
    """
    parts = [part for part in (table, delta, buyers) if part is not None and len(part)]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in KEY})
    codes, keys = _codes(parts)
    by_part = dict(zip(map(id, parts), codes, strict=True))
    rows = len(keys["kind"])
    names, totals = _totals(table, delta, by_part, rows)
    kept = (totals != 0).any(axis=1)
    columns = {name: totals[kept, column] for column, name in enumerate(names) if totals[kept, column].any()}
    result = pd.DataFrame({**{name: keys[name][kept] for name in KEY}, **columns}).astype(dict.fromkeys(KEY, "str"))
    sketch = _sketch(table, buyers, by_part, rows)[kept]
    if not (sketch != MISSING).any():
        return result
    return result.assign(**{name: sketch[:, column] for column, name in enumerate(SKETCH)})


_Codes = dict[int, npt.NDArray[np.int64]]
_SEPARATOR = "\x1f"


def _codes(parts: list[pd.DataFrame]) -> tuple[list[npt.NDArray[np.int64]], dict[str, npt.NDArray[np.object_]]]:
    """Row numbers of each part in the sorted union of their keys, and that union. One text is hashed faster than three."""
    joined = [reduce(lambda left, right: left + _SEPARATOR + right, _texts(part)) for part in parts]
    codes, unique = pd.factorize(np.concatenate(joined), sort=True)
    split = np.array([text.split(_SEPARATOR) for text in unique], dtype=object).reshape(-1, len(KEY))
    ends = np.cumsum([len(part) for part in parts])
    return np.split(codes, ends[:-1]), {name: split[:, column] for column, name in enumerate(KEY)}


def _texts(part: pd.DataFrame) -> list[npt.NDArray[np.object_]]:
    return [part[name].to_numpy(dtype=object) for name in KEY]


def _totals(
    table: pd.DataFrame | None, delta: pd.DataFrame, codes: _Codes, rows: int
) -> tuple[list[str], npt.NDArray[np.int64]]:
    present = set(delta["counter"]) | (set(table) if table is not None else set())
    names = [name for name in _ORDER if name in present]
    totals = np.zeros((rows, len(names)), dtype=np.int64)
    if table is not None and len(table):
        held = [name for name in names if name in table]
        columns = [names.index(name) for name in held]
        totals[codes[id(table)][:, None], np.array(columns, dtype=np.int64)] = table[held].to_numpy(dtype=np.int64)
    if len(delta):
        column_of = delta["counter"].map({name: column for column, name in enumerate(names)}).to_numpy(dtype=np.int64)
        np.add.at(totals, (codes[id(delta)], column_of), delta["value"].to_numpy(dtype=np.int64))
    return names, totals


def _sketch(
    table: pd.DataFrame | None, buyers: pd.DataFrame | None, codes: _Codes, rows: int
) -> npt.NDArray[np.uint32]:
    """The five smallest distinct hashes of each row; a key may stand in `buyers` several times."""
    found = np.full((rows, len(SKETCH)), MISSING, dtype=np.uint32)
    for part in (table, buyers):
        if part is not None and len(part) and set(SKETCH) <= set(part):
            hashes = part[SKETCH].to_numpy(dtype=np.uint32)
            for some in _each_key_once(codes[id(part)]):
                at = codes[id(part)][some]
                found[at] = smallest(np.concatenate([found[at], hashes[some]], axis=1))
    return found


def _each_key_once(codes: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    """Row numbers in groups in which no code comes twice."""
    left = np.arange(len(codes))
    while len(left):
        first = np.unique(codes[left], return_index=True)[1]
        yield left[first]
        left = np.delete(left, first)


def write_day(table: pd.DataFrame, folder: str | Path) -> tuple[str, int]:
    """Writes `table` to folder/<sha256 of the bytes>.parquet and returns (digest, rows).

    The same table gives the same bytes. The file appears under its name only when it is whole. Raises OSError.
    """
    content = _bytes(table)
    digest = hashlib.sha256(content).hexdigest()
    path = Path(folder) / f"{digest}.parquet"
    if not path.exists():
        _write_whole(path, content)
    return digest, len(table)


def _bytes(table: pd.DataFrame) -> bytes:
    types = [pa.string() if name in KEY else pa.uint32() if name in SKETCH else pa.int64() for name in table.columns]
    arrays = [pa.array(table[name], type=kind) for name, kind in zip(table.columns, types, strict=True)]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays, names=list(table.columns)), sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".day-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp is private, but web and night may run as different users
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
