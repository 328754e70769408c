"""A unit's facts as bytes: 8 a fact (role u1, counter u1, day u2, value i4, little endian)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.codes import COUNTER_CODES, FAMILIES, NAMES, OUTCOME_CODES, ROLES
from scoring.outcomes.evidence import Counted

RECORD = np.dtype([("role", "u1"), ("code", "u1"), ("day", "<u2"), ("value", "<i4")])
_CODED: list[int] = sorted(NAMES)


def positions(column: pd.Series, names: list[str]) -> npt.NDArray[np.int64]:
    """Where each value of `column` stands in `names`. Raises ValueError for a value that is not among them."""
    category = pd.Categorical(column)
    at = pd.Index(names).get_indexer(pd.Index(category.categories.astype("str")))
    codes = np.asarray(category.codes, dtype=np.int64)
    if (codes < 0).any() or (len(codes) and (at[codes] < 0).any()):
        raise ValueError(f"unknown value in {column.name}")
    found: npt.NDArray[np.int64] = at[codes] if len(at) else codes
    return found


def records(facts: pd.DataFrame) -> npt.NDArray[np.void]:
    """`facts` (family, role, day, counter, value) as an array of RECORD in the same row order.

    Raises ValueError for a counter outside the catalogue, a day before 2000 or after 2179, or a value beyond 32 bits.
    """
    out = np.zeros(len(facts), dtype=RECORD)
    day, value = facts["day"].to_numpy(dtype=np.int64), facts["value"].to_numpy(dtype=np.int64)
    if len(facts) and (day.min() < 0 or day.max() > 65535 or abs(value).max() >= 2**31):
        raise ValueError("a fact outside what a tally can hold")
    out["role"], out["code"] = positions(facts["role"], list(ROLES)), _codes(facts)
    out["day"], out["value"] = day, value
    return out


def _codes(facts: pd.DataFrame) -> npt.NDArray[np.int64]:
    names = list(dict.fromkeys([*COUNTER_CODES, *OUTCOME_CODES]))
    table = np.array([[codes.get(name, -1) for name in names] for codes in (COUNTER_CODES, OUTCOME_CODES)])
    family, counter = positions(facts["family"], list(FAMILIES)), positions(facts["counter"], names)
    found: npt.NDArray[np.int64] = table[family, counter]
    if (found < 0).any():
        raise ValueError("a counter of the other family")
    return found


def pack(facts: pd.DataFrame) -> pd.Series:
    """Bytes of each unit's facts (at least one fact each), indexed by unit (str); facts as in `Counted.facts`."""
    unit = pd.Categorical(facts["unit"])
    packed = records(facts)
    rank = np.asarray(unit.codes, dtype=np.int64) << 32
    rank |= packed["role"].astype(np.int64) << 24 | packed["code"].astype(np.int64) << 16 | packed["day"]
    order = np.argsort(rank, kind="stable")
    owner = np.asarray(unit.codes)[order]
    starts = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]][: len(owner)])
    edges = [*(starts * RECORD.itemsize).tolist(), len(owner) * RECORD.itemsize]
    raw = packed[order].tobytes()
    pieces = [raw[start:end] for start, end in pairwise(edges)]
    index = pd.Index(unit.categories.astype("str")[owner[starts]], name="unit")
    return pd.Series(pieces, index=index, dtype="object", name="facts")


def tallies(counted: Counted) -> pd.DataFrame:
    """One row per unit of `counted`, as it is stored: unit, store_id, anchor_id, due_<kind>, facts (bytes, maybe none)."""
    packed = pack(counted.facts)
    at = packed.index.get_indexer(pd.Index(counted.units["unit"]))
    pieces = [*packed.tolist(), b""]
    facts = pd.Series([pieces[place] for place in at], index=counted.units.index, dtype="object")
    return counted.units.assign(facts=facts)


def unpack(packed: pd.DataFrame) -> pd.DataFrame:
    """Long facts (unit, store_id, anchor_id, family, role, day, counter, value) of rows as `tallies` gives them.

    Inverse of `pack`. Raises ValueError for bytes that no `pack` wrote.
    """
    owner, array = unpacked(packed["facts"])
    names = [NAMES[code] for code in _CODED]
    at = np.searchsorted(_CODED, array["code"])
    families = np.array([FAMILIES.index(family) for family, _ in names], dtype=np.int8)
    labels = list(dict.fromkeys(counter for _, counter in names))
    counter = np.array([labels.index(name) for _, name in names], dtype=np.int16)
    left = packed[["unit", "store_id", "anchor_id"]].iloc[owner].reset_index(drop=True)
    return left.assign(
        family=pd.Categorical.from_codes(families[at], categories=pd.Index(FAMILIES)),
        role=pd.Categorical.from_codes(array["role"].astype(np.int8), categories=pd.Index(ROLES)),
        day=array["day"].astype(np.int32),
        counter=pd.Categorical.from_codes(counter[at], categories=pd.Index(labels)),
        value=array["value"].astype(np.int32),
    )


def unpacked(pieces: pd.Series) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.void]]:
    """Row number in `pieces` (bytes or memoryview) of each fact, and the facts as RECORD. Raises ValueError."""
    sizes = np.fromiter((len(piece) for piece in pieces), dtype=np.int64, count=len(pieces))
    if (sizes % RECORD.itemsize).any():
        raise ValueError("a tally is not a whole number of facts")
    array = np.frombuffer(b"".join(pieces), dtype=RECORD)
    if len(array) and not (np.isin(array["code"], _CODED).all() and (array["role"] < len(ROLES)).all()):
        raise ValueError("a tally with an unknown counter or role")
    return np.repeat(np.arange(len(pieces)), sizes // RECORD.itemsize), array
