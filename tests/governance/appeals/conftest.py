import sys

import pytest
from django.contrib.auth.models import User

import reputation.config.urls  # noqa: F401 (whatever is imported while the clock is set would keep it)
from reputation.base import time
from tests.governance.actions.world import Clock, person
from tests.governance.appeals import world


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Every now() of the project is what this says."""
    told, real = Clock(world.NOON), time.now
    for name, module in list(sys.modules.items()):
        if name.startswith("reputation.") and getattr(module, "now", None) is real:
            monkeypatch.setattr(module, "now", told)
    return told


@pytest.fixture
def market(db: None, clock: Clock) -> None:
    world.market()


@pytest.fixture
def mia(market: None) -> User:
    """Acts for the store s1."""
    return world.member("mia")


@pytest.fixture
def judge(db: None) -> User:
    return person("judge", "decide_appeal")
