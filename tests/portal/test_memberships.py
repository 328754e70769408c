from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from reputation.subjects.models import Membership
from reputation.subjects.services import membership_grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia() -> User:
    return User.objects.create_user("mia")


def test_granting_twice_changes_the_role_alone(mia: User) -> None:
    first = membership_grant(user=mia, kind="store", subject_id="s1", role="staff")
    assert membership_grant(user=mia, kind="store", subject_id="s1", role="owner") == first
    assert Membership.objects.get().role == "owner"


def test_a_store_and_an_anchor_of_one_id_are_two_subjects(mia: User) -> None:
    membership_grant(user=mia, kind="store", subject_id="1", role="owner")
    membership_grant(user=mia, kind="anchor", subject_id="1", role="owner")
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(
    ("kind", "subject_id", "role"),
    [("shop", "s1", "owner"), ("store", "s1", "boss"), ("store", "", "owner")],
)
def test_what_cannot_be_meant_is_refused(mia: User, kind: str, subject_id: str, role: str) -> None:
    with pytest.raises(ValidationError):
        membership_grant(user=mia, kind=kind, subject_id=subject_id, role=role)
    assert not Membership.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_granting_at_the_same_moment_makes_one_membership() -> None:
    user = User.objects.create_user("mia")

    def grant(number: int) -> None:
        try:
            membership_grant(user=user, kind="store", subject_id="s1", role="staff" if number % 2 else "owner")
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(grant, range(12)))
    assert Membership.objects.count() == 1
