"""The jobs of scoring run where the test runs. Starting three interpreters with LightGBM and pandas is two thirds of a
small night; that a job has a process of its own, and what comes of it, is what test_child and test_killed are about."""

from __future__ import annotations

import contextlib
import os
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest

from reputation.nightly import child
from scoring import jobs

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the night sets it; it is read when LightGBM is loaded


@dataclass(frozen=True)
class Ended:
    """What a night asks of the process it has started."""

    code: int

    def wait(self, timeout: float) -> int:
        return self.code

    def poll(self) -> int:
        return self.code


def _run(job: str, request: Path, log: IO[bytes]) -> Ended:
    with (request.parent / f"{job}.log").open("a") as told, contextlib.redirect_stderr(told):
        try:
            return Ended(jobs.main([job, str(request)]))
        except Exception:
            traceback.print_exc()
            return Ended(1)


@pytest.fixture
def jobs_here(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(child, "_start", _run)
