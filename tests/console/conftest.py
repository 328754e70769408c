import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def staff(client: Client, db: None) -> User:
    """Signed in on `client`."""
    user = User.objects.create_user("staff", is_staff=True)
    client.force_login(user)
    return user
