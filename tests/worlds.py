"""Tables and files that many tests begin with are built once for all of them, and put back for each."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from django.conf import settings
from django.db import connection, transaction

from reputation.ratings.selectors import shown_forget
from tests.emptying import FROM_THE_START, filled, tables

Told = TypeVar("Told")
_SEQUENCES = (
    "SELECT pg_get_serial_sequence(quote_ident(table_name), column_name), table_name, column_name"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name = ANY(%s)"
    " AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL"
)


@dataclass(frozen=True)
class World:
    told: Any
    rows: dict[str, bytes]
    files: Path


class Worlds:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: dict[Callable[[], Any], World] = {}

    def of(self, build: Callable[[], Told]) -> Told:
        """The world that `build` makes in an empty database, and what it returns."""
        if build in self.made:
            _put(self.made[build])
        else:
            told = build()
            self.made[build] = World(told, _rows(), self._files(len(self.made)))
        return copy.deepcopy(self.made[build].told)

    def _files(self, number: int) -> Path:
        kept = self.folder / str(number)
        shutil.copytree(settings.LIVESTAR_VAR, kept)
        return kept


def _rows() -> dict[str, bytes]:
    with connection.cursor() as cursor:
        found = [table for table in filled(cursor, tables()) if table not in FROM_THE_START]
        return {table: _copied(cursor, table) for table in found}


def _copied(cursor: Any, table: str) -> bytes:
    with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as rows:
        return b"".join(bytes(part) for part in rows)


def _put(world: World) -> None:
    """In one transaction, at whose end foreign keys are looked at; later rows get numbers that are free."""
    shutil.copytree(world.files, settings.LIVESTAR_VAR, dirs_exist_ok=True)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, content in world.rows.items():
            with cursor.copy(f'COPY "{table}" FROM STDIN (FORMAT binary)') as rows:
                rows.write(content)
        cursor.execute(_SEQUENCES, [list(world.rows)])
        for sequence, table, column in cursor.fetchall():
            last = f'(SELECT max("{column}") FROM "{table}")'
            cursor.execute(f"SELECT setval(%s, greatest(nextval(%s), {last}))", [sequence, sequence])
    shown_forget()


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    """For tests that commit, and whose LIVESTAR_VAR is a folder of their own."""
    folder = tmp_path_factory.mktemp("worlds")
    yield Worlds(folder)
    shutil.rmtree(folder)
