"""Several clients at the same time, over real HTTP."""

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from reputation.base.keys import api_key_create
from reputation.evidence.models import DirtyUnit, Order, Version
from tests.evidence.conftest import encoded, order

pytestmark = pytest.mark.django_db(transaction=True)


def post(server: LiveServer, key: str, body: bytes) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(server.thread.host, server.thread.port, timeout=60)
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/evidence/orders", body, headers)
    answer = connection.getresponse()
    said = answer.status, json.loads(answer.read())
    connection.close()
    return said


def all_at_once(server: LiveServer, bodies: list[bytes]) -> list[tuple[int, dict[str, Any]]]:
    _row, key = api_key_create(name="shop", scopes=["evidence:write"])
    with ThreadPoolExecutor(len(bodies)) as clients:
        return list(clients.map(lambda body: post(server, key, body), bodies))


def test_the_same_batch_from_four_clients_counts_once(live_server: LiveServer) -> None:
    body = encoded(order(n) for n in range(2000))
    answers = all_at_once(live_server, [body] * 4)
    assert [status for status, _said in answers] == [200] * 4
    assert sum(said["accepted"] for _status, said in answers) == 2000
    assert sum(said["unchanged"] for _status, said in answers) == 6000
    assert (Order.objects.count(), DirtyUnit.objects.count(), Version.objects.count()) == (2000, 2000, 0)


def test_overlapping_batches_in_opposite_orders_all_go_in(live_server: LiveServer) -> None:
    rows = [[order(n, region=f"R{client}") for n in range(client * 100, client * 100 + 400)] for client in range(4)]
    bodies = [encoded(part if client % 2 else part[::-1]) for client, part in enumerate(rows)]
    answers = all_at_once(live_server, bodies)
    assert [status for status, _said in answers] == [200] * 4
    assert sum(said["accepted"] for _status, said in answers) == 1600
    assert Order.objects.count() == 700
    assert sum(Order.objects.values_list("versions", flat=True)) == 1600


def test_patches_to_the_same_keys_at_once_are_all_kept(live_server: LiveServer) -> None:
    _row, key = api_key_create(name="first", scopes=["evidence:write"])
    post(live_server, key, encoded(order(n) for n in range(300)))
    names = ("region", "category", "item_ref", "device_ref")
    bodies = [encoded({"order_id": f"O{n}", name: name} for n in range(300)) for name in names]
    assert [status for status, _said in all_at_once(live_server, bodies)] == [200] * 4
    assert Order.objects.filter(**{name: name for name in names}, versions=5).count() == 300


def test_a_body_of_60_mb_is_answered_and_harms_nobody(live_server: LiveServer) -> None:
    answers = all_at_once(live_server, [b"[" + b" " * 60 * 1024 * 1024, encoded([order(1)])])
    assert sorted(status for status, _said in answers) == [200, 413]
    assert Order.objects.count() == 1
