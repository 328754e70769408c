"""LightGBM, kept in one place: imported inside functions only, so that no web process or fork ever loads OpenMP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.base import Sample

if TYPE_CHECKING:
    import lightgbm

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Size and restraint of the trees; `min_data` rows a leaf at most, fewer where there are few rows."""

    rounds: int = 110
    leaves: int = 7
    learning_rate: float = 0.04
    lambda_l2: float = 50.0
    feature_fraction: float = 0.25
    min_data: int = 400
    threads: int = 2
    seed: int = 1


def parameters(growth: Growth, directions: Mapping[str, int], rows: int) -> dict[str, Any]:
    """LightGBM's parameters. `directions` (feature -> 1 or 0) are the constraints, in column order."""
    return {
        "objective": "cross_entropy", "boost_from_average": False, "num_leaves": growth.leaves,
        "learning_rate": growth.learning_rate, "lambda_l2": growth.lambda_l2,
        "feature_fraction": growth.feature_fraction, "min_data_in_leaf": min(growth.min_data, max(20, rows // 50)),
        "monotone_constraints": list(directions.values()), "monotone_constraints_method": "basic",
        "deterministic": True, "force_row_wise": True, "seed": growth.seed, "num_threads": growth.threads,
        "verbosity": -1,
    }  # fmt: skip


def grow(sample: Sample, directions: Mapping[str, int], growth: Growth) -> str:
    """Text of a booster that predicts log-odds above the period's level. Rows must come sorted."""
    import lightgbm

    params = parameters(growth, directions, len(sample.share))
    data = lightgbm.Dataset(
        sample.features[list(directions)],
        label=sample.share,
        weight=sample.weight,
        init_score=sample.level,
        categorical_feature=[],
        params=params,
        free_raw_data=True,
    )
    booster = lightgbm.train(params, data, num_boost_round=growth.rounds)
    return str(booster.model_to_string(num_iteration=-1))


def predict(text: str, features: pd.DataFrame, threads: int) -> Floats:
    """Log-odds above the level. Raises LightGBMError when the columns are not those of the fit, in their order."""
    if not len(features):
        return np.zeros(0)
    raw = _booster(text).predict(features, raw_score=True, validate_features=True, num_threads=threads)
    return np.asarray(raw, dtype=np.float64)


@lru_cache(maxsize=32)  # the targets of both kinds under two models
def _booster(text: str) -> lightgbm.Booster:
    import lightgbm

    return lightgbm.Booster(model_str=text)
