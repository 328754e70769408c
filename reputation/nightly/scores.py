"""Training and scoring of a night: requests for the child process, and what it hands back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from reputation.nightly.child import job_run
from reputation.nightly.roll.copying import frame_read
from reputation.nightly.runs import Night, days_folder, run_folder
from reputation.ratings.models import StarModelRecord
from reputation.ratings.services import model_record
from scoring.metrics import KIND_ASPECTS

MAX_THREADS = 4  # more gain little on day tables, and the web shares the machine
SEED = 1
_SUBJECTS = (
    "SELECT 'store' AS kind, store_id AS subject_id, category, opened_on FROM subjects_store WHERE NOT retracted"
    " UNION ALL SELECT 'anchor', anchor_id, NULL, NULL FROM subjects_anchor WHERE NOT retracted"
)


def train(night: Night) -> None:
    """Train in a child process; the models go into the database whole, so that any host can score with them."""
    job_run("train", request=_request(night), folder=night.folder)
    artefacts = {kind: (night.folder / f"model-{kind}.json").read_text() for kind in KIND_ASPECTS}
    figures = json.loads((night.folder / "figures.json").read_text())
    model_record(name=night.label, night=night.day, artefacts=artefacts, figures=figures)
    night.run.results["model"] = night.label


def score(night: Night) -> None:
    """Score every subject in a child process, with the model that this night trained."""
    record = StarModelRecord.objects.get(name=night.run.results["model"])
    paths = {}
    for kind, text in record.artefacts.items():
        paths[kind] = str(night.folder / f"champion-{kind}.json")
        Path(paths[kind]).write_text(text)
    job_run("score", request=_request(night) | {"models": paths}, folder=night.folder)
    night.run.results["scores"] = night.label


def scores_read(night: Night) -> pd.DataFrame:
    """The scores of this night. Where another host made them, or somebody cleaned up, they are made again."""
    if not _scores_file(night).is_file():
        score(night)
    return pd.read_parquet(_scores_file(night))


def _scores_file(night: Night) -> Path:
    return run_folder(night.run.results["scores"]) / "scores.parquet"


def _request(night: Night) -> dict[str, Any]:
    subjects = night.folder / "subjects.parquet"
    types = {"kind": pa.string(), "subject_id": pa.string(), "category": pa.string(), "opened_on": pa.date32()}
    pq.write_table(pa.Table.from_pandas(frame_read(_SUBJECTS, types)), subjects)
    return {
        "as_of": str(night.day),
        "folder": str(days_folder()),
        "manifest": night.run.manifest,
        "subjects": str(subjects),
        "out": str(night.folder),
        "threads": min(MAX_THREADS, os.cpu_count() or 1),
        "seed": SEED,
    }
