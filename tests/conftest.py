"""What every test may lean on. Tests run on a real PostgreSQL: the server of DATABASE_URL, or one kept for tests alone."""

from collections.abc import Iterator

import pytest
from django.conf import settings
from django.utils import translation
from pytest_django import Settings

from reputation.config import database


def pytest_configure(config: pytest.Config) -> None:
    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)


@pytest.fixture(autouse=True)
def _password_alone(settings: Settings) -> None:
    """A client that is signed in by force has shown no second factor; what is about second factors asks for one."""
    settings.STAFF_SECOND_FACTOR = False


@pytest.fixture(autouse=True)
def language() -> Iterator[None]:
    """A request in Chinese leaves its language to the thread, and the next test would be answered in it."""
    with translation.override("en"):
        yield
