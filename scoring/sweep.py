"""Random steps to the worse that must not make a rating better: the monotone promise, tried on a finished model."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scoring.metrics import KIND_ASPECTS
from scoring.model import StarModel

_ROWS = 100  # per feature
_PATHS = 4_000


def sweep(model: StarModel, features: pd.DataFrame, seed: int = 1) -> int:
    """How many random steps to the worse made the defect's or an aspect's log-odds better; 0 for a sound model.

    `features`: rows of catalogue(kind), at least one, else there is nothing to step from. Each feature that has a
    direction is stepped alone from 100 rows, then some of them at once along 4,000 paths; a step is up to the column's
    whole spread, or 1 where it has none.
    """
    if not len(features):
        return 0
    random = np.random.default_rng(seed)
    targets = ["defect", *(f"defect_{aspect}" for aspect in KIND_ASPECTS[model.kind])]
    return sum(_violations(model, features, target, random) for target in targets)


def _violations(model: StarModel, features: pd.DataFrame, target: str, random: np.random.Generator) -> int:
    directed = [name for name, direction in model.directions(target).items() if direction]
    at = features.columns.get_indexer(pd.Index(directed))
    values = features.to_numpy(dtype=np.float32)
    spread = np.ptp(values[:, at], axis=0)
    reach = np.where(spread > 0, spread, 1.0)
    single = np.repeat(np.eye(len(at)), _ROWS, axis=0)
    joint = random.random((_PATHS, len(at))) < random.random((_PATHS, 1))
    steps = np.concatenate([single, joint]) * random.random((len(single) + len(joint), len(at))) * reach
    before = values[random.integers(0, len(values), len(steps))]
    after = before.copy()
    after[:, at] += steps.astype(np.float32)
    was, becomes = (
        model.predict_target(pd.DataFrame(rows, columns=features.columns), target) for rows in (before, after)
    )
    return int((~(becomes >= was - 1e-9)).sum())
