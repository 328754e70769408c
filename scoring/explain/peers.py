"""What the others of a night come to: totals to set a subject against, and medians for people to compare with."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.explain.standing import Table, columns
from scoring.features import HALF_LIVES, Peers, Totals, metrics, rates, totals
from scoring.metrics import BY_KEY, SubjectKind
from scoring.stars import LEAST_BUYERS, LEAST_ORDERS
from scoring.windows import Tonight

Floats = NDArray[np.float64]
LEAST_PEERS = 20  # rated subjects that a median needs; a smaller category is compared with its whole kind
_HALF_LIFE = 120


def usual(part: Tonight) -> pd.DataFrame:
    """Rows of the night x metric keys: the shrunk rate (0 to 1) or minutes of each subject, half-life 120 days.

    Shrunk, because among small subjects the median of a rare thing would be nothing at all.
    """
    tables = (part.sums[_HALF_LIFE], part.yardsticks.market[_HALF_LIFE], part.yardsticks.category[_HALF_LIFE])
    return pd.DataFrame({metric.key: rates(*tables, metric)[2] for metric in metrics(part.kind)})


def medians(values: pd.DataFrame, categories: pd.Series[str], rated: NDArray[np.bool_]) -> dict[str, Any]:
    """{"kind": {"subjects", "medians", "quick"}, "categories": {name: the same}}, categories from LEAST_PEERS on.

    `values` as of `usual`, one row per subject; `categories` and `rated` as long. "quick": of the metrics in minutes
    what the quicker quarter stays below. Of nobody both are empty.
    """
    known, names = values[rated], categories[rated].to_numpy()
    groups = {str(name): group for name, group in known.groupby(names, sort=True) if len(group) >= LEAST_PEERS}
    return {"kind": _group(known), "categories": {name: _group(group) for name, group in groups.items()}}


def _group(values: pd.DataFrame) -> dict[str, Any]:
    times = [key for key in values if BY_KEY[str(key)].unit == "minutes"] if len(values) else []
    return {
        "subjects": len(values),
        "medians": _named(values.median()) if len(values) else {},
        "quick": _named(values[times].quantile(0.25)) if times else {},
    }


def _named(found: pd.Series[float]) -> dict[str, float]:
    return {str(key): float(value) for key, value in found.items()}


def peers_frame(part: Tonight) -> pd.DataFrame:
    """kind, category (str) and figures (JSON text): one row per category of the night.

    figures: "medians" and "quick" (metric -> rate or minutes) of "subjects" rated ones, "of" the "category" or, where
    that is small, the "kind"; "totals" as `unpack` takes them.
    """
    counts, categories = part.counts, part.counts["category"].astype(str)
    rated = ((counts["orders_counted"] >= LEAST_ORDERS) & (counts["buyers"] >= LEAST_BUYERS)).to_numpy(dtype=np.bool_)
    found = medians(usual(part), categories, rated)
    names, codes = np.unique(categories.to_numpy(dtype=object), return_inverse=True)
    summed = totals(part.sums, Peers(part.kind, np.arange(len(codes)), codes.astype(np.int64), part.age))
    rows = [
        (part.kind, str(name), _figures(found, str(name), totals_json(summed, at, part.kind)))
        for at, name in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=["kind", "category", "figures"])


def _figures(found: dict[str, Any], name: str, summed: dict[str, Table]) -> str:
    near = found["categories"].get(name)
    figures = (near or found["kind"]) | {"of": "category" if near else "kind", "totals": summed}
    return json.dumps(figures, allow_nan=False)


def totals_json(summed: Totals, code: int, kind: SubjectKind) -> dict[str, Table]:
    """The totals of a category and its market; Python writes the shortest text that reads back as the same float."""
    used = list(columns(kind))
    market = [summed.market[half_life][used].tolist() for half_life in HALF_LIVES]
    return {"market": market, "near": [summed.category[half_life][code][used].tolist() for half_life in HALF_LIVES]}
