from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests.people import staff_member


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    """Day files and subjects of one test."""
    settings.LIVESTAR_VAR = tmp_path
    cache.clear()
    return tmp_path


@pytest.fixture
def senior(client: Client, db: None) -> User:
    """Signed in on `client`; may write, announce and retire policies."""
    user = staff_member("sun", "senior")
    client.force_login(user)
    return user
