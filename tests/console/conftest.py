import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.people import staff_member


@pytest.fixture
def staff(client: Client, db: None) -> User:
    """A moderator, signed in on `client`."""
    user = staff_member("staff", "moderator")
    client.force_login(user)
    return user
