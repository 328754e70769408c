"""Nights as processes of their own, on the test's database and folder, to be killed and watched."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
from django.conf import settings
from django.db import connection

from reputation.nightly.models import Run

PATIENCE = 60


def environment() -> dict[str, str]:
    """What a child process needs to find the test's database and files."""
    found = connection.settings_dict
    host = quote(str(found["HOST"]), safe="")
    secret = f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else ""
    port = f":{found['PORT']}" if found["PORT"] else ""
    url = f"postgresql://{found['USER']}{secret}@{host}{port}/{found['NAME']}"
    return os.environ | {
        "DATABASE_URL": url,
        "LIVESTAR_VAR": str(settings.LIVESTAR_VAR),
        "SECRET_KEY": settings.SECRET_KEY,
    }


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    process = start(*arguments)
    out, err = process.communicate(timeout=PATIENCE * 2)
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def until(true: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if process is not None and process.poll() is not None:
            raise AssertionError(f"it ended before: {process.communicate()}")
        if time.monotonic() > deadline:
            if process is not None:
                kill(process)
            raise AssertionError("it did not come to that")
        time.sleep(0.01)


def in_stage(night: object, stage: str) -> Callable[[], bool]:
    return lambda: Run.objects.filter(night=night, stage=stage, status=Run.Status.RUNNING).exists()


@contextlib.contextmanager
def locked(table: str, mode: str = "ACCESS EXCLUSIVE") -> Iterator[None]:
    """Nobody else gets at the table (SHARE: writes into it), so a night stands still where it needs it."""
    with psycopg.connect(environment()["DATABASE_URL"]) as other:
        other.execute("SET lock_timeout = '20s'")
        other.execute(f"LOCK TABLE {table} IN {mode} MODE")
        yield
        other.rollback()


def waiting_for_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
            " WHERE NOT granted AND d.datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
