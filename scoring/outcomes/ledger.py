"""Collects facts as arrays and turns them into the sorted frames of `Counted`."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.outcomes.clocks import NEVER, Bools, Days, Ints
from scoring.outcomes.codes import COUNTER_CODES, EPOCH, FAMILIES, NAMES, OUTCOME_CODES, ROLES
from scoring.outcomes.evidence import PROMISE_KINDS, Counted, due_column

_CODED = sorted(NAMES)
_LABELS: list[str] = list(dict.fromkeys(NAMES[code][1] for code in _CODED))
# code -> position of its family and of its counter's label
_FAMILY_OF = np.zeros(256, dtype=np.int8)
_LABEL_OF = np.zeros(256, dtype=np.int16)
for _code, (_family, _name) in NAMES.items():
    _FAMILY_OF[_code], _LABEL_OF[_code] = FAMILIES.index(_family), _LABELS.index(_name)


@dataclass
class Ledger:
    """Facts of `size` units of one kind; every array given has one element per unit."""

    size: int
    ranks: list[Ints] = field(default_factory=list)
    amounts: list[Ints] = field(default_factory=list)

    def count(self, role: str, counter: str, days: Days, where: Bools | None = None, *, outcome: bool = False) -> None:
        """One per unit on its day, where the day is not NEVER and `where` holds."""
        here = days != NEVER if where is None else (days != NEVER) & where
        self.add(role, counter, np.flatnonzero(here), days[here], outcome=outcome)

    def add(
        self, role: str, counter: str, units: Ints, days: Days, values: Ints | None = None, *, outcome: bool = False
    ) -> None:
        """`values` (1 if not given) for each of `units` on `days`, all three of one length."""
        code = (OUTCOME_CODES if outcome else COUNTER_CODES)[counter]
        fixed = ROLES.index(role) << 24 | code << 16
        self.ranks.append(units.astype(np.int64) << 32 | fixed | np.clip(days, 0, 65535).astype(np.int64))
        self.amounts.append(np.ones(len(units), dtype=np.int64) if values is None else values)


def counted(parts: list[tuple[Ledger, pd.DataFrame, dict[str, Days]]]) -> Counted:
    """parts: of each kind of unit its ledger, its units (unit, store_id, anchor_id) and, per kind of evidence whose
    absence breaks a promise, their due days."""
    offset, ranks = 0, []
    for ledger, _, _ in parts:
        ranks.extend([rank + (offset << 32) for rank in ledger.ranks])
        offset += ledger.size
    none = np.zeros(0, dtype=np.int64)
    amounts = [amount for ledger, _, _ in parts for amount in ledger.amounts]
    rank, value = summed(np.concatenate([none, *ranks]), np.concatenate([none, *amounts]))
    units = pd.concat([frame for _, frame, _ in parts], ignore_index=True).astype("str")
    due = {due_column(kind): _dates(_joined(parts, kind)) for kind in PROMISE_KINDS}
    return Counted(_facts(rank, value, pd.Index(units["unit"])), units.assign(**due))


def _joined(parts: list[tuple[Ledger, pd.DataFrame, dict[str, Days]]], kind: str) -> Days:
    never = [np.full(ledger.size, NEVER, dtype=np.int32) for ledger, _, _ in parts]
    return np.concatenate([due.get(kind, none) for (_, _, due), none in zip(parts, never, strict=True)])


def summed(rank: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Distinct ranks, ascending, with the sum of their values; those that come to zero are left out."""
    order = np.argsort(rank, kind="stable")
    rank, value = rank[order], value[order]
    starts = np.flatnonzero(np.r_[True, rank[1:] != rank[:-1]][: len(rank)])
    total = np.add.reduceat(value, starts) if len(starts) else value
    return rank[starts][total != 0], total[total != 0]


def _facts(rank: Ints, value: Ints, units: pd.Index) -> pd.DataFrame:
    code = rank >> 16 & 255
    return pd.DataFrame(
        {
            "unit": pd.Categorical.from_codes(rank >> 32, categories=units),
            "family": pd.Categorical.from_codes(_FAMILY_OF[code], categories=pd.Index(FAMILIES)),
            "role": pd.Categorical.from_codes((rank >> 24 & 255).astype(np.int8), categories=pd.Index(ROLES)),
            "day": (rank & 65535).astype(np.int32),
            "counter": pd.Categorical.from_codes(_LABEL_OF[code], categories=pd.Index(_LABELS)),
            "value": value.astype(np.int32),
        }
    )


def _dates(days: Days) -> npt.NDArray[np.object_]:
    out = (EPOCH + np.where(days == NEVER, 0, days).astype("timedelta64[D]")).astype(object)
    out[days == NEVER] = None
    return out
