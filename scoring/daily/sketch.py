"""How many distinct buyers a subject had, up to five: the five smallest hashes of a day, united over days."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.evidence import Counted

SKETCH: list[str] = ["b1", "b2", "b3", "b4", "b5"]
MISSING = int(np.iinfo(np.uint32).max)


def buyers(counted: Counted, orders: pd.DataFrame) -> pd.DataFrame:
    """kind, subject_id, via, day and b1..b5 of the orders that `counted` counts as valid and not held.

    orders: order_id, buyer_ref; a null buyer_ref is nobody. Sketches only grow: a buyer whose order is retracted later
    stays in the sketch of a day that is not rebuilt.
    """
    facts = counted.facts
    chosen = facts[(facts["counter"] == "orders") & (facts["family"] == "counters")][["unit", "role", "day"]]
    chosen = chosen.astype({"unit": "str", "role": "str"})
    refs = orders[["order_id", "buyer_ref"]].dropna().assign(unit=lambda frame: "o:" + frame["order_id"])
    rows = chosen.merge(refs, on="unit").merge(counted.units[["unit", "store_id", "anchor_id"]], on="unit")
    store = rows["role"] == "store"
    rows = rows.assign(
        kind=rows["role"],
        subject_id=rows["store_id"].where(store, rows["anchor_id"]),
        via=rows["store_id"].mask(store, ""),
        b1=hashes(rows["buyer_ref"]),
    )
    return union(rows, ["kind", "subject_id", "via", "day"])


def hashes(refs: pd.Series) -> npt.NDArray[np.uint32]:
    """A fixed 32-bit hash of each text of `refs` (no nulls), never the value that means missing."""
    codes, unique = pd.factorize(refs)
    raw = b"".join(hashlib.blake2b(str(ref).encode(), digest_size=4).digest() for ref in unique)
    values = np.minimum(np.frombuffer(raw, dtype="<u4"), MISSING - 1).astype(np.uint32)
    picked: npt.NDArray[np.uint32] = values[codes]
    return picked


def union(sketches: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """One sketch per `key`: the five smallest distinct hashes among the columns b1..b5 that are there, any rows."""
    present = [name for name in SKETCH if name in sketches]
    long = pd.concat([sketches[key].assign(hash=sketches[name].astype("uint32")) for name in present])
    long = long[long["hash"] != MISSING].drop_duplicates().sort_values([*key, "hash"])
    rank = long.groupby(key).cumcount()
    long = long.assign(name=np.asarray(rank, dtype=np.int64))[np.asarray(rank) < len(SKETCH)]
    wide = long.pivot_table(index=key, columns="name", values="hash", aggfunc="first", fill_value=MISSING)
    wide = wide.reindex(columns=range(len(SKETCH)), fill_value=MISSING).astype("uint32")
    wide.columns = pd.Index(SKETCH)
    return wide.reset_index()


def smallest(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """The five smallest distinct values of each row of `hashes` (rows x any number), MISSING where there are fewer."""
    ordered = np.sort(hashes, axis=1)
    ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = MISSING
    return np.sort(ordered, axis=1)[:, : len(SKETCH)]


def distinct(sketches: pd.DataFrame, key: list[str]) -> pd.Series:
    """Number of distinct buyers per `key`, exact from 0 to 4, 5 meaning five or more; indexed by `key`."""
    united = union(sketches, key).set_index(key)
    return (united != MISSING).sum(axis=1)
