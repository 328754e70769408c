"""Day tables from a platform that sends only daily rates."""

from __future__ import annotations

import pandas as pd

from scoring.daily.files import KEY, apply
from scoring.metrics import BY_KEY


def reported(daily_counts: pd.DataFrame) -> pd.DataFrame:
    """The day table of family "reported" from ONE day's rows.

    daily_counts: subject_kind, subject_id, metric, numerator, denominator, retracted.

    A metric of the catalogue gives <key>_n and <key>_d, "orders" gives orders (its numerator is ignored). Rows that are
    retracted, lack a number or name another metric give nothing.
    """
    rows = daily_counts[~daily_counts["retracted"].astype(bool)]
    long = pd.concat([_part(rows, "numerator", "_n"), _part(rows, "denominator", "_d"), _orders(rows)])
    return apply(None, long)


def _part(rows: pd.DataFrame, number: str, suffix: str) -> pd.DataFrame:
    whole = rows["numerator"].notna() & rows["denominator"].notna()
    chosen = rows[whole & rows["metric"].isin(list(BY_KEY))]
    return _long(chosen, chosen["metric"] + suffix, number)


def _orders(rows: pd.DataFrame) -> pd.DataFrame:
    chosen = rows[rows["denominator"].notna() & (rows["metric"] == "orders")]
    return _long(chosen, chosen["metric"], "denominator")


def _long(rows: pd.DataFrame, counter: pd.Series, number: str) -> pd.DataFrame:
    columns = [rows["subject_kind"].rename(KEY[0]), rows["subject_id"], counter.rename("counter")]
    value = rows[number].astype("int64").rename("value")
    return pd.concat([*columns, value], axis=1).assign(via="")
