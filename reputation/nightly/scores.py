"""Training, judging and scoring of a night: requests for the child process, and what it hands back."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from reputation.nightly.archive import subjects_archive, subjects_path
from reputation.nightly.child import JobFailedError, job_run
from reputation.nightly.runs import Night, StageError, days_folder, run_folder
from reputation.ratings.models import Publication, StarModelRecord
from reputation.ratings.registry import champion, pinned
from reputation.ratings.scales import scale_live
from reputation.ratings.services import model_record
from scoring.explain.files import Explained
from scoring.metrics import KIND_ASPECTS
from scoring.steps import kept_nights

MAX_THREADS = 4  # more gain little on day tables, and the web shares the machine
SEED = 1
logger = logging.getLogger(__name__)


def train(night: Night) -> None:
    """Train a challenger in a child process. Where that fails and a champion stands, the night does without."""
    night.run.results["subjects"] = subjects_archive()
    if _tried(night, "train", _request(night)):
        night.run.results["trained"] = night.label


def gate(night: Night) -> None:
    """Judge the challenger against the champion. The models go into the database whole: any host can score with them.

    Kinds are judged each on its own: what is put up for the night is the better of the two per kind.
    """
    folder, standing = _trained(night), champion(night.day)
    if folder is None or not _tried(night, "gate", _gate_request(night, folder, standing)):
        _without_challenger(night)
    else:
        _put_up(night, folder, standing)


def _put_up(night: Night, folder: Path, standing: StarModelRecord | None) -> None:
    verdicts = json.loads((night.folder / "gate.json").read_text())
    promoted = [] if pinned(night.day) else [kind for kind in KIND_ASPECTS if verdicts[kind]["promoted"]]
    if standing is None and len(promoted) < len(KIND_ASPECTS):
        raise StageError(f"no model can be published: {verdicts}")
    taught = {kind: (night.folder / f"approved-{kind}.json").read_text() for kind in promoted}
    artefacts = ((standing.artefacts if standing else {}) | taught) if promoted else {}
    figures = json.loads((folder / "figures.json").read_text())
    record = model_record(name=night.label, night=night.day, artefacts=artefacts, figures=figures, gate=verdicts)
    night.run.results["challenger"] = record.name
    night.run.results["model"] = standing.name if standing and not promoted else record.name
    night.run.results["levels"] = {kind: figures[kind]["tonight"] for kind in KIND_ASPECTS}
    night.run.results["measured"] = _measured(night, verdicts)


def _measured(night: Night, verdicts: Mapping[str, Any]) -> dict[str, Any]:
    """How the champion foresaw the newest orders. While it was itself fitted to them, the last figures stand."""
    before = previous_publication(night)
    last = before.inputs.get("measured", {}) if before else {}
    return {kind: verdicts[kind]["measured"] or last.get(kind) for kind in KIND_ASPECTS}


def _gate_request(night: Night, trained: Path, standing: StarModelRecord | None) -> dict[str, Any]:
    scale = scale_live(night.day)
    paths = {"models": _paths(night, "champion", standing.artefacts)} if standing else {}
    return _request(night) | paths | {"scale": scale.breakpoints if scale else None, "trained": str(trained)}


def _tried(night: Night, job: str, request: dict[str, Any]) -> bool:
    """Run a job that the night can do without while a champion stands; what it failed of is kept in the run."""
    try:
        job_run(job, request=request, folder=night.folder)
    except JobFailedError as error:
        if champion(night.day) is None:
            raise
        logger.warning("night %s: the champion goes on, for %s", night.day, error)
        night.run.results["challenger_failed"] = str(error)
        return False
    return True


def _without_challenger(night: Night) -> None:
    """The champion rates, at the level of the market that the night before found: tonight's came with the training."""
    standing, before = champion(night.day), previous_publication(night)
    if standing is None or before is None:
        raise StageError("there is no challenger, and no published night to go on from")
    night.run.results["model"] = standing.name
    night.run.results |= {name: before.inputs[name] for name in ("levels", "measured")}


def _trained(night: Night) -> Path | None:
    """Where the challenger lies, if there is one. Where another host trained it, or somebody cleaned up, it is trained
    again."""
    if "challenger_failed" in night.run.results:
        return None
    folder = run_folder(night.run.results["trained"])
    if not (folder / "figures.json").is_file():
        train(night)
    return None if "challenger_failed" in night.run.results else run_folder(night.run.results["trained"])


def score(night: Night) -> None:
    """Score every subject in a child process, with the model that the gate let through."""
    record = StarModelRecord.objects.get(name=night.run.results["model"])
    request = _request(night) | {
        "models": _paths(night, "live", record.artefacts),
        "levels": night.run.results["levels"],
        "previous": _previous(night),
        "kept": _kept(night),
    }
    job_run("score", request=request, folder=night.folder)
    night.run.results["scores"] = night.label


def previous_publication(night: Night) -> Publication | None:
    """The night that this one is compared with: the last one published before it."""
    return Publication.objects.filter(night__lt=night.day).select_related("model", "scale").order_by("-night").first()


def _previous(night: Night) -> dict[str, Any] | None:
    before = previous_publication(night)
    if before is None:
        return None
    models = _paths(night, "previous", before.model.artefacts)
    shape = before.inputs.get("shape")
    return {"as_of": str(before.night), "manifest": before.manifest, "models": models, "shape": shape}


def _kept(night: Night) -> dict[str, dict[str, str]]:
    """Night -> models of the nights that vouch for tonight's stars; written down for the replay."""
    nights = Publication.objects.filter(night__lt=night.day).values_list("night", flat=True)
    days = kept_nights(nights, night.day)
    night.run.results["kept"] = [str(day) for day in days]
    kept = Publication.objects.filter(night__in=days).select_related("model").order_by("night")
    return {str(one.night): _paths(night, one.model.name, one.model.artefacts) for one in kept}


def _paths(night: Night, role: str, artefacts: Mapping[str, str]) -> dict[str, str]:
    paths = {kind: night.folder / f"{role}-{kind}.json" for kind in artefacts}
    for kind, path in paths.items():
        path.write_text(artefacts[kind])
    return {kind: str(path) for kind, path in paths.items()}


def scores_read(night: Night) -> tuple[pd.DataFrame, dict[str, Any], Explained]:
    """Scores, shape and explanations of this night. Where another host made them, or somebody cleaned up, they are made
    again."""
    if not _scores_file(night).is_file():
        score(night)
    folder = _scores_file(night).parent
    return pd.read_parquet(_scores_file(night)), json.loads((folder / "shape.json").read_text()), Explained.read(folder)


def _scores_file(night: Night) -> Path:
    return run_folder(night.run.results["scores"]) / "scores.parquet"


def _request(night: Night) -> dict[str, Any]:
    return {
        "as_of": str(night.day),
        "folder": str(days_folder()),
        "manifest": night.run.manifest,
        "subjects": str(subjects_path(night.run.results["subjects"])),
        "out": str(night.folder),
        "threads": night.run.results.setdefault("threads", min(MAX_THREADS, os.cpu_count() or 1)),
        "seed": SEED,
    }
