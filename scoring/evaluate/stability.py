"""What ratings do between cut-offs: how often shown stars turn round, and how often intervals hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import base
from scoring.evaluate.contenders import LABELS, MODEL, Taught
from scoring.evaluate.moments import Standing
from scoring.intervals import coverage
from scoring.metrics import KIND_ASPECTS
from scoring.stars import exact, fit_scale
from scoring.windows import Panel

Floats = NDArray[np.float64]
TARGET = "defect"
_WATCHED = (MODEL, "dsr_mean", "trust_score", "order_defect_rate")


def flips(seen: Sequence[tuple[date, Taught, Standing]]) -> dict[str, Any]:
    """Turns per 100 nights of a store's star in tenths: up after down, or down after up, seen at the cut-offs only.

    Every rating is put on our scale, fitted to it at the first cut-off and then frozen, from its log-odds for the own
    defect; nothing is held back by dead bands, so that formulas are compared as they are. `moves`: mean change in stars
    from one cut-off to the next. Both None with fewer than three cut-offs.
    """
    if len(seen) < 3:
        return {"nights": 0, "ratings": {}}
    nights = (seen[-1][0] - seen[0][0]).days
    found = {}
    for key in _WATCHED:
        table = pd.DataFrame(
            {day: pd.Series(_stars(key, taught, at, seen[0]), at.subjects) for day, taught, at in seen}
        )
        found[key] = {"label": LABELS[key], **_turns(table.dropna().to_numpy(), nights)}
    return {"nights": nights, "ratings": found}


def _stars(key: str, taught: Taught, at: Standing, first: tuple[date, Taught, Standing]) -> Floats:
    scale = _scale(first[1].above(key, TARGET, first[2].features, first[2].formulas))
    shown = exact(taught.above(key, TARGET, at.features, at.formulas), scale, "store.overall")
    return np.asarray(np.round(shown, 1))


def _scale(log_odds: Floats) -> dict[str, Any]:
    table = pd.DataFrame({"kind": "store", "log_odds": log_odds, "orders_counted": 1000, "buyers": 1000})
    blank = {f"log_odds_{aspect}": np.nan for aspect in KIND_ASPECTS["store"]}
    return fit_scale(table.assign(defect_share=0.05, **blank))


def _turns(stars: Floats, nights: int) -> dict[str, Any]:
    """`stars`: subjects x cut-offs, complete."""
    if not len(stars):
        return {"subjects": 0, "flips_per_100_nights": None, "moves": None}
    change = np.sign(np.diff(np.round(stars * 10), axis=1))
    turns, last = np.zeros(len(stars)), np.zeros(len(stars))
    for now in change.T:
        turns += now * last < 0
        last = np.where(now != 0, now, last)
    moves = float(np.abs(np.diff(stars, axis=1)).mean())
    return {"subjects": len(stars), "flips_per_100_nights": float(turns.mean()) / nights * 100.0, "moves": moves}


def coverage_by_volume(judged: Sequence[tuple[Taught, Panel]]) -> dict[str, Any]:
    """How often the published 80 % interval of the own defect held, by orders known; shares 0 to 1, all cut-offs.

    At each cut-off's own level, for the interval is of a subject and not of the market's season.
    """
    found = [_covered(taught, panel) for taught, panel in judged]
    bands = [_added([one["bands"][at] for one in found]) for at in range(len(found[0]["bands"]))]
    return {"level": found[0]["level"], "bands": bands} | _added(found)


def _covered(taught: Taught, panel: Panel) -> dict[str, Any]:
    orders = panel.outcomes["orders"].to_numpy(dtype=np.float64)
    hits = np.minimum(panel.outcomes[TARGET].to_numpy(dtype=np.float64), orders)
    level = base.logit(float((hits.sum() + 0.5) / (orders.sum() + 1.0)))
    share = base.sigmoid(taught.model.predict_target(panel.features, TARGET) + level)
    volume = np.expm1(panel.features["log_orders"].to_numpy(dtype=np.float64))
    return coverage(share, orders, hits, volume, taught.model.precision_)


def _added(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    subjects = sum(part["subjects"] for part in parts)
    covered = sum(part["subjects"] * part["covered"] for part in parts if part["subjects"])
    bounds = {name: parts[0][name] for name in ("from", "to") if name in parts[0]}
    return bounds | {"subjects": subjects, "covered": covered / subjects if subjects else None}
