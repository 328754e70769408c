import json

import pytest
from django.test import Client

from reputation.base import keys
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import Batch, DirtyUnit, Order, RejectedRow
from tests.evidence.conftest import Send, encoded, lines, order


def test_it_takes_an_array(send: Send) -> None:
    answer = send("orders", [order(1), order(2)])
    assert answer.status_code == 200
    assert answer.json() == {"batch": Batch.objects.get().id, "accepted": 2, "unchanged": 0, "rejected": []}
    assert set(DirtyUnit.objects.values_list("unit", flat=True)) == {"o:O1", "o:O2"}


def test_it_takes_ndjson_whatever_the_media_type(send: Send, client: Client, key: str) -> None:
    assert send("orders", lines([order(1), order(2)])).json()["accepted"] == 2
    for media_type in ("application/x-ndjson", "application/x-www-form-urlencoded", "text/plain", "application/json"):
        answer = client.post(
            "/api/v1/evidence/orders",
            lines([order(1), order(2)]),
            content_type=media_type,
            headers={"authorization": f"Bearer {key}"},
        )
        assert answer.json()["unchanged"] == 2, media_type


def test_the_same_batch_twice_changes_nothing(send: Send) -> None:
    send("orders", [order(1)])
    before = Order.objects.values().get()
    DirtyUnit.objects.all().delete()
    answer = send("orders", [order(1)])
    assert (answer.json()["accepted"], answer.json()["unchanged"]) == (0, 1)
    assert Order.objects.values().get() == before
    assert not DirtyUnit.objects.exists()


def test_good_rows_are_kept_and_bad_ones_named(send: Send) -> None:
    answer = send("orders", [order(1), order(2, currency="yuan"), order(3)])
    assert answer.status_code == 207
    assert answer.json()["accepted"] == 2
    (bad,) = answer.json()["rejected"]
    assert (bad["row"], bad["field"]) == (2, "currency")
    assert "ISO 4217" in bad["error"]
    kept = RejectedRow.objects.get()
    assert json.loads(kept.raw)["currency"] == "yuan"


def test_every_kind_has_an_address(send: Send) -> None:
    for kind in KINDS:
        assert send(kind, []).status_code == 200


@pytest.mark.parametrize("body", [b"", b"  \n"])
def test_an_empty_body_is_refused(send: Send, body: bytes) -> None:
    answer = send("orders", body)
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    assert "empty" in answer.json()["detail"]


def test_what_is_not_json_is_refused(send: Send) -> None:
    answer = send("orders", b"<orders/>")
    assert answer.status_code == 400
    assert "JSON" in answer.json()["detail"]
    assert not Batch.objects.exists()


def test_an_unknown_kind_is_not_found(send: Send) -> None:
    answer = send("parcels", [])
    assert answer.status_code == 404
    assert "shipments" in answer.json()["detail"]


def test_10001_rows_are_too_many(send: Send) -> None:
    answer = send("orders", [{"order_id": str(n)} for n in range(10_001)])
    assert answer.status_code == 413
    assert "10,000" in answer.json()["detail"]
    assert not Order.objects.exists()
    broken = [{"order_id": str(n), "nonsense": 1} for n in range(10_001)]
    assert send("orders", broken).status_code == 413


def test_10000_rows_are_not(send: Send) -> None:
    assert send("orders", [{"order_id": str(n)} for n in range(10_000)]).json()["accepted"] == 10_000


def test_a_body_announced_too_large_is_not_read(send: Send, client: Client, key: str) -> None:
    answer = client.post(
        "/api/v1/evidence/orders",
        b"[]",
        content_type="application/json",
        headers={"authorization": f"Bearer {key}"},
        CONTENT_LENGTH=str(60 * 1024 * 1024),
    )
    assert answer.status_code == 413
    assert "16 MB" in answer.json()["detail"]


def test_a_body_just_too_large_is_refused(send: Send) -> None:
    assert send("orders", encoded([order(1)]) + b" " * 16 * 1024 * 1024).status_code == 413


def test_a_batch_can_be_looked_up(send: Send, client: Client, key: str) -> None:
    batch = send("orders", [order(1), {"order_id": 5}]).json()["batch"]
    answer = client.get(f"/api/v1/evidence/batches/{batch}", headers={"authorization": f"Bearer {key}"})
    assert answer.json() | {"received_at": ""} == {
        "batch": batch, "kind": "orders", "source": "shop", "received_at": "", "accepted": 1, "unchanged": 0,
        "rejected": 1,
    }  # fmt: skip
    missing = client.get("/api/v1/evidence/batches/0", headers={"authorization": f"Bearer {key}"})
    assert missing.status_code == 404
    assert missing["content-type"] == "application/problem+json"


def test_get_says_what_is_allowed(client: Client, key: str) -> None:
    answer = client.get("/api/v1/evidence/orders", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 405
    assert answer.json()["title"] == "Method Not Allowed"


def test_no_key_no_entry(client: Client, db: None) -> None:
    for headers in (
        {},
        {"authorization": "Bearer nonsense"},
        {"authorization": "Bearer"},
        {"authorization": "Basic x"},
    ):
        answer = client.post("/api/v1/evidence/orders", b"[]", content_type="application/json", headers=headers)
        assert answer.status_code == 401
        assert answer["www-authenticate"] == "Bearer"
        assert answer["content-type"] == "application/problem+json"


def test_a_revoked_key_is_refused(send: Send, key: str) -> None:
    keys.api_key_revoke(prefix=key[:12])
    answer = send("orders", [order(1)])
    assert answer.status_code == 401
    assert "revoked" in answer.json()["detail"]


def test_a_key_needs_the_scope(client: Client, db: None) -> None:
    _row, reader = keys.api_key_create(name="reader", scopes=["ratings:read"])
    headers = {"authorization": f"Bearer {reader}"}
    for path in ("orders", "orders/complete", "rejected/1/resend"):
        answer = client.post(f"/api/v1/evidence/{path}", b"[]", content_type="application/json", headers=headers)
        assert answer.status_code == 403, path
        assert "evidence:write" in answer.json()["detail"]
    assert client.get("/api/v1/evidence/rejected", headers=headers).status_code == 403
