"""The night's last steps: publish, and tidy up what no night needs."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from django.conf import settings
from django.db import connection

from reputation.evidence.brushing import brushing_subjects
from reputation.nightly.archive import subjects_path, subjects_read
from reputation.nightly.drifting import Shape, drift_checked, stop_if_broken, withholding
from reputation.nightly.models import Run
from reputation.nightly.rating_rows import before_read, figures, known_subjects, rating_rows, revisions_of
from reputation.nightly.runs import Night, days_folder, run_folder
from reputation.nightly.scores import previous_publication, scores_read
from reputation.nightly.settling import Look, settled
from reputation.ratings.models import ChampionTerm, Publication, Scale, StarModelRecord, WithheldFor
from reputation.ratings.registry import champion, champion_appoint
from reputation.ratings.scales import scale_announced, scale_ensure
from reputation.ratings.services import models_prune, publication_create, ratings_write
from reputation.ratings.standings import standings_prune, standings_write

YOUNG_SECONDS = 86_400  # a file this young may belong to a roll that has not committed yet


def publish(night: Night) -> None:
    """Ratings go in by chunks; publication, pointer, champion and the run's status change together."""
    scores, shape, explained = scores_read(night)
    previous = previous_publication(night)
    scale = scale_ensure(night=night.day, scores=scores)
    known = known_subjects(scores, subjects_read(night.run.results["subjects"]))
    look, rated = _settled(night, known, look_of(night, previous, scale), shape, previous)
    rows = rating_rows(rated)
    ratings_write(night=night.day, rows=rows, guard=night.lease.check, each=lambda starts: _chunks(night, starts))
    standings_write(night=night.day, explained=explained, guard=night.lease.check)
    publication_create(
        night=night.day,
        model=StarModelRecord.objects.get(name=night.run.results["model"]),
        scale=scale,
        closed_through=night.run.closed_through,
        manifest=night.run.manifest,
        figures=figures(rows, night.run.results),
        expected_rows=len(rows),
        guard=lambda: _published(night),
        previous=previous,
        inputs=_inputs(night, previous, look, shape),
    )
    night.run.status = Run.Status.PUBLISHED


def look_of(night: Night, previous: Publication | None, scale: Scale) -> Look:
    announced = scale_announced(night.day)
    return Look(
        scale=scale.breakpoints,
        announced=announced.breakpoints if announced else None,
        before=before_read(previous, night.day),
        withheld=dict.fromkeys(brushing_subjects(night=night.day), str(WithheldFor.BRUSHING)),
    )


def _settled(
    night: Night, known: pd.DataFrame, look: Look, shape: Shape, previous: Publication | None
) -> tuple[Look, pd.DataFrame]:
    """What is shown, with those withheld whose star jumped. Raises StageError where too much moved."""
    rated = settled(known, look)
    checked = drift_checked(rated, shape, previous, night.day)
    night.run.results["drift"] = checked.figures
    night.run.results["jumped"] = sorted(checked.withheld)
    night.run.save(update_fields=["results"])  # a night that stops here says why
    stop_if_broken(checked, accepted=bool(night.run.results.get("drift_accepted")))
    if not checked.withheld:
        return look, rated
    look = withholding(look, checked)
    return look, settled(known, look)


def _inputs(night: Night, previous: Publication | None, look: Look, shape: Shape) -> Mapping[str, Any]:
    """What a replay needs beside manifest, model and scale."""
    return {
        "subjects": night.run.results["subjects"],
        "levels": night.run.results["levels"],
        "measured": night.run.results["measured"],
        "challenger_failed": night.run.results.get("challenger_failed", ""),
        "kept": night.run.results["kept"],
        "threads": night.run.results["threads"],
        "shape": shape,
        "announced": look.announced,
        "revised": revisions_of(previous),
        "jumped": night.run.results["jumped"],
        "withheld": [[*who, reason] for who, reason in sorted(look.withheld.items())],
    }


def _chunks(night: Night, starts: range) -> Iterable[int]:
    return night.progress.each(starts, total=len(starts), unit="chunk")


def _published(night: Night) -> None:
    """Part of the transaction that publishes: a kill after it finds a night that knows that it is done."""
    night.lease.check()
    model = StarModelRecord.objects.get(name=night.run.results["model"])
    standing = champion(night.day)
    if standing != model:
        reason = ChampionTerm.Reason.GATE if standing else ChampionTerm.Reason.FIRST
        champion_appoint(model=model, night=night.day, reason=reason)
    Run.objects.filter(night=night.day).update(status=Run.Status.PUBLISHED)


def report(night: Night) -> None:
    """Drop what no publication and no run at hand needs: old work folders, models, day files."""
    night.lease.check()  # one that was only slow must not tidy away what its successor works on
    models_prune(keep=[night.run.results["model"]])
    standings_prune()
    _work_folders_drop(keep=night.label, guard=night.lease.check)
    _day_files_drop(days_folder())
    _subject_lists_drop()


def _work_folders_drop(*, keep: str, guard: Callable[[], None]) -> None:
    for folder in run_folder(keep).parent.iterdir():
        if folder.name != keep:
            guard()
            shutil.rmtree(folder, ignore_errors=True)
    replays = Path(settings.LIVESTAR_VAR) / "replays"  # those of a replay that was killed
    for folder in replays.iterdir() if replays.is_dir() else ():
        if folder.stat().st_mtime < time.time() - YOUNG_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)


def _subject_lists_drop() -> None:
    """Lists of subjects that no publication and no run at hand names."""
    unpublished = Run.objects.exclude(status=Run.Status.PUBLISHED)
    needed = {
        *Publication.objects.values_list("inputs__subjects", flat=True),
        *unpublished.values_list("results__subjects", flat=True),
    }
    for path in subjects_path("x").parent.glob("*.parquet"):
        if path.stem not in needed and path.stat().st_mtime < time.time() - YOUNG_SECONDS:
            path.unlink(missing_ok=True)


_NEEDED = """
SELECT digest FROM nightly_dayfile WHERE digest = ANY(%(digests)s)
UNION
SELECT named.value FROM (
    SELECT manifest FROM ratings_publication UNION ALL SELECT manifest FROM ratings_repair UNION ALL SELECT manifest FROM nightly_run WHERE status <> 'published'
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
