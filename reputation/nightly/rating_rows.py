"""Scores, names and the scale -> the rows that a night publishes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from reputation.nightly.roll.copying import frame_read
from scoring.metrics import EXCLUSION_REASONS, KIND_ASPECTS
from scoring.stars import rate

_NAMES = (
    "SELECT 'store' AS kind, store_id AS subject_id, name FROM subjects_store WHERE name IS NOT NULL"
    " UNION ALL SELECT 'anchor', anchor_id, name FROM subjects_anchor WHERE name IS NOT NULL"
)


def rating_rows(scores: pd.DataFrame, scale: dict[str, Any], withheld: AbstractSet[tuple[str, str]]) -> pd.DataFrame:
    """One row per subject with the columns of Rating, without night and revision; null is None."""
    rated = rate(_known(scores), scale, lambda kind, subject: (kind, subject) in withheld)
    rows = _named(rated)
    shown = rows["state"] == "rated"
    return pd.DataFrame(
        {
            **{column: rows[column] for column in ("kind", "subject_id", "name", "category", "state", "basis")},
            "stars": _nullable(rows["stars"].round(1)),
            "half_stars": _nullable(rows["half_stars"].round(1)),
            "expected": _nullable((rows["defect_share"] * 100).where(shown)),
            "all_causes": _nullable((rows["all_causes_share"] * 100).where(shown)),
            "orders_counted": rows["orders_counted"].astype("int64"),
            "confirmed_defects": rows["confirmed_defects"].astype("int64"),
            "percentile": _nullable(rows["percentile"].round(1)),
            "aspects": _aspects(rows),
            "excluded": _excluded(rows),
        }
    )


_RETRACTED = (
    "SELECT 'store' AS kind, store_id AS subject_id FROM subjects_store WHERE retracted"
    " UNION ALL SELECT 'anchor', anchor_id FROM subjects_anchor WHERE retracted"
)


def _known(scores: pd.DataFrame) -> pd.DataFrame:
    """Without the subjects that were retracted: day files still name them."""
    gone = frame_read(_RETRACTED, {"kind": pa.string(), "subject_id": pa.string()})
    marked = scores.merge(gone, on=["kind", "subject_id"], how="left", indicator=True)
    return scores[(marked["_merge"] == "left_only").to_numpy()]


def _named(rated: pd.DataFrame) -> pd.DataFrame:
    names = frame_read(_NAMES, {"kind": pa.string(), "subject_id": pa.string(), "name": pa.string()})
    rows = rated.merge(names, on=["kind", "subject_id"], how="left")
    return rows.assign(name=rows["name"].fillna(rows["subject_id"]), category=rows["category"].fillna(""))


def _nullable(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), None)


def _aspects(rows: pd.DataFrame) -> list[str]:
    columns = {aspect: (rows[f"stars_{aspect}"], rows[f"percentile_{aspect}"]) for aspect in KIND_ASPECTS["store"]}
    parts = {aspect: _aspect(stars.to_numpy(), places.to_numpy()) for aspect, (stars, places) in columns.items()}
    names = list(parts)
    return [json.dumps(dict(zip(names, values, strict=True))) for values in zip(*parts.values(), strict=True)]


def _aspect(stars: np.ndarray[Any, Any], places: np.ndarray[Any, Any]) -> list[dict[str, float] | None]:
    return [
        None if np.isnan(star) else {"stars": round(float(star), 1), "percentile": round(float(place), 1)}
        for star, place in zip(stars, places, strict=True)
    ]


def _excluded(rows: pd.DataFrame) -> list[str]:
    reasons = [rows[f"excluded_{reason}"].to_numpy() for reason in EXCLUSION_REASONS]
    return [
        json.dumps(
            {
                "orders": int(total),
                "reasons": {name: int(n) for name, n in zip(EXCLUSION_REASONS, counts, strict=True) if n},
            }
        )
        for total, *counts in zip(rows["excluded_orders"].to_numpy(), *reasons, strict=True)
    ]


def figures(rows: pd.DataFrame, learnt: Mapping[str, Any]) -> dict[str, Any]:
    """What the night's summary says: subjects by kind and state, how the stars spread in halves, the market's level."""
    of_kind = {kind: rows[rows["kind"] == kind] for kind in KIND_ASPECTS}
    states = {kind: Counter(table["state"].tolist()) for kind, table in of_kind.items()}
    spread = {kind: Counter(table["half_stars"].dropna().tolist()) for kind, table in of_kind.items()}
    return {
        kind: {
            "states": dict(sorted(states[kind].items())),
            "half_stars": {str(half): count for half, count in sorted(spread[kind].items())},
            "levels": {when: learnt.get(kind, {}).get(when) for when in ("tonight", "reference")},
        }
        for kind in KIND_ASPECTS
    }
