"""Child process of the night: `python -m scoring.jobs train|gate|score REQUEST.json`.

A process of its own, because LightGBM can abort it without an exception and because its threads must never be
forked. Exit 0 done; 2 the request cannot be served as it stands (the line on stderr names the field); 1 anything else.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec

from scoring.metrics import KIND_ASPECTS

if TYPE_CHECKING:
    import pandas as pd

    from scoring.archive import Archive
    from scoring.metrics import SubjectKind
    from scoring.model import StarModel
    from scoring.steps import Before
    from scoring.work import Night

SUBJECT_COLUMNS = ("kind", "subject_id", "category", "opened_on")


class RequestError(ValueError):
    """The request cannot be served; the message names the field and what to do."""


class OtherVersionError(RequestError):
    """A model that another version of this code has made."""


class Manifest(msgspec.Struct):
    """Per family the content hash of each market day's file."""

    counters: dict[date, str]
    outcomes: dict[date, str] = {}
    reported: dict[date, str] = {}


class Previous(msgspec.Struct):
    """The night that this one is compared with: what it read, and the models that rated it."""

    as_of: date
    manifest: Manifest
    models: dict[str, str]
    shape: dict[str, Any] | None = None


class Request(msgspec.Struct):
    as_of: date
    folder: str
    manifest: Manifest
    subjects: str
    out: str
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 2
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    models: dict[str, str] | None = None  # kind -> path: whom the gate defends, and who scores
    levels: dict[str, dict[str, float]] = {}  # kind -> target -> tonight's log-odds
    scale: dict[str, Any] | None = None
    previous: Previous | None = None
    kept: dict[date, dict[str, str]] = {}  # earlier nights that vouch (scoring.steps.kept_nights), kind -> path
    trained: str | None = None  # the folder that `train` wrote into; gate reads it


def main(arguments: list[str]) -> int:
    """Run one job; returns the exit code."""
    if len(arguments) != 2 or arguments[0] not in JOBS:
        return _refuse(f"usage: python -m scoring.jobs {'|'.join(JOBS)} REQUEST.json")
    # Busily waiting threads make training five times slower on a machine that has anything else to do.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        request = read_request(Path(arguments[1]), Request)
        JOBS[arguments[0]](prepare(request), request)
    except RequestError as error:
        return _refuse(str(error))
    return 0


Asked = TypeVar("Asked", bound=Request)


def read_request(path: Path, kind: type[Asked]) -> Asked:
    """The request of a file. Raises RequestError for what cannot be read or has a wrong field."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise RequestError(f"request {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise RequestError(f"request {path}: {error}") from error


def prepare(request: Request) -> Night:
    """Everything a job reads, checked. Raises RequestError naming the field."""
    from scoring.work import Night

    out = Path(request.out)
    if not out.is_dir():
        raise RequestError(f"out: {out} is not a folder; make it first")
    archive = _archive(request, request.manifest, request.as_of)
    return Night(request.as_of, archive, read_subjects(request.subjects), out, request.threads, request.seed)


def _archive(request: Request, manifest: Manifest, last: date) -> Archive:
    from scoring.archive import Archive

    families = msgspec.structs.asdict(manifest)
    known = {family: {day: name for day, name in days.items() if day <= last} for family, days in families.items()}
    try:
        return Archive.from_manifest(Path(request.folder), known)
    except FileNotFoundError as error:
        raise RequestError(str(error)) from error


def read_subjects(path: str) -> pd.DataFrame:
    """The subject table of a request. Raises RequestError for a file that is not one."""
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise RequestError(f"subjects: {path} cannot be read as Parquet: {error}") from error
    missing = [column for column in SUBJECT_COLUMNS if column not in table.columns]
    if missing:
        raise RequestError(f"subjects: {path} lacks the column {missing[0]}")
    strange = set(table["kind"]) - {"store", "anchor"}
    if strange:
        raise RequestError(f"subjects: kind is {sorted(map(str, strange))[0]!r}; it must be store or anchor")
    return table


def _train(night: Night, request: Request) -> None:
    from scoring.work import train

    train(night)


def _gate(night: Night, request: Request) -> None:
    from scoring.work import gate

    champions = _readable("models", request.models) if request.models else None
    gate(night, Path(request.trained or request.out), champions, request.scale)


def _score(night: Night, request: Request) -> None:
    from scoring.work import score

    models = _models("models", request.models or {})
    for kind, model in models.items():
        model.tonight_ = model.tonight_ | request.levels.get(kind, {})
    kept = {day: _readable(f"kept.{day}", paths) for day, paths in request.kept.items()}
    score(night, models, _before(request), {day: found for day, found in kept.items() if found})


def _models(field: str, paths: dict[str, str]) -> dict[SubjectKind, StarModel]:
    from scoring.model import OtherFormatError, StarModel

    models: dict[SubjectKind, StarModel] = {}
    for kind in KIND_ASPECTS:
        if kind not in paths:
            raise RequestError(f"{field}.{kind}: missing; give the path of a trained model")
        try:
            models[kind] = StarModel.load(Path(paths[kind]).read_text(encoding="utf-8"))
        except OtherFormatError as error:
            raise OtherVersionError(f"{field}.{kind}: {paths[kind]}: {error}") from error
        except (OSError, ValueError, KeyError) as error:
            raise RequestError(f"{field}.{kind}: {paths[kind]} cannot be loaded: {error}") from error
    return models


def _readable(field: str, paths: dict[str, str]) -> dict[SubjectKind, StarModel] | None:
    """None for models of another version of this code: after an upgrade a night has nothing to compare with."""
    try:
        return _models(field, paths)
    except OtherVersionError as error:
        sys.stderr.write(f"{error}: left out\n")
        return None


def _before(request: Request) -> Before | None:
    """The previous night, with those of its day files that are others by now; None where there is none."""
    from scoring.steps import Before

    if request.previous is None:
        return None
    old, new = request.previous.manifest, request.manifest
    days = [
        day for day in _days(old) | _days(new) if day <= request.previous.as_of and _files(old, day) != _files(new, day)
    ]
    was, now = (_archive(request, _only(manifest, days), request.previous.as_of) for manifest in (old, new))
    models = _readable("previous.models", request.previous.models)
    return Before(request.previous.as_of, models, was, now, request.previous.shape)


def _days(manifest: Manifest) -> set[date]:
    return manifest.counters.keys() | manifest.reported.keys()


def _files(manifest: Manifest, day: date) -> tuple[str | None, str | None]:
    """Both files of a day belong together: what was counted wins over what was reported."""
    return manifest.counters.get(day), manifest.reported.get(day)


def _only(manifest: Manifest, days: list[date]) -> Manifest:
    return Manifest(
        {day: manifest.counters[day] for day in days if day in manifest.counters},
        {},
        {day: manifest.reported[day] for day in days if day in manifest.reported},
    )


def _refuse(line: str) -> int:
    sys.stderr.write(line + "\n")
    return 2


JOBS = {"train": _train, "gate": _gate, "score": _score}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
