"""Child process: `python -m scoring.evaluate.job REQUEST.json`.

A process of its own for the reasons of scoring.jobs. On stdout one line of JSON per step, {"done": 3, "steps": 40,
"what": "…"}; the report goes to `out`/evaluation.json. Exit 0 done; 2 the request cannot be served (stderr says why).
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec

from scoring import jobs
from scoring.jobs import RequestError, prepare, read_request

if TYPE_CHECKING:
    from scoring.evaluate.walk import Task
    from scoring.work import Night

REPORT = "evaluation.json"


class Request(jobs.Request):
    """A night's request, `as_of` the last day that counts as known; `first` and `last` of the judged cut-offs, none is
    as early or as late as can be; no targets are all."""

    first: date | None = None
    last: date | None = None
    every: Annotated[int, msgspec.Meta(ge=1, le=366)] = 14
    kind: Literal["store", "anchor"] = "store"
    targets: tuple[str, ...] = ()


def main(arguments: list[str]) -> int:
    """Evaluate as asked; returns the exit code."""
    if len(arguments) != 1:
        return _refuse("usage: python -m scoring.evaluate.job REQUEST.json")
    # Before numpy is loaded: threads that wait busily cost more than they bring, the more so beside a web server.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from scoring.evaluate.plan import NothingToJudgeError

    try:
        _evaluate(read_request(Path(arguments[0]), Request))
    except (RequestError, NothingToJudgeError) as error:
        return _refuse(str(error))
    return 0


def _evaluate(request: Request) -> None:
    from scoring.evaluate.walk import evaluate, steps
    from scoring.roster import Roster
    from scoring.work import write

    night = prepare(request)
    task = _task(request, night)
    total, done = steps(task), 0

    def told(what: str) -> None:
        nonlocal done
        done += 1
        sys.stdout.write(json.dumps({"done": done, "steps": total, "what": what}) + "\n")
        sys.stdout.flush()

    report = evaluate(night.archive, Roster(night.subjects), task, told)
    write(night.out / REPORT, json.dumps(report, allow_nan=False, indent=1))


def _task(request: Request, night: Night) -> Task:
    from scoring.evaluate.plan import plan
    from scoring.evaluate.walk import Task, choices
    from scoring.trees import Growth

    known = choices(request.kind)
    if unknown := [target for target in request.targets if target not in known]:
        raise RequestError(f"target {unknown[0]!r} is not known; choose from {', '.join(known)}")
    todo = plan(night.archive, request.first, request.last, request.every)
    growth = Growth(threads=night.threads, seed=night.seed)
    return Task(todo, request.kind, request.targets, growth, night.seed)


def _refuse(line: str) -> int:
    sys.stderr.write(line + "\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
