"""The files of the dataset as frames, from the public CSVs or from Parquet files of the same names."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

ZONE = "America/Sao_Paulo"
_TIME, _TEXT = pa.timestamp("us"), pa.string()
_COLUMNS: dict[str, dict[str, Any]] = {
    "olist_orders_dataset": {
        "order_id": _TEXT, "customer_id": _TEXT, "order_status": _TEXT, "order_purchase_timestamp": _TIME,
        "order_approved_at": _TIME, "order_delivered_carrier_date": _TIME, "order_delivered_customer_date": _TIME,
        "order_estimated_delivery_date": _TIME,
    },
    "olist_order_items_dataset": {
        "order_id": _TEXT, "product_id": _TEXT, "seller_id": _TEXT, "shipping_limit_date": _TIME,
        "price": pa.float64(), "freight_value": pa.float64(),
    },
    "olist_order_reviews_dataset": {
        "review_id": _TEXT, "order_id": _TEXT, "review_score": pa.int64(), "review_comment_message": _TEXT,
        "review_creation_date": _TIME, "review_answer_timestamp": _TIME,
    },
    "olist_customers_dataset": {"customer_id": _TEXT, "customer_unique_id": _TEXT, "customer_state": _TEXT},
    "olist_sellers_dataset": {"seller_id": _TEXT, "seller_state": _TEXT},
    "olist_products_dataset": {"product_id": _TEXT, "product_category_name": _TEXT},
    "product_category_name_translation": {"product_category_name": _TEXT, "product_category_name_english": _TEXT},
}  # fmt: skip
Tables = Mapping[str, pd.DataFrame]


class BadFolderError(ValueError):
    """The folder does not hold the dataset; the text says what is missing."""


def read(folder: Path) -> Tables:
    """File name without ending -> frame. Raises BadFolderError."""
    return {name.removeprefix("olist_").removesuffix("_dataset"): _read(folder, name) for name in _COLUMNS}


def _read(folder: Path, name: str) -> pd.DataFrame:
    wanted = _COLUMNS[name]
    try:
        if (path := folder / f"{name}.parquet").is_file():
            table = pq.read_table(path, columns=list(wanted)).cast(pa.schema(wanted), safe=False)
        elif (path := folder / f"{name}.csv").is_file():
            options = pc.ConvertOptions(column_types=wanted, include_columns=list(wanted), strings_can_be_null=True)
            table = pc.read_csv(path, parse_options=pc.ParseOptions(newlines_in_values=True), convert_options=options)
        else:
            raise BadFolderError(f"{folder} has no {name}.csv or .parquet: give the folder with the nine public files")
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise BadFolderError(str(error) if isinstance(error, BadFolderError) else f"{path.name}: {error}") from error
    return _zoned(table.to_pandas())


def _zoned(frame: pd.DataFrame) -> pd.DataFrame:
    """Naive local times to UTC. An hour that summer time skipped moves on; of a repeated one it is the first."""
    for name in frame.columns[[dtype.kind == "M" for dtype in frame.dtypes]]:
        first = np.ones(len(frame), dtype=bool)
        local = frame[name].dt.tz_localize(ZONE, nonexistent="shift_forward", ambiguous=first)
        frame[name] = local.dt.tz_convert("UTC")
    return frame
