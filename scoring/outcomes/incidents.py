"""What speaks against whom, unit by unit and in words: what the counts sum up, for those who dispute it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from scoring.metrics import BY_KEY
from scoring.outcomes.book import Book, book_of
from scoring.outcomes.clocks import NEVER, Bools
from scoring.outcomes.codes import EPOCH, ROLES
from scoring.outcomes.evidence import EvidenceFrames, Horizon
from scoring.outcomes.exclusions import clears, stated
from scoring.outcomes.ledger import counted
from scoring.outcomes.orders import valid
from scoring.outcomes.others import Part, count_conversations, count_incidents, count_voices, is_held

COLUMNS = ("unit", "role", "subject_id", "what", "day", "grave", "excluded", "held")


def incidents_of(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    """One row per unit, party and thing that went wrong and is that party's own doing, set aside or not.

    unit, role ("store", "anchor"), subject_id; what: a symptom of an order (a key of RULES), a metric of any other unit;
    day: datetime64 market day on which it was first known; grave; excluded: index into EXCLUSION_REASONS of the reason
    that sets it aside, -1 where none; held: the whole unit is set aside. Rows that are neither excluded nor held are
    exactly what `count_units` counts: the earliest of a metric is that metric's incident. Sorted by unit, role and what.

    Raises KeyError for a missing column.
    """
    parts = [_of_orders(frames, horizon)]
    nothing_held = EvidenceFrames(**{**vars(frames), "held": frozenset()})
    for frame, count in (
        (frames.complaints, count_incidents),
        (frames.responses, count_voices),
        (frames.conversations, count_conversations),
    ):
        if len(frame):
            parts.append(_of_others(count(nothing_held, horizon), frames))
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values(["unit", "role", "what"], ignore_index=True)


def _of_orders(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    book = book_of(frames, horizon)
    unit = ("o:" + book.orders.frame["order_id"].astype("str")).to_numpy(dtype=object)
    held, counts = is_held(pd.Series(unit, dtype="object"), frames), valid(book.orders)
    rows = [_of_role(book, role, unit, held, counts) for role in ROLES]
    return pd.concat(rows, ignore_index=True)


def _of_role(book: Book, role: str, unit: npt.NDArray[np.object_], held: Bools, counts: Bools) -> pd.DataFrame:
    subject = book.orders.frame[f"{role}_id"].to_numpy(dtype=object)
    reason = stated(book.reasons[role])
    parts = []
    for symptom in book.symptoms:
        days = getattr(symptom, role)
        at = np.flatnonzero((days != NEVER) & counts & pd.notna(subject))
        aside = clears(symptom.rule, book.reasons[role])[at]
        parts.append(
            pd.DataFrame(
                {
                    "unit": unit[at],
                    "role": role,
                    "subject_id": subject[at],
                    "what": symptom.rule.key,
                    "day": EPOCH + days[at].astype("timedelta64[D]"),
                    "grave": symptom.rule.grave,
                    "excluded": np.where(aside, reason[at], -1),
                    "held": held[at],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _of_others(part: Part, frames: EvidenceFrames) -> pd.DataFrame:
    """Each numerator of a share is an incident, save the one that sums them up."""
    done = counted([part])
    rows = done.facts.astype({"unit": "str", "role": "str", "counter": "str"})
    metric = rows["counter"].str.removesuffix("_n")
    own = rows["counter"].str.endswith("_n") & metric.isin(list(BY_KEY)) & (metric != "incident")
    grave = rows.loc[rows["counter"] == "grave", ["unit", "role"]].apply(tuple, axis=1)
    rows = rows.assign(what=metric)[own]
    parties = done.units.set_index("unit")
    subject = [parties.at[unit, f"{role}_id"] for unit, role in zip(rows["unit"], rows["role"], strict=True)]
    return pd.DataFrame(
        {
            "unit": rows["unit"].to_numpy(dtype=object),
            "role": rows["role"].to_numpy(dtype=object),
            "subject_id": np.array(subject, dtype=object),
            "what": rows["what"].to_numpy(dtype=object),
            "day": EPOCH + rows["day"].to_numpy().astype("timedelta64[D]"),
            "grave": [key in set(grave) for key in zip(rows["unit"], rows["role"], strict=True)],
            "excluded": np.full(len(rows), -1, dtype=np.int64),
            "held": is_held(rows["unit"], frames),
        }
    )
