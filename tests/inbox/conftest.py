from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User

from tests.governance.appeals.conftest import clock, judge, market
from tests.governance.appeals.world import member
from tests.inbox.mail_server import MailServer

__all__ = ["clock", "judge", "market"]


@pytest.fixture
def mia(market: None) -> User:
    """Acts for the store s1."""
    user = member("mia")
    User.objects.filter(pk=user.pk).update(email="mia@example.org")
    return User.objects.get(pk=user.pk)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    made = MailServer().up()
    yield made
    made.down()
