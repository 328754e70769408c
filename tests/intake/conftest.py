"""The clock of governance's tests, and a market in which somebody bought and watched."""

import pytest
from django.contrib.auth.models import User

from tests.governance.actions.world import person
from tests.governance.appeals import world
from tests.governance.appeals.conftest import clock  # noqa: F401 (a fixture)
from tests.intake.world import market as market_send


@pytest.fixture
def market(db: None, clock: object) -> None:  # noqa: F811
    market_send()


@pytest.fixture
def mia(market: None) -> User:
    """Acts for the store s1."""
    return world.member("mia")


@pytest.fixture
def judge(db: None) -> User:
    return person("judge", "view_desk", "decide_complaint")
