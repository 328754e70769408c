from collections.abc import Callable

import pytest
from django.contrib.auth.models import User

from reputation.governance.actions import ending, moves, selectors, services
from tests.governance.actions import world


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> world.Clock:
    """Every now() of actions is what this says."""
    told = world.Clock()
    for module in (moves, services, ending, selectors):
        monkeypatch.setattr(module, "now", told)
    return told


@pytest.fixture
def ann() -> User:
    return world.person("ann")


@pytest.fixture
def bo() -> User:
    return world.person("bo")


@pytest.fixture
def cy() -> User:
    return world.person("cy", "lift_action")


@pytest.fixture
def propose(ann: User) -> Callable[..., object]:
    """ann acts on the store s1."""
    world.store()

    def act(sanction: str = "listing_ban", **more: object) -> object:
        return services.action_propose(kind="store", subject_id="s1", wanted=world.wanted(sanction, **more), by=ann)

    return act
