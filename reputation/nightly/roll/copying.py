"""Rows out of PostgreSQL into typed frames, and back in, by COPY: ten times what an ORM does."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as csv
from django.db import connection, models

_ARROW: dict[str, pa.DataType] = {
    "DateTimeField": pa.timestamp("us", "UTC"),
    "DateField": pa.date32(),
    "DecimalField": pa.float64(),
    "BooleanField": pa.bool_(),
    "SmallIntegerField": pa.float64(),  # float: NaN where nothing was told
    "BigIntegerField": pa.float64(),
}


def arrow_type(field: models.Field[Any, Any]) -> pa.DataType:
    return _ARROW.get(field.get_internal_type(), pa.string())


def frame_read(query: str, types: dict[str, pa.DataType]) -> pd.DataFrame:
    """The query's rows as a frame with exactly these columns. A null is NaN, NaT or None, an empty text stays empty."""
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT csv)") as copy:
        content = b"".join(bytes(part) for part in copy)
    if not content:
        return pa.schema(list(types.items())).empty_table().to_pandas()
    table = csv.read_csv(
        io.BytesIO(content),
        read_options=csv.ReadOptions(column_names=list(types), use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return table.to_pandas()


def rows_copy(target: str, columns: Sequence[str], types: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table in binary form, which spares every value its escaping."""
    statement = f"COPY {target} ({', '.join(columns)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)
