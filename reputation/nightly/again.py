"""A published night as a request to score it once more: its archived inputs, checked and laid out as files."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from reputation.nightly.archive import subjects_path
from reputation.nightly.rating_rows import before_read
from reputation.nightly.runs import days_folder
from reputation.nightly.scores import MAX_THREADS, SEED
from reputation.nightly.settling import Look
from reputation.nightly.snapshot import Manifest
from reputation.ratings.models import Publication, StarModelRecord
from scoring.model import StarModel

Revisions = list[tuple[str, str, int]]


class ReplayError(Exception):
    """The night cannot be scored again; the text says what is missing."""


@contextmanager
def work_folder() -> Iterator[Path]:
    """Outside the runs' own folders, which a night tidies up."""
    parent = Path(settings.LIVESTAR_VAR) / "replays"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def request_of(publication: Publication, folder: Path, manifest: Manifest | None = None) -> dict[str, Any]:
    """What every job of the night was asked. `manifest`: other day files than those that it read."""
    return {
        "as_of": str(publication.night),
        "folder": str(days_folder()),
        "manifest": manifest or publication.manifest,
        "subjects": str(subjects_path(publication.inputs["subjects"])),
        "out": str(folder),
        "threads": publication.inputs.get("threads") or min(MAX_THREADS, os.cpu_count() or 1),
        "seed": SEED,
    }


def score_request(publication: Publication, folder: Path, manifest: Manifest | None = None) -> dict[str, Any]:
    """The request by which the night scored every subject. Raises ReplayError for a model of another version."""
    before = publication.previous
    previous = before and {
        "as_of": str(before.night),
        "manifest": before.manifest,
        "models": _models(before.model, folder, "previous"),
    }
    vouching = Publication.objects.filter(night__in=publication.inputs["kept"]).select_related("model")
    return request_of(publication, folder, manifest) | {
        "models": _models(publication.model, folder, "live", needed=True),
        "levels": publication.inputs["levels"],
        "previous": previous,
        "kept": {str(one.night): _models(one.model, folder, one.model.name) for one in vouching},
    }


def _models(record: StarModelRecord, folder: Path, role: str, needed: bool = False) -> dict[str, str]:
    """Texts as files. The night itself left out whatever it could not read, but for the model that rates."""
    for text in record.artefacts.values() if needed else ():
        try:
            StarModel.load(text)
        except ValueError as error:
            raise ReplayError(f"model {record.name} is of another version of Livestar: replay with that one") from error
    paths = {kind: folder / f"{role}-{kind}.json" for kind in record.artefacts}
    for kind, path in paths.items():
        path.write_text(record.artefacts[kind])
    return {kind: str(path) for kind, path in paths.items()}


def look_of(publication: Publication, before: Revisions | None = None) -> Look:
    """What the night's stars were read with. `before`: the revisions of the night before to start from, else its own."""
    kept: Mapping[str, Any] = publication.inputs
    chosen = kept["revised"] if before is None else before
    revisions = {(kind, subject): revision for kind, subject, revision in chosen}
    return Look(
        scale=publication.scale.breakpoints,
        announced=kept["announced"],
        before=before_read(publication.previous, publication.night, revisions),
        withheld={(kind, subject): reason for kind, subject, reason in kept["withheld"]},
    )
