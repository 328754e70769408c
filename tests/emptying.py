"""Between tests that commit, the tables that were written to are emptied and the others left alone.

Django empties every table we have and makes permissions and roles anew: half a second a test.
"""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test import TransactionTestCase

Cursor = Any
# What migrations and their signals leave in a database that nobody has written to.
FROM_THE_START = frozenset(
    {"auth_group", "auth_group_permissions", "auth_permission", "django_content_type", "django_migrations"}
)
_whole: Callable[[Any], None] = TransactionTestCase._fixture_teardown


class Emptying:
    """`kept` is what is in the tables that hold rows before any test."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def begin(self) -> None:
        """Triggers and foreign keys stand back for a superuser alone; for anybody else Django's own way stays."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
            if not cursor.fetchone()[0]:
                return
            self.kept = {table: _content(cursor, table) for table in FROM_THE_START}
        TransactionTestCase._fixture_teardown = lambda case: self.end_of(case)  # type: ignore[method-assign]  # noqa: PLW0108 (a method of the case)

    def end_of(self, case: Any) -> None:
        with connection.cursor() as cursor:
            if any(_content(cursor, table) != was for table, was in self.kept.items()):
                self._anew(case)
            elif written := [table for table in filled(cursor, tables()) if table not in self.kept]:
                cursor.execute("SET session_replication_role = replica")
                cursor.execute("; ".join(f'DELETE FROM "{table}"' for table in written))
                cursor.execute("SET session_replication_role = DEFAULT")

    def _anew(self, case: Any) -> None:
        _whole(case)
        with connection.cursor() as cursor:
            self.kept = {table: _content(cursor, table) for table in FROM_THE_START}


def tables() -> list[str]:
    return connection.introspection.table_names()


def filled(cursor: Cursor, names: list[str]) -> list[str]:
    cursor.execute(" UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in names))
    return [row[0] for row in cursor.fetchall()]


def _content(cursor: Cursor, table: str) -> str:
    cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
    return cursor.fetchone()[0] or ""
