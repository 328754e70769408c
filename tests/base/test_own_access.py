"""What programs of a store may do ends with who made them, or with the last member."""

import pytest

from reputation.base.keys import api_key_create
from reputation.base.models import ApiKey, AuditEntry, WebhookEndpoint
from reputation.base.outbox.endpoints import endpoint_create
from reputation.base.own_access import own_access_end

pytestmark = pytest.mark.django_db
OWN = ("store", "s1")


@pytest.fixture(autouse=True)
def made() -> None:
    for number, (subject, by) in enumerate([(OWN, "user:mia"), (OWN, "user:bo"), (("store", "s2"), "user:mia")]):
        api_key_create(name=f"key {number}", scopes=["own:read"], by=by, subject=subject)
        endpoint_create(url=f"https://shop.example/{number}", events=["action.ended"], by=by, subject=subject)
    api_key_create(name="key 3", scopes=["evidence:write"], by="user:mia")
    endpoint_create(url="https://shop.example/3", events=["action.ended"], by="user:mia")


def left() -> tuple[set[str], set[str]]:
    """Numbers of the keys and webhooks that are in force."""
    keys = ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True)
    hooks = WebhookEndpoint.objects.filter(active=True).values_list("url", flat=True)
    return {name[-1] for name in keys}, {url[-1] for url in hooks}


def test_what_one_person_made_for_the_subject_ends_and_nothing_else() -> None:
    assert own_access_end(subject=OWN, by="user:bo", made_by="user:mia") == 2
    assert left() == ({"1", "2", "3"}, {"1", "2", "3"})


def test_all_of_a_subject_ends_once() -> None:
    assert own_access_end(subject=OWN, by="operator:root") == 4
    assert left() == ({"2", "3"}, {"2", "3"})
    before = AuditEntry.objects.count()
    assert own_access_end(subject=OWN, by="operator:root") == 0
    assert AuditEntry.objects.count() == before
