"""The jobs of scoring in a process of their own: a native abort is then an exit code, not a dead worker."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings

from reputation.nightly import guarded

TIMEOUT_SECONDS = 5400  # below the task's own time-out, so that the reason is ours to tell
TAIL_CHARACTERS = 400


class JobFailedError(Exception):
    """A job ended otherwise than well; the text says how, in one line."""


def job_run(job: str, *, request: dict[str, Any], folder: Path, timeout: float = TIMEOUT_SECONDS) -> None:
    """Run `python -m scoring.jobs JOB` to its end. Raises JobFailedError with the exit code and its last words."""
    file = folder / f"{job}.json"
    file.write_text(json.dumps(request))
    with (folder / f"{job}.log").open("w+b") as log:
        code = _wait(_start(job, file, log), job, timeout)
        if code:
            raise JobFailedError(_reason(job, code, log))


def _start(job: str, request: Path, log: Any) -> "subprocess.Popen[bytes]":
    command = guarded.command("SIGKILL", "scoring.jobs", job, str(request))
    # LightGBM's threads spin while they wait: on a shared core that makes two of them four times slower than one.
    environment = os.environ | {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.Popen(  # noqa: S603
        command, cwd=settings.ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
    )


def _wait(child: "subprocess.Popen[bytes]", job: str, timeout: float) -> int:
    try:
        return child.wait(timeout)
    except subprocess.TimeoutExpired as error:
        raise JobFailedError(f"{job} took longer than {timeout:.0f} seconds and was stopped") from error
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _reason(job: str, code: int, log: Any) -> str:
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    last = lines[-1][-TAIL_CHARACTERS:] if lines else "no message"
    if code < 0:
        return f"{job} was killed by signal {-code} ({signal.Signals(-code).name}); last message: {last}"
    return f"{job} ended with exit code {code}: {last}"
