"""What forms may ask of an endpoint: the staff's less than a member's, and nothing that is not named."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from reputation.base.models import WebhookEndpoint
from reputation.base.outbox.deeds import OF_MEMBERS, OF_STAFF, endpoint_deed
from reputation.base.outbox.endpoints import endpoint_create

pytestmark = pytest.mark.django_db


@pytest.fixture
def endpoint() -> WebhookEndpoint:
    made, _secret = endpoint_create(url="https://platform.example/hook", events=["action.started"], by="user:mia")
    return made


@pytest.mark.parametrize("name", ["", "destroy", "remove"])
def test_what_is_not_allowed_does_nothing(endpoint: WebhookEndpoint, name: str) -> None:
    assert endpoint_deed(name=name, allowed=OF_STAFF, pk=endpoint.pk, by="user:ann", sent={}) == ""
    assert WebhookEndpoint.objects.filter(pk=endpoint.pk, active=True).exists()


def test_only_a_rotation_gives_a_secret(endpoint: WebhookEndpoint) -> None:
    wanted = {"allowed": OF_MEMBERS, "pk": endpoint.pk, "by": "user:mia", "sent": {}}
    assert len(endpoint_deed(name="rotate", **wanted)) > 20
    assert endpoint_deed(name="disable", **wanted) == ""
    assert not WebhookEndpoint.objects.get(pk=endpoint.pk).active


@pytest.mark.parametrize("sent", [{}, {"delivery": "none"}])
def test_a_dead_letter_needs_its_number(endpoint: WebhookEndpoint, sent: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="no dead letter"):
        endpoint_deed(name="replay", allowed=OF_STAFF, pk=endpoint.pk, by="user:ann", sent=sent)
