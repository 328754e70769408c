"""What speaks against whom, unit by unit and in words: what the counts sum up, for those who dispute it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.metrics import BY_KEY
from scoring.outcomes.book import Book, book_of
from scoring.outcomes.clocks import NEVER, Bools, Days, Ints
from scoring.outcomes.codes import EPOCH, ROLES
from scoring.outcomes.evidence import EvidenceFrames, Horizon
from scoring.outcomes.exclusions import clears, stated
from scoring.outcomes.ledger import counted
from scoring.outcomes.orders import valid
from scoring.outcomes.others import Part, count_conversations, count_incidents, count_voices, is_held
from scoring.outcomes.rules import NOBODY
from scoring.outcomes.symptoms import Symptom

COLUMNS = ("unit", "role", "subject_id", "what", "day", "grave", "excluded", "held")
PROBLEM_COLUMNS = (*COLUMNS, "own", "liable")
JOINED = "+"  # between two parties that are liable together
_STORES, _ANCHORS = (1 << at for at in range(len(ROLES)))


def incidents_of(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    """One row per unit, party and thing that went wrong and is that party's own doing, set aside or not.

    unit, role ("store", "anchor"), subject_id; what: a symptom of an order (a key of RULES), a metric of any other unit;
    day: datetime64 market day on which it was first known; grave; excluded: index into EXCLUSION_REASONS of the reason
    that sets it aside, -1 where none; held: the whole unit is set aside. Rows that are neither excluded nor held are
    exactly what `count_units` counts: the earliest of a metric is that metric's incident. Sorted by unit, role and what.

    Raises KeyError for a missing column.
    """
    found = problems_of(frames, horizon)
    return found.loc[found["own"], list(COLUMNS)].reset_index(drop=True)


def problems_of(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    """The rows of `incidents_of`, and per party those of its orders' symptoms that it does not answer for.

    own: whether this party answers for it; liable: who does, joined by JOINED ("store", "anchor", "store+anchor",
    "carrier", "buyer", "platform", "nobody"); day: of what is not its own the day on which anybody knew. Of orders the
    rows that are neither excluded nor held are exactly what `count_units` counts in "problem". Sorted as those are.

    Raises KeyError for a missing column.
    """
    parts = [_of_orders(frames, horizon)]
    nothing_held = replace(frames, held=frozenset(), held_for={})
    asked = None if frames.units is None else {unit[:1] for unit in frames.units}
    for letter, frame, count in (
        ("c", frames.complaints, count_incidents),
        ("v", frames.responses, count_voices),
        ("h", frames.conversations, count_conversations),
    ):
        if len(frame) and (asked is None or letter in asked):  # an order has complaints and answers too
            parts.append(_of_others(count(nothing_held, horizon), frames))
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["unit", "role", "what"], ignore_index=True)


def _of_orders(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    book = book_of(frames, horizon)
    unit = ("o:" + book.orders.frame["order_id"].astype("str")).to_numpy(dtype=object)
    held, counts = is_held(pd.Series(unit, dtype="object"), frames), valid(book.orders)
    doers = [_liable(book, symptom) for symptom in book.symptoms]
    found = [part for role in ROLES for part in _of_role(book, role, counts, doers)]
    at, role, rule, day, excluded, own, liable = (np.concatenate(column) for column in zip(*found, strict=True))
    subjects = np.stack([book.orders.frame[f"{name}_id"].to_numpy(dtype=object) for name in ROLES])
    rules = [symptom.rule for symptom in book.symptoms]
    return pd.DataFrame(
        {
            "unit": unit[at],
            "role": np.array(ROLES, dtype=object)[role],
            "subject_id": subjects[role, at],
            "what": np.array([one.key for one in rules], dtype=object)[rule],
            "day": EPOCH + day.astype("timedelta64[D]"),
            "grave": np.array([one.grave for one in rules])[rule],
            "excluded": excluded,
            "held": held[at],
            "own": own,
            "liable": liable,
        }
    )


_Part = tuple[Ints, Ints, Ints, Days, Ints, Bools, npt.NDArray[np.object_]]


def _of_role(book: Book, role: str, counts: Bools, doers: list[npt.NDArray[np.object_]]) -> list[_Part]:
    """Per symptom of the role: positions of orders, of the role and of the symptom, days, what excludes them, whether
    it is the role's own doing, and whose it is."""
    there = counts & book.orders.frame[f"{role}_id"].notna().to_numpy(dtype=bool)
    reason = stated(book.reasons[role])
    out = []
    for place, symptom in enumerate(book.symptoms):
        at = np.flatnonzero((symptom.any != NEVER) & there).astype(np.int64)
        mine = getattr(symptom, role)[at]
        day = np.where(mine != NEVER, mine, symptom.any[at]).astype(np.int32)
        excluded = np.where(clears(symptom.rule, book.reasons[role]), reason, -1)[at]
        parts = (np.full(len(at), ROLES.index(role)), np.full(len(at), place), day, excluded, mine != NEVER)
        out.append((at, *parts, doers[place][at]))
    return out


def _liable(book: Book, symptom: Symptom) -> npt.NDArray[np.object_]:
    """Whose doing a symptom of each order is: its parties', else whoever the rule names besides them."""
    has_anchor = book.orders.frame["anchor_id"].notna().to_numpy(dtype=bool)
    parties = _STORES * (symptom.store != NEVER) + _ANCHORS * ((symptom.anchor != NEVER) & has_anchor)
    else_ = next((party for party in symptom.rule.liable if party not in ROLES), NOBODY)
    names = np.array([else_, *ROLES, JOINED.join(ROLES)], dtype=object)
    out: npt.NDArray[np.object_] = names[parties]
    return out


def _of_others(part: Part, frames: EvidenceFrames) -> pd.DataFrame:
    """Each numerator of a share is an incident, save the one that sums them up."""
    done = counted([part])
    rows = done.facts.astype({"unit": "str", "role": "str", "counter": "str"})
    metric = rows["counter"].str.removesuffix("_n")
    own = rows["counter"].str.endswith("_n") & metric.isin(list(BY_KEY)) & (metric != "incident")
    grave = rows.loc[rows["counter"] == "grave", ["unit", "role"]].apply(tuple, axis=1)
    rows = rows.assign(what=metric)[own]
    parties = {role: dict(zip(done.units["unit"], done.units[f"{role}_id"], strict=True)) for role in ROLES}
    subject = [parties[role][unit] for unit, role in zip(rows["unit"], rows["role"], strict=True)]
    return pd.DataFrame(
        {
            "unit": rows["unit"].to_numpy(dtype=object),
            "role": rows["role"].to_numpy(dtype=object),
            "subject_id": np.array(subject, dtype=object),
            "what": rows["what"].to_numpy(dtype=object),
            "day": EPOCH + rows["day"].to_numpy().astype("timedelta64[D]"),
            "grave": [key in set(grave) for key in zip(rows["unit"], rows["role"], strict=True)],
            "excluded": np.full(len(rows), -1, dtype=np.int64),
            "held": np.where(rows["role"] == "store", *(is_held(rows["unit"], frames, role) for role in ROLES)),
            "own": np.ones(len(rows), dtype=bool),
            "liable": rows.groupby(["unit", "counter"])["role"].transform(_together).to_numpy(dtype=object),
        }
    )


def _together(roles: pd.Series) -> str:
    return JOINED.join(role for role in ROLES if role in set(roles))
