"""Day files: one immutable Parquet file per family and market day, named by the hash of its content."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scoring.daily.sketch import SKETCH, union
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
    changes = _wide(delta)
    parts = [part for part in (_counters(table), changes) if len(part)]
    total = pd.concat(parts).fillna(0).astype("int64").groupby(level=KEY).sum() if parts else changes
    total = total.loc[(total != 0).any(axis=1), [name for name in _ORDER if name in total and (total[name] != 0).any()]]
    result = total.sort_index().reset_index()
    sketches = [part[[*KEY, *SKETCH]] for part in (table, buyers) if part is not None and set(SKETCH) <= set(part)]
    return _with_sketch(result, pd.concat(sketches)) if sketches and len(result) else result


def _wide(delta: pd.DataFrame) -> pd.DataFrame:
    long = delta[[*KEY, "counter", "value"]].astype({"counter": "str"})
    wide = long.pivot_table(index=KEY, columns="counter", values="value", aggfunc="sum", fill_value=0).astype("int64")
    wide.columns = pd.Index([str(name) for name in wide.columns])
    return wide


def _counters(table: pd.DataFrame | None) -> pd.DataFrame:
    if table is None:
        return pd.DataFrame()
    return table.drop(columns=[name for name in SKETCH if name in table]).set_index(KEY)


def _with_sketch(result: pd.DataFrame, sketches: pd.DataFrame) -> pd.DataFrame:
    united = union(sketches, KEY)
    joined = result.merge(united, on=KEY, how="left")
    if not bool(joined[SKETCH[0]].notna().any()):
        return result
    filled = joined[SKETCH].fillna(np.iinfo(np.uint32).max).astype("uint32")
    return pd.concat([joined.drop(columns=SKETCH), filled], axis=1)


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
