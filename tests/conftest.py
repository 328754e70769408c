"""What every test may lean on. Tests run on a real PostgreSQL: the server of DATABASE_URL, or one kept for tests alone."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import translation
from psycopg.sql import SQL, Identifier
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker

from reputation.config import database
from reputation.ratings.night_table import night_tables_forget
from tests.emptying import Emptying
from tests.nightly.jobs_here import jobs_here  # noqa: F401 (a fixture)
from tests.worlds import worlds  # noqa: F401 (a fixture)

# What a test's server loses with the power is no loss.
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def pytest_configure(config: pytest.Config) -> None:
    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)
        _forgetful(settings.EMBEDDED_POSTGRES)
    _quick_passwords()
    if not hasattr(config, "workerinput"):  # once, before there are workers to read them
        _translations_compile()


def _quick_passwords() -> None:
    """The same algorithm with a handful of rounds: what makes guessing slow makes tests slow."""
    PBKDF2PasswordHasher.iterations = 10


def _forgetful(server: Path) -> None:
    with psycopg.connect(host=str(server), user="postgres", dbname="postgres", autocommit=True) as own:
        for name, value in _FORGETFUL.items():
            own.execute(SQL("ALTER SYSTEM SET {} = {}").format(Identifier(name), value))
        own.execute("SELECT pg_reload_conf()")


def _translations_compile() -> None:
    for source in (settings.ROOT / "locale").rglob("*.po"):
        with source.open("rb") as text, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(text))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock():
        Emptying().begin()


@pytest.fixture(autouse=True)
def _password_alone(settings: Settings) -> None:
    """A client that is signed in by force has shown no second factor; what is about second factors asks for one."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def _no_kept_table() -> None:
    """Each test has a market of its own, published as the same night."""
    night_tables_forget()


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
