"""Child process of the night: `python -m scoring.jobs train|score REQUEST.json`.

A process of its own, because LightGBM can abort it without an exception and because its threads must never be
forked. Exit 0 done; 2 the request cannot be served as it stands (the line on stderr names the field); 1 anything else.
"""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    import pandas as pd

    from scoring.work import Night

SUBJECT_COLUMNS = ("kind", "subject_id", "category", "opened_on")


class RequestError(ValueError):
    """The request cannot be served; the message names the field and what to do."""


class Manifest(msgspec.Struct):
    """Per family the content hash of each market day's file."""

    counters: dict[date, str]
    outcomes: dict[date, str] = {}
    reported: dict[date, str] = {}


class Request(msgspec.Struct):
    as_of: date
    folder: str
    manifest: Manifest
    subjects: str
    out: str
    threads: Annotated[int, msgspec.Meta(ge=1, le=256)] = 2
    seed: Annotated[int, msgspec.Meta(ge=0)] = 1
    models: dict[str, str] | None = None


def main(arguments: list[str]) -> int:
    """Run one job; returns the exit code."""
    if len(arguments) != 2 or arguments[0] not in ("train", "score"):
        return _refuse("usage: python -m scoring.jobs train|score REQUEST.json")
    # Busily waiting threads make training five times slower on a machine that has anything else to do.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        request = read_request(Path(arguments[1]))
        night = prepare(request)
        if arguments[0] == "score":
            _score(night, request)
        else:
            _train(night)
    except RequestError as error:
        return _refuse(str(error))
    return 0


def read_request(path: Path) -> Request:
    """Raises RequestError for what cannot be read or has a wrong field."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Request)
    except OSError as error:
        raise RequestError(f"request {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise RequestError(f"request {path}: {error}") from error


def prepare(request: Request) -> Night:
    """Everything a job reads, checked. Raises RequestError naming the field."""
    from scoring.archive import Archive
    from scoring.work import Night

    out = Path(request.out)
    if not out.is_dir():
        raise RequestError(f"out: {out} is not a folder; make it first")
    families = msgspec.structs.asdict(request.manifest)
    known = {
        family: {day: digest for day, digest in days.items() if day <= request.as_of}
        for family, days in families.items()
    }
    try:
        archive = Archive.from_manifest(Path(request.folder), known)
    except FileNotFoundError as error:
        raise RequestError(str(error)) from error
    return Night(request.as_of, archive, _subjects(request.subjects), out, request.threads, request.seed)


def _subjects(path: str) -> pd.DataFrame:
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


def _train(night: Night) -> None:
    from scoring.work import train

    train(night)


def _score(night: Night, request: Request) -> None:
    from scoring.model import StarModel
    from scoring.work import score

    models: dict[str, Any] = {}
    for kind in ("store", "anchor"):
        path = (request.models or {}).get(kind)
        if path is None:
            raise RequestError(f"models.{kind}: missing; give the path of a trained model")
        try:
            models[kind] = StarModel.load(Path(path).read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError) as error:
            raise RequestError(f"models.{kind}: {path} cannot be loaded: {error}") from error
    score(night, models)


def _refuse(line: str) -> int:
    sys.stderr.write(line + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
