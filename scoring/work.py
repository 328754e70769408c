"""The two pieces of a night that run in a child process: training, and scoring every subject."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scoring.archive import Archive
from scoring.metrics import ASPECTS
from scoring.model import StarModel
from scoring.roster import Roster
from scoring.trees import Growth
from scoring.windows import KINDS, Tonight, panels, tonight


@dataclass(frozen=True)
class Night:
    """What a child process is asked to work on. Days after `as_of` are never read."""

    as_of: date
    archive: Archive
    subjects: pd.DataFrame
    out: Path
    threads: int
    seed: int


def train(night: Night) -> dict[str, Any]:
    """Writes model-store.json, model-anchor.json and figures.json into `out`, each whole or not at all."""
    started = time.monotonic()
    figures: dict[str, Any] = {"as_of": night.as_of.isoformat()}
    learnt = panels(night.archive, Roster(night.subjects), night.as_of)
    figures["seconds_windows"] = round(time.monotonic() - started, 2)
    for kind in KINDS:
        model = StarModel(kind, growth=Growth(threads=night.threads, seed=night.seed)).fit(learnt[kind])
        write(night.out / f"model-{kind}.json", model.save())
        cutoffs = {date.fromordinal(day).isoformat(): level for day, level in model.levels_["defect"].items()}
        figures[kind] = model.figures_ | {
            "cutoffs": sorted(cutoffs),
            "levels": cutoffs,
            "tonight": model.tonight_,
            "reference": model.reference_,
        }
    figures |= _cost(started)
    write(night.out / "figures.json", json.dumps(figures, allow_nan=False, indent=1))
    return figures


def score(night: Night, models: Mapping[str, StarModel]) -> pd.DataFrame:
    """Writes scores.parquet into `out`: every subject once, by kind and id. `models`: one per kind."""
    tables = [
        scored(part, models[kind]) for kind, part in tonight(night.archive, Roster(night.subjects), night.as_of).items()
    ]
    table = pd.concat(tables, ignore_index=True).sort_values(["kind", "subject_id"], ignore_index=True)
    unfinished = night.out / "scores.parquet.part"
    table.to_parquet(unfinished, index=False, compression="zstd")
    unfinished.replace(night.out / "scores.parquet")
    return table


def scored(part: Tonight, model: StarModel) -> pd.DataFrame:
    """Counts and predictions side by side; an aspect without any evidence is NaN."""
    predicted = model.predict(part.features)
    for aspect in ASPECTS:
        column = f"log_odds_{aspect}"
        if column not in predicted:
            predicted[column] = np.full(len(predicted), np.nan)
        else:
            predicted[column] = predicted[column].where(part.seen[aspect])
    return pd.concat([part.counts, predicted], axis=1)


def write(path: Path, text: str) -> None:
    """The whole text or nothing: a reader never sees half a file."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _cost(started: float) -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.monotonic() - started, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024),
    }
