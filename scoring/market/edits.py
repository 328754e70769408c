"""What would have been counted had an incident not happened: many single edits of evidence in one count.

Each edit works on a copy of one unit (an order with all that belongs to it, a conversation, a viewer's voice, a
complaint without an order) under an id of its own; what the copy comes to less what the original came to is what it
changes in the sums of its store and anchor. Thousands share one count. For tests of the monotone promise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from scoring.features import DECAYED, HALF_LIVES, on_grid
from scoring.market.arrays import Bools, Floats, Ints
from scoring.market.ways import WAYS, Frames, voice_of
from scoring.metrics import CATALOGUE
from scoring.outcomes import Counted, EvidenceFrames, Horizon, count_units
from scoring.outcomes.codes import EPOCH, ROLES
from scoring.windows import Tonight

_OF_ORDERS = ("orders", "shipments", "returns", "complaints", "responses")
_AT = {name: at for at, name in enumerate(DECAYED)}
_OWN = [_AT[f"{metric.key}_n"] for metric in CATALOGUE if metric.unit == "share" and metric.key != "problem"]


@dataclass(frozen=True)
class Edits:
    """One element per edit: what was done, the unit it was done to, and the id of the edited copy's unit."""

    what: list[str]
    unit: list[str]
    copy: list[str]
    frames: EvidenceFrames  # evidence of the copies alone
    counted: Counted  # what they came to

    def __len__(self) -> int:
        return len(self.what)


def edit(frames: EvidenceFrames, horizon: Horizon, count: int, rng: np.random.Generator) -> Edits:
    """`count` edits, each of a unit that has what it takes away; drawn with replacement, fewer if there is nothing."""
    pool = pd.concat([_choices(name, pick(frames)) for name, (pick, _) in WAYS.items()], ignore_index=True)
    # Every way as often as any other: there are a hundred late parcels to one refused return.
    chance = 1.0 / pool.groupby("what")["what"].transform("size")
    none = np.zeros(0, dtype=np.int64)
    rows = rng.choice(len(pool), size=count, p=chance / chance.sum()) if len(pool) else none
    drawn = pool.iloc[rows].reset_index(drop=True)
    drawn = drawn.assign(copy=drawn["id"] + "~" + drawn.index.astype("str"))
    copies = _copied(frames, drawn)
    for name, (_, mend) in WAYS.items():
        mend(copies, set(drawn.loc[drawn["what"] == name, "copy"]))
    edited = EvidenceFrames(**copies, live_anchors=frames.live_anchors)
    return Edits(
        drawn["what"].tolist(),
        (drawn["prefix"] + drawn["id"]).tolist(),
        (drawn["prefix"] + drawn["copy"]).tolist(),
        edited,
        count_units(edited, horizon),
    )


def _choices(what: str, found: tuple[str, pd.Series]) -> pd.DataFrame:
    prefix, ids = found
    return pd.DataFrame({"what": what, "prefix": prefix, "id": ids.dropna().astype("str").unique()})


def _copied(frames: EvidenceFrames, drawn: pd.DataFrame) -> Frames:
    """Frames of the copies alone; exclusions, which are not copied, gain those that name a copied order."""
    orders, chats, lone, voices = (drawn.loc[drawn["prefix"] == prefix] for prefix in ("o:", "h:", "c:", "v:"))
    out = {kind: _renamed(getattr(frames, kind), orders, "order_id") for kind in _OF_ORDERS}
    out["conversations"] = _renamed(frames.conversations, chats, "conversation_id")
    alone = frames.complaints[frames.complaints["order_id"].isna()]
    out["complaints"] = pd.concat([out["complaints"], _renamed(alone, lone, "complaint_id")], ignore_index=True)
    said = _voices(frames.responses.assign(order_id=None), voices)
    out["responses"] = pd.concat([out["responses"].assign(live_id=None), said], ignore_index=True)
    out["invitations"] = _voices(frames.invitations, voices)
    named = _renamed(frames.exclusions, orders, "order_id")
    out["exclusions"] = pd.concat([frames.exclusions[frames.exclusions["order_id"].isna()], named], ignore_index=True)
    return out


