"""How sure a difference is: subjects are drawn again, the same for both ratings and in every cut-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.evaluate.measures import Forecast, losses

Floats = NDArray[np.float64]
DRAWS = 300
LEVEL = 0.9
_AT_ONCE = 25  # draws held in memory together


def differences(
    subjects: Sequence[NDArray[np.str_]],
    ours: Sequence[Forecast],
    others: Mapping[str, Sequence[Forecast]],
    seed: int,
    draws: int = DRAWS,
) -> dict[str, dict[str, list[float]]]:
    """Per other rating: `auc` and `log_loss` of ours less its own, mean over cut-offs, as [low, high] at 90 %.

    `subjects` names the rows of each cut-off. Every rating must be of the same rows.
    """
    names, places = np.unique(np.concatenate(list(subjects)), return_inverse=True)
    rows = np.split(places, np.cumsum([len(part) for part in subjects])[:-1])
    rng = np.random.default_rng(seed)
    found: dict[str, list[Floats]] = {key: [] for key in ("", *others)}
    for start in range(0, draws, _AT_ONCE):
        count = min(_AT_ONCE, draws - start)
        weights = rng.multinomial(len(names), np.full(len(names), 1.0 / len(names)), size=count).astype(np.float64)
        for key, forecasts in {"": ours, **others}.items():
            found[key].append(_redrawn(forecasts, rows, weights))
    drawn = {key: np.concatenate(parts, axis=1) for key, parts in found.items()}
    return {key: _interval(drawn[""] - drawn[key]) for key in others}


def _redrawn(forecasts: Sequence[Forecast], rows: Sequence[NDArray[np.int64]], weights: Floats) -> Floats:
    """2 x draws: AUC and log loss, mean over cut-offs."""
    each = []
    for forecast, at in zip(forecasts, rows, strict=True):
        drawn = weights[:, at]
        loss = np.einsum("ij,j->i", drawn, losses(forecast)) / np.maximum(
            np.einsum("ij,j->i", drawn, forecast.orders), 1e-9
        )
        each.append(np.stack([forecast.ranking.auc(drawn), loss]))
    return np.asarray(np.mean(each, axis=0))


def _interval(drawn: Floats) -> dict[str, list[float]]:
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=1)
    return {name: [float(low[at]), float(high[at])] for at, name in enumerate(("auc", "log_loss"))}
