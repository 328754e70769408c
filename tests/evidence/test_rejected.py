import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from reputation.evidence import selectors, services
from reputation.evidence.models import Batch, Order, RejectedRow
from tests.evidence.conftest import Send, encoded, order


@pytest.fixture
def rejected(send: Send) -> RejectedRow:
    send("orders", [order(1), order(2, currency="yuan")])
    return RejectedRow.objects.get()


def listed(client: Client, key: str, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/api/v1/evidence/rejected{query}", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_mended_row_goes_in(send: Send, rejected: RejectedRow, client: Client, key: str) -> None:
    mended = {**json.loads(rejected.raw), "currency": "CNY"}
    answer = send(f"rejected/{rejected.id}/resend", json.dumps(mended).encode())
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    rejected.refresh_from_db()
    assert rejected.resent_batch == Batch.objects.get(id=answer.json()["batch"])
    assert rejected.resent_at is not None
    assert Order.objects.count() == 2
    assert listed(client, key)["count"] == 0
    assert listed(client, key, "?resent=true")["results"][0]["resent_batch"] == answer.json()["batch"]


def test_a_row_that_is_still_bad_stands_open_anew(send: Send, rejected: RejectedRow) -> None:
    answer = send(f"rejected/{rejected.id}/resend", rejected.raw.encode())
    assert answer.status_code == 207
    open_rows = selectors.rejected_rows()
    assert [row.batch_id for row in open_rows] == [answer.json()["batch"]]


def test_a_row_is_resent_once(send: Send, rejected: RejectedRow) -> None:
    services.rejected_row_resend(row=rejected, raw=json.dumps(order(2)))
    answer = send(f"rejected/{rejected.id}/resend", json.dumps(order(2)).encode())
    assert answer.status_code == 400
    assert "resent before" in answer.json()["detail"]
    with pytest.raises(ValidationError):
        services.rejected_row_resend(row=rejected, raw=json.dumps(order(2)))


@pytest.mark.parametrize("body", [b"", b"nonsense"])
def test_what_cannot_be_read_leaves_the_row_open(send: Send, rejected: RejectedRow, body: bytes) -> None:
    assert send(f"rejected/{rejected.id}/resend", body).status_code == 400
    rejected.refresh_from_db()
    assert rejected.resent_at is None


def test_one_row_at_a_time(send: Send, rejected: RejectedRow) -> None:
    assert send(f"rejected/{rejected.id}/resend", encoded([order(2), order(3)])).status_code == 413
    assert Order.objects.count() == 1


def test_an_unknown_row_is_not_found(send: Send) -> None:
    assert send("rejected/12345/resend", b"{}").status_code == 404


def test_the_list_tells_all_and_is_paged(send: Send, client: Client, key: str) -> None:
    send("orders", [order(n, currency="?") for n in range(60)])
    send("returns", [{"return_id": "R", "reason": "?"}])
    page = listed(client, key, "?kind=orders")
    assert (page["count"], len(page["results"]), page["previous"]) == (60, 50, None)
    assert "page=2" in page["next"]
    assert len(listed(client, key, "?kind=orders&page=2")["results"]) == 10
    assert len(listed(client, key, "?page_size=200")["results"]) == 61
    row = listed(client, key, "?kind=returns")["results"][0]
    assert (row["row"], row["field"], row["kind"], json.loads(row["raw"])["return_id"]) == (1, "reason", "returns", "R")
    answer = client.get("/api/v1/evidence/rejected?kind=parcels", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 404
    answer = client.get("/api/v1/evidence/rejected?page=99", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 404
