"""A job of scoring that ends badly says how, and never outlives the night that started it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reputation.nightly.child import JobFailedError, job_run
from tests.nightly.processes import alive, children


def request(folder: Path, **changes: Any) -> dict[str, Any]:
    whole = {"as_of": "2026-03-31", "folder": str(folder), "manifest": {"counters": {}}, "subjects": ""}
    return whole | {"out": str(folder)} | changes


def test_a_request_that_cannot_be_served_is_told_with_the_jobs_own_words(tmp_path: Path) -> None:
    with pytest.raises(JobFailedError, match=r"train ended with exit code 2: out: \S+/nowhere is not a folder"):
        job_run("train", request=request(tmp_path, out=str(tmp_path / "nowhere")), folder=tmp_path)


def test_a_job_that_does_not_exist_ends_with_the_usage(tmp_path: Path) -> None:
    with pytest.raises(JobFailedError, match="exit code 2: usage"):
        job_run("dance", request=request(tmp_path), folder=tmp_path)


def test_a_job_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    before = set(children(own_pid()))
    with pytest.raises(JobFailedError, match="took longer than 0 seconds"):
        job_run("train", request=request(tmp_path), folder=tmp_path, timeout=0.05)
    assert not [pid for pid in set(children(own_pid())) - before if alive(pid)]


def own_pid() -> int:
    return int(Path("/proc/self").resolve().name)
