"""What the tests of evidence send, and how."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from reputation.base import keys

Send = Callable[..., HttpResponse]


def order(number: int = 1, **changes: Any) -> dict[str, Any]:
    row = {
        "order_id": f"O{number}",
        "store_id": "S1",
        "buyer_ref": f"B{number}",
        "amount": "19.90",
        "currency": "CNY",
        "placed_at": "2026-05-01T09:30:00+08:00",
        "ship_by": "2026-05-03T09:30:00+08:00",
    }
    return {**row, **changes}


def encoded(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return json.dumps(list(rows)).encode()


def lines(rows: Iterable[Mapping[str, Any]]) -> bytes:
    return "\n".join(map(json.dumps, rows)).encode()


@pytest.fixture
def key(db: None) -> str:
    return keys.api_key_create(name="shop", scopes=["evidence:write"])[1]


@pytest.fixture
def send(key: str, client: Client) -> Send:
    """POST to the evidence API; `rows` may be bytes."""

    def post(path: str, rows: Any, **headers: str) -> HttpResponse:
        body = rows if isinstance(rows, bytes) else encoded(rows)
        headers = {"authorization": f"Bearer {key}", **headers}
        return client.post(f"/api/v1/evidence/{path}", body, content_type="application/json", headers=headers)

    return post
