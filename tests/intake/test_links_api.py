"""Platforms ask for links: of questionnaires, and of complaints about an order that is proven."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.test import Client

from reputation.base import keys
from reputation.evidence.models import Invitation
from tests.governance.actions.world import Clock

pytestmark = pytest.mark.django_db
QUESTIONNAIRES, COMPLAINTS = "/api/v1/questionnaires", "/api/v1/complaint-links"
LIVE = {"live_id": "L", "respondent_ref": "v2"}


@pytest.fixture
def key(market: None) -> dict[str, str]:
    return {"authorization": f"Bearer {keys.api_key_create(name='platform', scopes=['evidence:write'])[1]}"}


def send(client: Client, key: dict[str, str], address: str, body: Any) -> Any:
    return client.post(address, body, content_type="application/json", headers=key)


def test_a_link_opens_the_questionnaire(client: Client, key: dict[str, str]) -> None:
    answer = send(client, key, QUESTIONNAIRES, [LIVE, {"order_id": "o1", "respondent_ref": "b1", "invitation_id": "x"}])
    assert answer.status_code == 200
    first, second = answer.json()["results"]
    assert second["invitation_id"] == "x"
    assert Invitation.objects.get(pk=first["invitation_id"]).respondent_ref == "v2"
    path = first["url"].removeprefix("http://127.0.0.1:8000")
    assert "You watched" in client.get(path).content.decode()
    assert send(client, key, QUESTIONNAIRES, [LIVE]).json()["results"] == [first]


def test_how_long_it_is_good_is_the_platforms_choice(client: Client, key: dict[str, str], clock: Clock) -> None:
    answer = send(client, key, QUESTIONNAIRES, [LIVE | {"valid_days": 2}])
    assert answer.json()["results"][0]["expires_at"] == "2026-07-03T04:00:00+00:00"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"live_id": "L"}, "respondent_ref"),
        ({"respondent_ref": "v"}, "live_id"),
        ({"respondent_ref": "v", "live_id": "L", "order_id": "o1"}, "live_id"),
        ({"respondent_ref": "v", "live_id": "a|b"}, "live_id"),
        (LIVE | {"valid_days": 0}, "valid_days"),
        (LIVE | {"colour": "red"}, "colour"),
        (LIVE | {"sent_at": "2099-01-01T00:00:00Z"}, "sent_at"),
        (LIVE | {"invitation_id": "a\0b"}, "invitation_id"),
        ("text", ""),
    ],
)
def test_a_bad_row_is_named_and_the_good_one_stands(client: Client, key: dict[str, str], row: Any, field: str) -> None:
    answer = send(client, key, QUESTIONNAIRES, [row, LIVE])
    assert answer.status_code == 207
    [bad] = answer.json()["rejected"]
    assert (bad["row"], bad["field"]) == (1, field)
    assert len(answer.json()["results"]) == 1


@pytest.mark.parametrize("address", [QUESTIONNAIRES, COMPLAINTS])
@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("{}", 400), ("[" + "{}," * 1000 + "{}]", 413), (" " * 2_100_000, 413)]
)
def test_what_cannot_be_taken_is_refused_whole(
    client: Client, key: dict[str, str], address: str, body: str, status: int
) -> None:
    answer = client.post(address, body, content_type="application/json", headers=key)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")


def test_it_takes_a_key_with_the_right_scope(client: Client, key: dict[str, str]) -> None:
    for address in (QUESTIONNAIRES, COMPLAINTS):
        assert client.post(address, "[]", content_type="application/json").status_code == 401
        other = keys.api_key_create(name="reader", scopes=["actions:read"])[1]
        answer = client.post(
            address, "[]", content_type="application/json", headers={"authorization": f"Bearer {other}"}
        )
        assert answer.status_code == 403


def test_a_complaints_link_proves_the_order(client: Client, key: dict[str, str]) -> None:
    answer = send(client, key, COMPLAINTS, [{"order_id": "o1"}, {"order_id": "nowhere"}, {"order_id": "o\0"}])
    assert [(bad["row"], bad["field"]) for bad in answer.json()["rejected"]] == [(2, "order_id"), (3, "order_id")]
    [link] = answer.json()["results"]
    page = client.get(link["url"].removeprefix("http://127.0.0.1:8000")).content.decode()
    assert "Proven by your link" in page
    assert "Shop s1" in page


def test_both_stand_in_the_schema(client: Client) -> None:
    paths = yaml.safe_load(client.get("/api/schema").content)["paths"]
    for address in (QUESTIONNAIRES, COMPLAINTS):
        told = paths[address]["post"]
        assert told["security"] == [{"bearerKey": []}]
        assert "results" in str(told["responses"]["200"]) or "Document" in str(told["responses"]["200"])