def _renamed(frame: pd.DataFrame, drawn: pd.DataFrame, key: str) -> pd.DataFrame:
    rows = frame.merge(drawn[["id", "copy"]], left_on=key, right_on="id").drop(columns=["id"])
    return rows.assign(**{key: rows.pop("copy")})[list(frame)]


def _voices(frame: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Rows of a live room's voices, whose id is room and viewer: the copy is another viewer's."""
    rows = frame.assign(voice=voice_of(frame)).merge(drawn[["id", "copy"]], left_on="voice", right_on="id")
    return rows.assign(respondent_ref=rows["copy"].astype("str").str.replace(r"^[^|]*[|]", "", regex=True))[list(frame)]


def effects(base: Counted, edits: Edits, part: Tonight, as_of: date) -> tuple[Ints, Ints, dict[int, Floats]]:
    """Edits that took an incident of a subject of this kind: their numbers, the subject's row in `part`, and its sums
    afterwards.

    `base`: what the unedited units came to; `as_of`: the night of `part`. Sums: half-life -> edits x DECAYED.
    """
    role = ROLES.index(part.kind)
    rows = _subjects(base, edits, part)
    number = np.flatnonzero((rows >= 0) & _less(base, edits, role))
    sums = {half_life: part.sums[half_life][rows[number]].copy() for half_life in HALF_LIVES}
    place = np.full(len(edits), -1, dtype=np.int64)
    place[number] = np.arange(len(number))
    cutoff = int((np.datetime64(as_of, "D") - EPOCH).astype(np.int64))
    for counted, units, sign in ((base, edits.unit, -1.0), (edits.counted, edits.copy, 1.0)):
        at, day, counter, value = _facts(counted, units, role)
        at = place[at]
        for half_life in HALF_LIVES:
            weight = np.exp2(-(cutoff - day[at >= 0]) / half_life)
            np.add.at(sums[half_life], (at[at >= 0], counter[at >= 0]), sign * weight * value[at >= 0])
    return number, rows[number], {half_life: on_grid(np.maximum(table, 0.0)) for half_life, table in sums.items()}


def _less(base: Counted, edits: Edits, role: int) -> Bools:
    """Whether any of the subject's own incidents is gone: what a carrier or a buyer caused is no promise's matter."""
    counts = np.zeros((len(edits), len(DECAYED)))
    for counted, units, sign in ((base, edits.unit, -1.0), (edits.counted, edits.copy, 1.0)):
        at, _, counter, value = _facts(counted, units, role)
        np.add.at(counts, (at, counter), sign * value)
    return np.asarray((counts[:, _OWN] < 0).any(axis=1))


def _subjects(base: Counted, edits: Edits, part: Tonight) -> Ints:
    """Row in `part` of the subject of each edited unit, -1 where there is none."""
    known = pd.Series(base.units[f"{part.kind}_id"].to_numpy(), index=base.units["unit"].to_numpy())
    found = pd.Index(part.counts["subject_id"]).get_indexer(pd.Index(known.reindex(edits.unit)))
    return np.asarray(found, dtype=np.int64)


def _facts(counted: Counted, units: list[str], role: int) -> tuple[Ints, Ints, Ints, Floats]:
    """Of each unit (repeats allowed) its decayed counters: position in `units`, day, position in DECAYED, value."""
    facts = counted.facts[(counted.facts["family"] == "counters") & (counted.facts["role"] == ROLES[role])]
    names = facts["counter"].cat
    counter = np.array([_AT.get(name, -1) for name in names.categories], dtype=np.int64)[names.codes.to_numpy()]
    kept = counter >= 0
    code = pd.Index(facts["unit"].cat.categories).get_indexer(pd.Index(units))
    own = facts["unit"].cat.codes.to_numpy()[kept]
    starts, ends = np.searchsorted(own, code, "left"), np.searchsorted(own, code, "right")
    ends = np.where(code < 0, starts, ends)
    sizes = ends - starts
    at = np.repeat(np.arange(len(units)), sizes)
    row = np.arange(len(at)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(starts, sizes)
    day, value = facts["day"].to_numpy()[kept], facts["value"].to_numpy()[kept]
    return at, day[row].astype(np.int64), counter[kept][row], value[row].astype(np.float64)
