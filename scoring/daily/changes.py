"""New counts minus what had been counted: the exact changes for the day files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.daily.packing import records, unpacked
from scoring.outcomes.codes import NAMES, ROLES
from scoring.outcomes.evidence import Counted

_IDS = ["store_id", "anchor_id"]


def deltas(new: Counted, old: pd.DataFrame) -> pd.DataFrame:
    """kind, subject_id, via, family, day, counter, value (int64, never 0), sorted: new minus old.

    old: the tallies that stood for the units counted (unit, store_id, anchor_id, facts bytes), those included that
    have no row in `new` any more. kind and subject: role store -> its store_id, via ""; role anchor -> its anchor_id,
    via the store_id.
    """
    ids = pd.concat([new.units[_IDS], old[_IDS]], ignore_index=True)
    pair = pd.MultiIndex.from_frame(ids.fillna("")).factorize()
    owner, old_records = unpacked(old["facts"])
    place = pd.Index(new.units["unit"]).get_indexer(_unit_names(new.facts))
    units = place[np.asarray(pd.Categorical(new.facts["unit"]).codes, dtype=np.int64)] if len(new.facts) else place
    subjects = np.concatenate([pair[0][units], pair[0][len(new.units) + owner]])
    fresh = records(new.facts)
    array = np.concatenate([fresh, old_records])
    value = array["value"].astype(np.int64)
    value[len(fresh):] *= -1
    return _named(*_summed(subjects, array, value), pair[1].to_frame(index=False))


def _unit_names(facts: pd.DataFrame) -> pd.Index:
    return pd.Index(pd.Categorical(facts["unit"]).categories.astype("str"))


def _summed(
    subjects: npt.NDArray[np.int64], array: npt.NDArray[np.void], value: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    rank = subjects.astype(np.int64) << 32
    rank |= array["role"].astype(np.int64) << 24 | array["code"].astype(np.int64) << 16 | array["day"]
    order = np.argsort(rank, kind="stable")
    rank, value = rank[order], value[order]
    starts = np.flatnonzero(np.r_[True, rank[1:] != rank[:-1]][: len(rank)])
    if not len(starts):
        return rank, value
    total = np.add.reduceat(value, starts)
    return rank[starts][total != 0], total[total != 0]


def _named(rank: npt.NDArray[np.int64], value: npt.NDArray[np.int64], pairs: pd.DataFrame) -> pd.DataFrame:
    ids = pairs.iloc[rank >> 32].reset_index(drop=True).astype("str")
    store = (rank >> 24 & 255) == 0
    code = rank >> 16 & 255
    frame = pd.DataFrame(
        {
            "kind": pd.Series(np.where(store, *ROLES), dtype="str"),
            "subject_id": ids.iloc[:, 0].where(store, ids.iloc[:, 1]),
            "via": ids.iloc[:, 0].mask(store, ""),
            "family": pd.Series([NAMES[at][0] for at in code], dtype="str"),
            "day": (rank & 65535).astype(np.int32),
            "counter": pd.Series([NAMES[at][1] for at in code], dtype="str"),
            "value": value,
        }
    )
    # Two pairs may name the same store: it is one subject.
    key = [name for name in frame.columns if name != "value"]
    summed = frame.groupby(key, as_index=False)["value"].sum()
    return summed[summed["value"] != 0].reset_index(drop=True)
