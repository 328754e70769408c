import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.governance.desk import world

pytestmark = pytest.mark.django_db


def test_what_is_due_by_the_next_working_day_stands_before_what_is_graver(client: Client, staff: User) -> None:
    grave = world.item("s1", severity="critical", hours=24 * 30)
    due = world.item("s2", severity="low", hours=2)
    assert [row.item for row in client.get("/console/queue").context["rows"]] == [due, grave]
