"""How good the ratings are, measured on the day files at hand: a request for a child process, and what it reports."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db.models import Max

from reputation.nightly import guarded
from reputation.nightly.archive import subjects_archive, subjects_path
from reputation.nightly.models import DayFile
from reputation.nightly.runs import days_folder
from reputation.nightly.scores import MAX_THREADS, SEED
from reputation.nightly.selectors import yesterday
from reputation.nightly.snapshot import manifest_build
from scoring.evaluate.job import REPORT

Step = Callable[[int, int, str], None]  # steps done, of how many, what was done
_TAIL_CHARACTERS = 600


class EvaluationError(Exception):
    """Nothing could be evaluated; the text says why, or what to ask for instead."""


@dataclass(frozen=True)
class Wish:
    """Cut-offs from `first` to `last` (None: as early, as late as can be), `every` so many days; no targets are all."""

    first: date | None = None
    last: date | None = None
    every: int = 14
    kind: str = "store"
    targets: Sequence[str] = ()


def evaluation_run(wish: Wish, step: Step = lambda done, steps, what: None) -> dict[str, Any]:
    """The report of scoring.evaluate.walk. Raises EvaluationError."""
    with tempfile.TemporaryDirectory(prefix="livestar-evaluate-") as name:
        folder = Path(name)
        file = folder / "request.json"
        file.write_text(json.dumps(_request(wish, folder)))
        with (folder / "evaluate.log").open("w+") as log:
            code = _follow(file, log, step)
            if code:
                raise EvaluationError(_reason(code, log))
        report: dict[str, Any] = json.loads((folder / REPORT).read_text())
    return report


def _request(wish: Wish, folder: Path) -> dict[str, Any]:
    newest = DayFile.objects.filter(family__in=("counters", "reported")).aggregate(day=Max("day"))["day"]
    if newest is None:
        raise EvaluationError("there are no day files yet; run a night first")
    last = min(newest, yesterday())
    return {
        "as_of": str(last),
        "folder": str(days_folder()),
        "manifest": manifest_build(last),
        "subjects": str(subjects_path(subjects_archive())),
        "out": str(folder),
        "first": wish.first and str(wish.first),
        "last": wish.last and str(wish.last),
        "every": wish.every,
        "kind": wish.kind,
        "targets": list(wish.targets),
        "threads": min(MAX_THREADS, os.cpu_count() or 1),
        "seed": SEED,
    }


def _follow(request: Path, log: IO[str], step: Step) -> int:
    """Run the child to its end and pass on each step it tells of."""
    child = subprocess.Popen(  # noqa: S603
        guarded.command("SIGKILL", "scoring.evaluate.job", str(request)),
        cwd=settings.ROOT, env=os.environ | {"OMP_WAIT_POLICY": "passive"}, text=True,
        stdout=subprocess.PIPE, stderr=log, start_new_session=True,
    )  # fmt: skip
    try:
        for line in child.stdout or ():
            told = json.loads(line)
            step(told["done"], told["steps"], told["what"])
        return child.wait()
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _reason(code: int, log: IO[str]) -> str:
    log.seek(0)
    lines = log.read().strip().splitlines()
    last = lines[-1][-_TAIL_CHARACTERS:] if lines else "no message"
    if code < 0:
        return f"the evaluation was killed by signal {-code} ({signal.Signals(-code).name}); last message: {last}"
    return last if code == 2 else f"the evaluation ended with exit code {code}: {last}"
