"""What every test may lean on. Tests run on a real PostgreSQL: the server of DATABASE_URL, or one kept for tests alone."""

import pytest
from django.conf import settings

from reputation.config import database


def pytest_configure(config: pytest.Config) -> None:
    if settings.EMBEDDED_POSTGRES:
        database.ensure_running(settings.EMBEDDED_POSTGRES)
