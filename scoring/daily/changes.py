"""New counts minus what had been counted: the exact changes for the day files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.daily.packing import records, unpacked
from scoring.outcomes.codes import NAMES, ROLES
from scoring.outcomes.evidence import Counted
from scoring.outcomes.ledger import summed

Ints = npt.NDArray[np.int64]


def deltas(new: Counted, old: pd.DataFrame) -> pd.DataFrame:
    """kind, subject_id, via, family, day, counter, value (int64, never 0), sorted: new minus old.

    old: the tallies that stood for the units counted (unit, store_id, anchor_id, facts bytes), those included that
    have no row in `new` any more. kind and subject: role store -> its store_id, via ""; role anchor -> its anchor_id,
    via the store_id. Raises ValueError for bytes that no `pack` wrote.
    """
    owner, old_records = unpacked(old["facts"])
    fresh = records(new.facts)
    array = np.concatenate([fresh, old_records])
    value = array["value"].astype(np.int64)
    value[len(fresh) :] *= -1
    unit = np.concatenate([_unit_of(new), len(new.units) + owner])
    ids = ["store_id", "anchor_id"]
    both = pd.concat([new.units[ids], old[ids]], ignore_index=True).astype("str").fillna("")
    subjects, of_store, of_anchor = _subjects(both)
    subject = np.where(array["role"] == 0, of_store[unit], of_anchor[unit])
    rank = subject << 32 | array["code"].astype(np.int64) << 16 | array["day"]
    return _named(*summed(rank, value), subjects)


def _unit_of(new: Counted) -> Ints:
    """The row of `new.units` that each fact belongs to."""
    unit = pd.Categorical(new.facts["unit"])
    place = pd.Index(new.units["unit"]).get_indexer(pd.Index(unit.categories))
    codes = np.asarray(unit.codes, dtype=np.int64)
    return place[codes].astype(np.int64) if len(codes) else codes


def _subjects(ids: pd.DataFrame) -> tuple[pd.DataFrame, Ints, Ints]:
    """The subjects concerned (kind, subject_id, via), sorted, and which of them each row's store and anchor are."""
    stores = pd.DataFrame({"kind": ROLES[0], "subject_id": ids["store_id"], "via": ""})
    anchors = pd.DataFrame({"kind": ROLES[1], "subject_id": ids["anchor_id"], "via": ids["store_id"]})
    both = pd.concat([anchors, stores], ignore_index=True).astype("str")
    grouped = both.groupby(["kind", "subject_id", "via"], sort=True)
    number = np.asarray(grouped.ngroup(), dtype=np.int64)
    first = np.zeros(int(number.max()) + 1 if len(number) else 0, dtype=np.int64)
    first[number] = np.arange(len(both))
    return both.iloc[first].reset_index(drop=True), number[len(ids) :], number[: len(ids)]


def _named(rank: Ints, value: Ints, subjects: pd.DataFrame) -> pd.DataFrame:
    code = rank >> 16 & 255
    out = subjects.iloc[rank >> 32].reset_index(drop=True)
    return out.assign(
        family=_text([NAMES[at][0] if at in NAMES else "" for at in range(256)], code),
        day=(rank & 65535).astype(np.int32),
        counter=_text([NAMES[at][1] if at in NAMES else "" for at in range(256)], code),
        value=value,
    )


def _text(names: list[str], at: Ints) -> pd.Series:
    return pd.Series(names, dtype="str").iloc[at].reset_index(drop=True)
