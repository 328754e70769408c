"""The night's last steps: publish, and tidy up what no night needs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from django.db import connection

from reputation.evidence.brushing import brushing_subjects
from reputation.nightly.models import Run
from reputation.nightly.rating_rows import figures, rating_rows
from reputation.nightly.runs import Night, days_folder, run_folder
from reputation.nightly.scores import scores_read
from reputation.ratings.models import StarModelRecord
from reputation.ratings.services import models_prune, publication_create, ratings_write, scale_ensure

YOUNG_SECONDS = 86_400  # a file this young may belong to a roll that has not committed yet


def publish(night: Night) -> None:
    """Ratings go in by chunks; publication, pointer and the run's status change together."""
    scores = scores_read(night)
    scale = scale_ensure(night=night.day, scores=scores)
    rows = rating_rows(scores, scale.breakpoints, brushing_subjects(night=night.day))
    ratings_write(night=night.day, rows=rows, guard=night.lease.check, each=lambda starts: _chunks(night, starts))
    model = StarModelRecord.objects.get(name=night.run.results["model"])
    publication_create(
        night=night.day,
        model=model,
        scale=scale,
        closed_through=night.run.closed_through,
        manifest=night.run.manifest,
        figures=figures(rows, model.figures),
        expected_rows=len(rows),
        guard=lambda: _published(night),
    )
    night.run.status = Run.Status.PUBLISHED


def _chunks(night: Night, starts: range) -> Iterable[int]:
    return night.progress.each(starts, total=len(starts), unit="chunk")


def _published(night: Night) -> None:
    """Part of the transaction that publishes: a kill after it finds a night that knows that it is done."""
    night.lease.check()
    Run.objects.filter(night=night.day).update(status=Run.Status.PUBLISHED)


def report(night: Night) -> None:
    """Drop what no publication and no run at hand needs: old work folders, models, day files."""
    models_prune(keep=[night.run.results["model"]])
    _work_folders_drop(keep=night.label)
    _day_files_drop(days_folder())


def _work_folders_drop(*, keep: str) -> None:
    for folder in run_folder(keep).parent.iterdir():
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)


_NEEDED = """
SELECT digest FROM nightly_dayfile WHERE digest = ANY(%(digests)s)
UNION
SELECT named.value FROM (
    SELECT manifest FROM ratings_publication UNION ALL SELECT manifest FROM nightly_run WHERE status <> 'published'
) archived, jsonb_each(archived.manifest) family, jsonb_each_text(family.value) named
WHERE named.value = ANY(%(digests)s)
"""


def _day_files_drop(folder: Path) -> None:
    """Files that were replaced before any night read them: from several rolls a day, or a roll that was killed."""
    before = time.time() - YOUNG_SECONDS
    old = {path.stem: path for path in folder.glob("*.parquet") if path.stat().st_mtime < before}
    with connection.cursor() as cursor:
        cursor.execute(_NEEDED, {"digests": list(old)})
        needed = {row[0] for row in cursor.fetchall()}
    for digest, path in old.items():
        if digest not in needed:
            path.unlink(missing_ok=True)
