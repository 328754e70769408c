"""Files of evidence, read in parts of bounded size: CSV, NDJSON and Parquet.

Null in Parquet and an empty cell in CSV mean absent (leave as it was); the text \\N in CSV means null (clear it).
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import inspect

from reputation.evidence.faults import Fault
from reputation.evidence.kinds import Kind

PART_ROWS = 20_000
LONGEST_LINE = 1_000_000
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False}
_NULL = "\\N"
_REST = "Rows after an unclosed quote were not read: mend the file and load it again, what is in place stays as it is"


class BadFileError(ValueError):
    """Nothing of the file can be read; the text names the mend."""


@dataclass(frozen=True)
class Part:
    rows: bytes | Sequence[Mapping[str, Any] | Fault]
    first_row: int
    count: int


def parts(kind: Kind, path: Path) -> Iterator[Part]:
    """Parts of the file in order. Raises BadFileError."""
    match path.suffix.lower():
        case ".csv":
            return _csv_parts(kind, path)
        case ".ndjson" | ".jsonl":
            return _ndjson_parts(path)
        case ".parquet":
            return _parquet_parts(kind, path)
    raise BadFileError(f"{path.name}: name the file .csv, .ndjson or .parquet, by what is in it")


def row_count(path: Path) -> int | None:
    """For the progress bar; None where counting would mean reading the file."""
    if path.suffix.lower() != ".parquet":
        return None
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowInvalid, OSError):
        return None  # reading it will say why


def _numbered(groups: Iterable[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
    first = 1
    for group in groups:
        yield first, group
        first += len(group)


def _grouped(items: Iterator[Any]) -> Iterator[list[Any]]:
    while group := list(islice(items, PART_ROWS)):
        yield group


def _ndjson_parts(path: Path) -> Iterator[Part]:
    with path.open("rb") as file:
        for first, group in _numbered(_grouped(_lines(file))):
            yield Part(b"\n".join(group), first, len(group))


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Lines that are not blank. One without an end is cut, so that it cannot fill the memory, and then is no JSON."""
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                pass
            line = line[:1000].rstrip()
        if line.strip():
            yield line.rstrip(b"\r\n")


def _csv_parts(kind: Kind, path: Path) -> Iterator[Part]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        for first, group in _numbered(_grouped(_csv_rows(kind, path, file))):
            yield Part(group, first, len(group))


def _csv_rows(kind: Kind, path: Path, file: TextIO) -> Iterator[dict[str, Any] | Fault]:
    reader = csv.reader(file, strict=True)
    names = next(reader, [])
    _known_columns(kind, path, names)
    whole, flags = _csv_shapes(kind)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Fault("", f"not valid CSV ({error}); quote it as RFC 4180 says. {_REST}")
            continue
        if len(cells) == len(names):
            yield {name: _csv_value(name, cell, whole, flags) for name, cell in zip(names, cells, strict=True) if cell}
        elif cells:
            yield Fault("", f"has {len(cells)} cells and the header {len(names)}; send as many, and quote commas")


def _csv_shapes(kind: Kind) -> tuple[set[str], set[str]]:
    shapes = {kind.sent_names[name]: shape for name, shape in kind.shapes.items()}
    whole = {name for name, shape in shapes.items() if isinstance(shape, inspect.IntType)}
    flags = {name for name, shape in shapes.items() if isinstance(shape, inspect.BoolType)} | set(kind.flags)
    return whole, flags


def _csv_value(name: str, cell: str, whole: set[str], flags: set[str]) -> Any:
    """Numbers and flags have no type in CSV; what is neither stays text, which the row's check then names."""
    if cell == _NULL:
        return None
    if name in whole and cell.isascii() and cell.removeprefix("-").isdigit() and len(cell) < 20:
        return int(cell)
    return _BOOLEANS.get(cell, cell) if name in flags else cell


def _parquet_parts(kind: Kind, path: Path) -> Iterator[Part]:
    try:
        with pq.ParquetFile(path) as file:
            _known_columns(kind, path, file.schema_arrow.names)
            _with_zones(kind, path, file.schema_arrow)
            first = 1
            for batch in file.iter_batches(PART_ROWS):
                yield Part(records(kind, batch), first, batch.num_rows)
                first += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BadFileError(f"{path.name} cannot be read as Parquet ({error}); write it again") from error


def _known_columns(kind: Kind, path: Path, names: Sequence[str]) -> None:
    known = list(kind.sent_names.values())
    if unknown := sorted(set(names) - set(known)):
        raise BadFileError(f"{path.name} has unknown columns {unknown}; {kind.name} has: {', '.join(known)}")
    if missing := sorted(set(kind.keys) - set(names)):
        raise BadFileError(f"{path.name} lacks the columns {missing}, without which {kind.name} cannot be told apart")
    if len(set(names)) < len(names):
        raise BadFileError(f"{path.name} names a column twice; keep one of them")


def _with_zones(kind: Kind, path: Path, schema: pa.Schema) -> None:
    for field in schema:
        if pa.types.is_timestamp(field.type) and field.type.tz is None:
            raise BadFileError(
                f"{path.name}: the times of {field.name} have no time zone; store them with one, such as UTC"
            )


def records(kind: Kind, batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows of an Arrow batch whose columns are fields of the kind; null is left out."""
    shapes = {kind.sent_names[name]: shape for name, shape in kind.shapes.items()}
    columns = {name: _values(batch.column(name), shapes[name]) for name in batch.schema.names}
    full = {name: values for name, values in columns.items() if batch.column(name).null_count == 0}
    rows = [dict(zip(full, values, strict=True)) for values in zip(*full.values(), strict=True)]
    for name in columns.keys() - full.keys():
        for row, value in zip(rows, columns[name], strict=True):
            if value is not None:
                row[name] = value
    return rows


def _values(column: pa.Array, shape: inspect.Type) -> list[Any]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _times(column)
    if pa.types.is_struct(kind):
        return [row and {name: value for name, value in row.items() if value is not None} for row in column.to_pylist()]
    if pa.types.is_decimal(kind):  # as text, which is quicker than objects and as exact
        return list(column.cast(pa.string()).to_pylist())
    if pa.types.is_floating(kind) and isinstance(shape, inspect.IntType):
        return [int(value) if value is not None and value == value // 1 else value for value in column.to_pylist()]
    return list(column.to_pylist())


def _times(column: pa.Array) -> list[datetime | None]:
    naive = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.timestamp("us"))
    times = naive.to_numpy(zero_copy_only=False).tolist()
    return [None if time is None else time.replace(tzinfo=UTC) for time in times]
