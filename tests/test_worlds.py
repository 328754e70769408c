"""What tests stand on: tables that are empty again, and worlds that are put back as they were built."""

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError
from django.test import TransactionTestCase
from pytest_django import Settings

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.ratings.models import Publication, Rating
from reputation.subjects.models import Membership, Store
from tests.emptying import Emptying
from tests.people import staff_member
from tests.portal import world
from tests.worlds import Worlds

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def emptying(monkeypatch: pytest.MonkeyPatch) -> Emptying:
    monkeypatch.setattr(TransactionTestCase, "_fixture_teardown", TransactionTestCase._fixture_teardown)
    found = Emptying()
    found.begin()
    return found


def test_what_was_written_goes_and_roles_stay(emptying: Emptying) -> None:
    staff_member("mo", "moderator")
    world.member("mia")
    world.store()
    roles = set(Group.objects.values_list("pk", "name"))
    emptying.end_of(None)
    for model in (User, Membership, Store, AuditEntry):
        assert not model.objects.exists()
    assert set(Group.objects.values_list("pk", "name")) == roles
    assert Permission.objects.exists()


def test_a_role_that_a_test_has_changed_is_made_anew(emptying: Emptying) -> None:
    Group.objects.get(name="moderator").permissions.clear()
    Group.objects.create(name="stray")
    case = TransactionTestCase()
    emptying.end_of(case)
    assert Group.objects.get(name="moderator").permissions.exists()
    assert not Group.objects.filter(name="stray").exists()


def _built() -> str:
    world.store()
    world.publish()
    world.rating()
    world.member("mia")
    return "s1"


def test_a_world_is_put_back_with_rows_files_and_free_numbers(
    emptying: Emptying, settings: Settings, tmp_path: Path
) -> None:
    settings.LIVESTAR_VAR = tmp_path / "var"
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "day").write_text("counted")
    kept = Worlds(tmp_path / "kept")
    (tmp_path / "kept").mkdir()
    assert kept.of(_built) == "s1"
    before = list(Rating.objects.values())
    emptying.end_of(None)
    (tmp_path / "var" / "day").write_text("spoilt")

    assert kept.of(_built) == "s1"
    assert list(Rating.objects.values()) == before
    assert (tmp_path / "var" / "day").read_text() == "counted"
    assert audit_verify().bad is None
    assert Publication.objects.get().night == world.NIGHT
    world.rating("s2")  # takes no number that is taken
    with pytest.raises(IntegrityError):
        User.objects.create_user("mia")
