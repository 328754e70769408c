"""The embedded server's life: started once, shared, killed, replayed, stopped."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from reputation.config import database


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    database.stop(folder)


def _query(folder: Path, sql: str) -> object:
    with psycopg.connect(host=str(folder), user="postgres", dbname="livestar") as connection:
        cursor = connection.execute(sql.encode())
        return cursor.fetchone() if cursor.description else None


def _postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().split("\n", 1)[0])


def test_it_starts_a_server_that_holds_what_was_written(folder: Path) -> None:
    database.ensure_running(folder)
    _query(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert database.stop(folder)
    assert not database.stop(folder)
    database.ensure_running(folder)
    assert _query(folder, "SELECT answer FROM kept") == (42,)


def test_it_comes_back_after_kill_9_with_a_dead_pid_file(folder: Path) -> None:
    database.ensure_running(folder)
    _query(folder, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(_postmaster(folder), signal.SIGKILL)
    time.sleep(0.5)
    assert (folder / "postmaster.pid").exists()
    database.ensure_running(folder)
    assert _query(folder, "SELECT answer FROM kept") == (42,)


def test_it_is_not_fooled_by_a_stranger_with_the_same_pid(folder: Path) -> None:
    database.ensure_running(folder)
    database.stop(folder)
    (folder / "postmaster.pid").write_text(f"{os.getpid()}\n{folder}\n1\n5432\n{folder}\n\n\nready\n")
    database.ensure_running(folder)
    assert _query(folder, "SELECT 1") == (1,)


def test_it_starts_one_server_for_several_processes_at_once(folder: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    starts = [spawn.Process(target=database.ensure_running, args=(folder,)) for _ in range(3)]
    for start in starts:
        start.start()
    for start in starts:
        start.join(60)
    assert [start.exitcode for start in starts] == [0, 0, 0]
    assert _query(folder, "SELECT 1") == (1,)


@pytest.mark.parametrize("path", ["/srv/with space/var", "/srv/" + 90 * "x"])
def test_it_says_that_a_socket_cannot_live_there(path: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="set LIVESTAR_VAR to another folder, or DATABASE_URL"):
        database.configuration(None, Path(path))


def test_it_refuses_another_database_than_postgresql() -> None:
    with pytest.raises(ImproperlyConfigured, match="must name a PostgreSQL server"):
        database.configuration("sqlite:///x.db", Path("/srv/var"))


def test_it_takes_the_server_of_database_url() -> None:
    found = database.configuration("postgresql://u:p@db.example:5433/market", Path("/srv/var"))
    assert (found["HOST"], found["PORT"], found["NAME"], found["USER"]) == ("db.example", 5433, "market", "u")
