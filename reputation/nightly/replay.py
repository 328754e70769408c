"""A past night once more, from its archived inputs: every published number must come out again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from reputation.nightly.again import ReplayError, Revisions, look_of, request_of, score_request, work_folder
from reputation.nightly.archive import subjects_path, subjects_read
from reputation.nightly.child import job_run
from reputation.nightly.rating_rows import figures, known_subjects, rating_rows
from reputation.nightly.runs import StageError, days_folder
from reputation.nightly.settling import settled
from reputation.nightly.snapshot import manifest_check
from reputation.ratings.models import Publication, Rating, Repair
from scoring.metrics import KIND_ASPECTS
from scoring.model import StarModel

Say = Callable[[str], None]
NAMED_THEN = ("name", "category")  # a revision keeps what the subject was called
_JSON = ("aspects", "excluded", "ledger", "settled")


@dataclass(frozen=True)
class Difference:
    """A number that did not come out as published. `where`: "store S1 stars", or "model store"."""

    where: str
    published: str
    replayed: str


@dataclass
class Replay:
    night: date
    ratings: int = 0
    numbers: int = 0
    models: dict[str, str] = field(default_factory=dict)  # kind -> the night that taught its model
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        return not self.differences


def night_replay(*, night: date, training: bool = True, say: Say = lambda line: None) -> Replay:
    """Rebuild a published night and compare. Nothing is written but a work folder that is removed again.

    training: teach the models again too. Raises ReplayError where the night or one of its inputs is not there.
    """
    publication = Publication.objects.select_related("model", "scale", "previous__model", "previous__scale")
    found = publication.filter(night=night).first()
    if found is None:
        raise ReplayError(f"night {night} is not published")
    inputs_check(found, say)
    replay = Replay(night)
    with work_folder() as folder:
        if training:
            _compare_training(found, folder, replay, say)
        say("scoring every subject again")
        job_run("score", request=score_request(found, folder), folder=folder)
        _compare_ratings(found, folder / "scores.parquet", replay)
    for repair in found.repairs.order_by("id"):
        _compare_repair(found, repair, replay, say)
    return replay


def inputs_check(publication: Publication, say: Say) -> None:
    """Every file must still have the content that its name is the hash of."""
    say("checking the archived files")
    try:
        for one in (publication, publication.previous, *publication.repairs.all()):
            if one is not None:
                manifest_check(one.manifest, days_folder())
    except StageError as error:
        raise ReplayError(str(error)) from error
    digest = publication.inputs.get("subjects")
    if not digest or not subjects_path(digest).is_file():
        raise ReplayError(f"the list of subjects of {publication.night} was not kept: it predates replays")
    repaired = [repair.manifest for repair in publication.repairs.all()]
    manifests = [one.manifest for one in (publication, publication.previous) if one] + repaired
    names = {name for manifest in manifests for days in manifest.values() for name in days.values()}
    paths = [days_folder() / f"{name}.parquet" for name in sorted(names)] + [subjects_path(digest)]
    for path in paths:
        if hashlib.sha256(path.read_bytes()).hexdigest() != path.stem:
            raise ReplayError(f"{path.name} has been changed since: restore it from a backup")


def _compare_training(publication: Publication, folder: Path, replay: Replay, say: Say) -> None:
    """Tonight's levels come from the night's own training, or where that failed from the night before; a model from
    that of the night which first had it."""
    taught: dict[date, dict[str, Any]] = {}
    if publication.inputs.get("challenger_failed") and publication.previous:
        levels = publication.previous.inputs["levels"]
    else:
        taught[publication.night] = _train(publication, folder, say)
        levels = {kind: taught[publication.night]["figures"][kind]["tonight"] for kind in KIND_ASPECTS}
    _compare(replay, "levels", publication.inputs["levels"], levels)
    for kind, text in publication.model.artefacts.items():
        origin = _taught_in(kind, text, publication)
        replay.models[kind] = str(origin.night)
        if origin.night not in taught:
            taught[origin.night] = _train(origin, folder, say)
        _compare(replay, f"model {kind}", text in taught[origin.night][kind], True)


def _taught_in(kind: str, text: str, publication: Publication) -> Publication:
    """The first published night whose model of this kind is this text."""
    same = Publication.objects.filter(night__lte=publication.night, **{f"model__artefacts__{kind}": text})
    if origin := same.order_by("night").first():
        return origin
    raise ReplayError(f"no published night has taught the {kind} model of {publication.night}")


def _train(publication: Publication, folder: Path, say: Say) -> dict[str, Any]:
    """Figures, and per kind the texts that a gate may have let through: with trees, or the base alone."""
    from scoring.gate import without_trees

    say(f"teaching the models of {publication.night} again")
    job_run("train", request=request_of(publication, folder), folder=folder)
    texts = {kind: (folder / f"model-{kind}.json").read_text() for kind in KIND_ASPECTS}
    bare = {kind: without_trees(StarModel.load(text)).save() for kind, text in texts.items()}
    figures = json.loads((folder / "figures.json").read_text())
    return {"figures": figures} | {kind: (texts[kind], bare[kind]) for kind in KIND_ASPECTS}


def rows_again(publication: Publication, scores: Path, before: Revisions | None = None) -> pd.DataFrame:
    known = known_subjects(pd.read_parquet(scores), subjects_read(publication.inputs["subjects"]))
    return rating_rows(settled(known, look_of(publication, before)))


def _compare_repair(publication: Publication, repair: Repair, replay: Replay, say: Say) -> None:
    """The revisions that it published, from the day files that it made."""
    published = list(Rating.objects.filter(repair=repair))
    if not published:
        return
    say(f"scoring again for {len(published)} corrected ratings")
    with work_folder() as folder:
        job_run("score", request=score_request(publication, folder, repair.manifest), folder=folder)
        rows = rows_again(publication, folder / "scores.parquet", repair.before).set_index(["kind", "subject_id"])
    for rating in published:
        where = f"{rating.kind} {rating.subject_id} revision {rating.revision}"
        row = rows.loc[(rating.kind, rating.subject_id)].drop(list(NAMED_THEN))
        for column, now in row.items():
            found = json.loads(now) if column in _JSON and now else now
            _compare(replay, f"{where} {column}", getattr(rating, str(column)), found)
    replay.ratings += len(published)


def _compare_ratings(publication: Publication, scores: Path, replay: Replay) -> None:
    rows = rows_again(publication, scores)
    columns = list(rows.columns)
    published = {
        (row[0], row[1]): row
        for row in Rating.objects.filter(night=publication.night, revision=0).values_list(*columns)
    }
    replay.ratings = len(published)
    for row in rows.itertuples(index=False, name=None):
        stood = published.pop((row[0], row[1]), None)
        if stood is None:
            _compare(replay, f"{row[0]} {row[1]}", "nothing", "a rating")
            continue
        for column, was, now in zip(columns, stood, row, strict=True):
            _compare(replay, f"{row[0]} {row[1]} {column}", was, json.loads(now) if column in _JSON and now else now)
    for kind, subject in published:
        _compare(replay, f"{kind} {subject}", "a rating", "nothing")
    _compare(replay, "figures", publication.figures, json.loads(json.dumps(figures(rows, publication.inputs))))


def _compare(replay: Replay, where: str, published: Any, replayed: Any) -> None:
    replay.numbers += 1
    was, now = plain(published), plain(replayed)
    if was != now:
        replay.differences.append(Difference(where, str(was), str(now)))


def plain(value: Any) -> Any:
    """Decimals as the floats they came from; no number stands for none."""
    if value is None or isinstance(value, str | bool | dict | list):
        return value
    return None if pd.isna(value) else float(value)
