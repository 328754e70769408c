"""What every test may lean on. Tests run on a real PostgreSQL: the server of DATABASE_URL, or one kept for tests alone."""

from collections.abc import Iterator

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from pytest_django import Settings

from reputation.config import database


def pytest_configure(config: pytest.Config) -> None:
    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)
    if not hasattr(config, "workerinput"):  # once, before there are workers to read them
        _translations_compile()


def _translations_compile() -> None:
    for source in (settings.ROOT / "locale").rglob("*.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(text))


@pytest.fixture(autouse=True)
def _password_alone(settings: Settings) -> None:
    """A client that is signed in by force has shown no second factor; what is about second factors asks for one."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A request in Chinese leaves its language to the thread, and the next test would be answered in it."""
    with translation.override("en"):
        yield


@pytest.fixture
def migrations(transactional_db: None) -> Iterator[None]:
    """For a test that takes migrations back: whatever it comes to, the next test finds all of them applied."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
