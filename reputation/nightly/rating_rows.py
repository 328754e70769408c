"""A night's settled scores -> the rows that it publishes, and the night before as the next one starts from it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from django.db.models import Max

from reputation.nightly.settling import KEY, STATE, Before
from reputation.ratings.models import Publication, Rating
from scoring.ledger import PARTS
from scoring.metrics import ASPECTS, EXCLUSION_REASONS, KIND_ASPECTS


def known_subjects(scores: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    """The score table with names, without those who were retracted: day files still name them.

    subjects: kind, subject_id, name, retracted.
    """
    rows = scores.merge(subjects[[*KEY, "name", "retracted"]], on=KEY, how="left")
    rows = rows[~rows["retracted"].eq(True)].drop(columns="retracted")
    return rows.assign(name=rows["name"].fillna(rows["subject_id"]), category=rows["category"].fillna(""))


def rating_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Settled scores (scoring table with names, see settling.settled) -> the columns of Rating, without night and
    revision; null is None."""
    shown = rows["state"] == "rated"
    hundredfold = {
        "expected": "defect_share",
        "low": "low_share",
        "high": "high_share",
        "all_causes": "all_causes_share",
    }
    return pd.DataFrame(
        {
            **{column: rows[column] for column in ("kind", "subject_id", "name", "category", "state", "basis")},
            "withheld_for": rows["withheld_for"],
            "stars": _nullable(rows["stars"].round(1)),
            "half_stars": _nullable(rows["half_stars"].round(1)),
            "announced_stars": _nullable(rows["announced_stars"].round(1)),
            **{name: _nullable((rows[share] * 100).where(shown)) for name, share in hundredfold.items()},
            "orders_counted": rows["orders_counted"].astype("int64"),
            "confirmed_defects": rows["confirmed_defects"].astype("int64"),
            "percentile": _nullable(rows["percentile"].round(1)),
            "aspects": _aspects(rows),
            "excluded": _excluded(rows),
            "ledger": pd.Series(_ledger(rows), index=rows.index, dtype=object),
            "settled": pd.Series(_state(rows), index=rows.index, dtype=object),
        }
    )


def _nullable(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), None)


def _aspects(rows: pd.DataFrame) -> list[str]:
    columns = {aspect: (rows[f"stars_{aspect}"], rows[f"percentile_{aspect}"]) for aspect in ASPECTS}
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


def _ledger(rows: pd.DataFrame) -> list[str | None]:
    """The parts that are not nothing, in stars; null where there is no star on both nights to compare."""
    parts = rows[list(PARTS)].to_numpy(dtype=np.float64)
    return [
        None
        if np.isnan(row).any()
        else json.dumps({name: round(float(x), 3) for name, x in zip(PARTS, row, strict=True) if x})
        for row in parts
    ]


def _state(rows: pd.DataFrame) -> list[str | None]:
    """Exact to the last bit, so that a replay of the next night starts from the very same numbers."""
    names = ["log_odds", *STATE, *(f"log_odds_{aspect}" for aspect in ASPECTS)]
    values = rows[names].to_numpy(dtype=np.float64)
    there = rows["exact"].notna().to_numpy()
    return [
        json.dumps({name: float(x) for name, x in zip(names, row, strict=True) if not np.isnan(x)}) if known else None
        for known, row in zip(there, values, strict=True)
    ]


def before_read(
    publication: Publication | None, night: date, revisions: Mapping[tuple[str, str], int] | None = None
) -> Before | None:
    """What a published night hands on, each subject in its latest revision, or in the `revisions` given (else 0)."""
    if publication is None:
        return None
    rows = Rating.objects.filter(night=publication.night, settled__isnull=False).order_by(*KEY, "revision")
    names = ["log_odds", *STATE]
    found = [
        (kind, subject, np.nan if stars is None else float(stars), *map(state.get, names))
        for kind, subject, revision, stars, state in rows.values_list(*KEY, "revision", "stars", "settled")
        if revisions is None or revision == revisions.get((kind, subject), 0)
    ]
    table = pd.DataFrame(found, columns=[*KEY, "shown", *names])
    table = table.astype(dict.fromkeys(["shown", *names], "float64")).drop_duplicates(KEY, keep="last")
    return Before((night - publication.night).days, publication.scale.breakpoints, table)


def revisions_of(publication: Publication | None) -> list[tuple[str, str, int]]:
    """Which ratings of a night stand in a later revision than their first: what a night started from, for its replay."""
    if publication is None:
        return []
    repaired = Rating.objects.filter(night=publication.night, revision__gt=0)
    return sorted(repaired.values_list(*KEY).annotate(last=Max("revision")))


def figures(rows: pd.DataFrame, judged: Mapping[str, Any]) -> dict[str, Any]:
    """What the night's summary says: subjects by kind and state, how the stars spread in halves, the market's level,
    and how well the model foresaw the newest orders whose outcomes stand.

    judged: "levels" (kind -> target -> tonight's log-odds) and "measured" (kind -> scoring.work.measured).
    """
    of_kind = {kind: rows[rows["kind"] == kind] for kind in KIND_ASPECTS}
    return {
        kind: {
            "states": dict(sorted(Counter(table["state"].tolist()).items())),
            "half_stars": {
                str(half): count for half, count in sorted(Counter(table["half_stars"].dropna().tolist()).items())
            },
            "levels": {"tonight": dict(judged["levels"][kind])},
            "measured": judged["measured"][kind],
            "announced": _announced(table),
        }
        for kind, table in of_kind.items()
    }


def _announced(table: pd.DataFrame) -> dict[str, int] | None:
    """How many would stand higher or lower by the scale that is announced."""
    known = table[table["announced_stars"].notna() & table["stars"].notna()]
    if not len(known):
        return None
    moved = known["announced_stars"].astype(float) - known["stars"].astype(float)
    signs = Counter(np.sign(moved.round(1)).tolist())
    return {"higher": signs[1.0], "same": signs[0.0], "lower": signs[-1.0]}
