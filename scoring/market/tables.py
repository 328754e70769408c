"""Columns and types of the evidence, and how numbers become the strings that a platform would send."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scoring.market.arrays import Ints, Times

TEXT, MOMENT, FLAG, SCORE = pa.string(), pa.timestamp("us", "UTC"), pa.bool_(), pa.int8()
MONEY = pa.decimal128(12, 2)
ANSWERS = pa.struct(
    [(name, SCORE) for name in ("overall", "as_described", "service", "logistics")]
    + [("false_promotion", FLAG), ("hype", FLAG)]
)


def _schema(texts: str, **others: pa.DataType) -> pa.Schema:
    return pa.schema([(name, others.get(name, MOMENT if name.endswith("_at") else TEXT)) for name in texts.split()])


SCHEMAS: dict[str, pa.Schema] = {
    "stores": _schema("store_id name category opened_on owner_ref region after_sales_terms",
        opened_on=pa.date32()),
    "anchors": _schema("anchor_id name followers owner_ref", followers=pa.int64()),
    "live_sessions": _schema("live_id anchor_id started_at ended_at peak_viewers", peak_viewers=pa.int64()),
    "orders": _schema(
        "order_id store_id anchor_id live_id item_ref buyer_ref device_ref payment_ref region category "
        "amount currency placed_at ship_by deliver_by cancelled_at cancelled_by",
        amount=MONEY, ship_by=MOMENT, deliver_by=MOMENT,
    ),
    "shipments": _schema("order_id shipped_at delivered_at carrier"),
    "returns": _schema("return_id order_id opened_at reason approved_at refunded_at closed_at"),
    "complaints": _schema(
        "complaint_id order_id store_id anchor_id live_id complainant_ref device_ref opened_at category text "
        "first_response_at escalated_at closed_at outcome"
    ),
    "invitations": _schema("invitation_id live_id order_id respondent_ref sent_at"),
    "responses": _schema(
        "response_id respondent_ref invitation_id answered_at order_id live_id store_id anchor_id "
        "device_ref answers text",
        answers=ANSWERS,
    ),
    "conversations": _schema(
        "conversation_id store_id order_id started_at first_reply_at resolved rating",
        resolved=FLAG, rating=SCORE
    ),
    "exclusions": _schema(
        "exclusion_id reason order_id subject_kind subject_id region from to lifted_at",
        **{"from": MOMENT, "to": MOMENT}
    ),
}  # fmt: skip
KINDS = tuple(SCHEMAS)


def label(prefix: str, numbers: Ints, width: int = 8) -> pa.Array:
    """Ids such as S000001 for number 0; null for -1."""
    missing = numbers < 0
    digits = pc.utf8_lpad(pa.array(numbers + 1, mask=missing).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def words(names: Sequence[str], codes: Ints) -> pa.Array:
    """`names` by code; null for -1."""
    return pa.array(list(names), TEXT).take(pa.array(codes, mask=codes < 0))


def moments(times: Times) -> pa.Array:
    """UTC times; null for NaT."""
    return pa.array(times.astype("datetime64[us]"), pa.timestamp("us")).cast(MOMENT)


def whole(numbers: Ints, kind: pa.DataType, missing: int | None = None) -> pa.Array:
    """Whole numbers or flags of type `kind`; null where they equal `missing`."""
    mask = None if missing is None else numbers == missing
    return pa.array(numbers, mask=mask).cast(kind)


def money(cents: Ints) -> pa.Array:
    """Amounts with two decimals."""
    cent = pa.scalar(Decimal("0.01"), pa.decimal128(3, 2))
    return pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), cent).cast(MONEY)


def _pandas_type(kind: pa.DataType) -> Any:
    if pa.types.is_boolean(kind):
        return pd.BooleanDtype()
    if pa.types.is_int8(kind):
        return pd.Int8Dtype()
    if pa.types.is_decimal(kind) or pa.types.is_struct(kind):
        return pd.ArrowDtype(kind)  # as objects these would take seconds and gigabytes
    return None


def frame(kind: str, columns: dict[str, pa.Array]) -> pd.DataFrame:
    """The evidence frame of `kind`; columns that nobody filled are null."""
    schema = SCHEMAS[kind]
    size = len(next(iter(columns.values())))
    arrays = [columns[f.name] if f.name in columns else pa.nulls(size, f.type) for f in schema]
    table = pa.Table.from_arrays([a.cast(f.type) for a, f in zip(arrays, schema, strict=True)], schema=schema)
    out: pd.DataFrame = table.to_pandas(types_mapper=_pandas_type)
    return out


def to_table(kind: str, data: pd.DataFrame) -> pa.Table:
    """`data` as the Arrow table of its kind, plain: without notes for pandas."""
    return pa.Table.from_pandas(data, schema=SCHEMAS[kind], preserve_index=False).replace_schema_metadata(None)


def by_time(times: Times, end: np.datetime64) -> Ints:
    """Positions of what happened before `end`, in order of time."""
    order = np.argsort(times, kind="stable")  # NaT goes last
    return order[: int((times < end).sum())].astype(np.int64)
