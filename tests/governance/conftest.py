from pathlib import Path

import pytest
from pytest_django import Settings


@pytest.fixture(autouse=True)
def var(settings: Settings, tmp_path: Path) -> Path:
    """Day files and subjects of one test."""
    settings.LIVESTAR_VAR = tmp_path
    return tmp_path
