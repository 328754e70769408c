import json
from urllib.parse import quote

import psycopg
import pytest
from django.db import OperationalError
from django.http import Http404
from django.test import Client, RequestFactory

from reputation.public.views import page_not_found
from reputation.ratings import selectors
from tests.public.market import NIGHT, few_orders, new, past, publish, rating, store, withheld

pytestmark = pytest.mark.django_db


def test_a_rating_has_exactly_the_agreed_fields(client: Client) -> None:
    publish()
    rating("s1")
    assert client.get("/api/v1/stores/s1").json() == {
        "subject": {"kind": "store", "id": "s1", "name": "Store s1", "category": "beauty"},
        "state": "rated",
        "as_of": "2026-11-20",
        "night": "2026-11-20",
        "revision": 0,
        "basis": "orders",
        "stars": 4.7,
        "half_stars": 4.5,
        "defects_per_100": {"expected": 3.14, "low": 2.2, "high": 4.6, "all_causes": 6.02},
        "orders_counted": 1234,
        "window_days": 365,
        "percentile": 82.0,
        "aspects": {
            "product": {"stars": 4.6, "percentile": 70.0},
            "logistics": {"stars": 4.8, "percentile": 91.5},
            "service": {"stars": 4.2, "percentile": 40.0},
            "after_sales": {"stars": 4.9, "percentile": 95.0},
            "honesty": None,
        },
        "excluded": {"orders": 12, "reasons": {"force_majeure": 10, "carrier_event": 2}},
        "notices": [],
        "scale": 1,
        "model": "2026-11-20.7",
    }


@pytest.mark.parametrize(("make", "state"), [(few_orders, "few_orders"), (new, "new"), (withheld, "withheld")])
def test_states_without_stars_say_null(client: Client, make, state: str) -> None:
    publish()
    make("s1")
    told = client.get("/api/v1/stores/s1").json()
    assert (told["state"], told["stars"], told["defects_per_100"]) == (state, None, None)


def test_an_anchor_has_its_own_address(client: Client) -> None:
    publish()
    rating("x", kind="anchor", category="")
    assert client.get("/api/v1/anchors/x").json()["subject"] == {
        "kind": "anchor", "id": "x", "name": "Store x", "category": None,
    }  # fmt: skip
    assert client.get("/api/v1/stores/x").status_code == 404


@pytest.mark.parametrize("subject_id", ["a/b", "店铺 1", "a?b", "%2e", "x'--", "..."])
def test_an_id_is_whatever_the_platform_uses(client: Client, subject_id: str) -> None:
    publish()
    rating(subject_id)
    assert client.get(f"/api/v1/stores/{quote(subject_id)}").json()["subject"]["id"] == subject_id


def test_an_id_may_end_like_an_address_of_ours(client: Client) -> None:
    publish()
    rating("a/history")
    assert client.get("/api/v1/stores/a/history").json()["subject"]["id"] == "a/history"
    assert client.get("/api/v1/stores/a/history/history").json()["count"] == 1
    assert client.get("/api/v1/anchors/a/history").status_code == 404


def test_the_history_of_an_id_stands_before_an_id_that_ends_like_it(client: Client) -> None:
    publish()
    rating("a")
    rating("a/history")
    store("a/history", "A")
    assert client.get("/api/v1/stores/a/history").json()["count"] == 1
    assert client.get("/api/v1/stores?search=a/history").json()["results"][0]["subject"]["id"] == "a/history"


@pytest.mark.parametrize(
    "path", ["stores/none", "anchors/none", "stores/none/history", "stores/%00", "stores/a%00/history"]
)
def test_an_unknown_id_is_a_404_problem(client: Client, path: str) -> None:
    publish()
    response = client.get(f"/api/v1/{path}")
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "No rating of this id has been published."


@pytest.mark.parametrize("path", ["stores/s1", "stores/s1/history", "nights/latest"])
def test_before_the_first_night_there_is_nothing(client: Client, path: str) -> None:
    rating("s1")
    assert client.get(f"/api/v1/{path}").status_code == 404


def test_a_problem_speaks_the_readers_language(client: Client) -> None:
    publish()
    assert client.get("/api/v1/stores/x?lang=zh-hans").json()["detail"] == "尚未发布该编号的评分。"
    assert client.get("/api/v1/stores/x", HTTP_ACCEPT_LANGUAGE="zh-CN").json()["detail"] == "尚未发布该编号的评分。"


def test_a_parameter_that_does_not_exist_is_named(client: Client) -> None:
    publish()
    rating("s1")
    response = client.get("/api/v1/stores/s1?min_star=3")
    assert response.status_code == 400
    assert "min_star" in response.json()["detail"]
    assert client.get("/api/v1/stores/s1?lang=en").status_code == 200


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_it_can_only_be_read(client: Client, method: str) -> None:
    publish()
    rating("s1")
    assert getattr(client, method)("/api/v1/stores/s1").status_code == 405


def test_a_repair_is_seen_with_the_next_counter(client: Client) -> None:
    publish(counter=1)
    rating("s1")
    assert client.get("/api/v1/stores/s1").json()["stars"] == 4.7
    rating("s1", revision=1, stars=4.9)
    publish(counter=2)
    told = client.get("/api/v1/stores/s1").json()
    assert (told["stars"], told["revision"]) == (4.9, 1)


def test_nothing_that_is_no_number_reaches_json(client: Client) -> None:
    publish()
    rating("s1", expected=1.0, low=float("nan"), high=float("inf"), percentile=float("nan"))

    def refuse(text: str) -> None:
        raise AssertionError(text)

    for path in ("/api/v1/stores/s1", "/api/v1/stores"):
        json.loads(client.get(path).content, parse_constant=refuse)
    assert client.get("/api/v1/stores/s1").json()["defects_per_100"]["low"] is None


def test_reading_touches_no_session(client: Client) -> None:
    publish()
    rating("s1")
    response = client.get("/api/v1/stores/s1")
    assert not response.cookies
    assert "Cookie" not in response["Vary"]


def test_history_is_paged_and_says_what_was_corrected(client: Client) -> None:
    past("s1", [4.1, 4.2, None])
    publish()
    rating("s1")
    rating("s1", revision=1, stars=4.8)
    told = client.get("/api/v1/stores/s1/history?page_size=2").json()
    assert told["count"] == 4
    assert told["previous"] is None
    assert told["next"].endswith("/api/v1/stores/s1/history?page=2&page_size=2")
    assert told["results"][0] == {
        "night": "2026-11-20", "revision": 1, "state": "rated", "stars": 4.8, "corrected": True, "ledger": None,
    }  # fmt: skip
    assert told["results"][1]["stars"] is None
    assert [row["stars"] for row in client.get(told["next"]).json()["results"]] == [4.2, 4.1]


def test_the_latest_night_tells_its_figures(client: Client) -> None:
    publish()
    assert client.get("/api/v1/nights/latest").json() == {
        "night": NIGHT.isoformat(),
        "published_at": "2026-11-21T02:00:00Z",
        "model": "2026-11-20.7",
        "scale": 1,
        "closed_through": {"orders": "2026-11-20", "responses": None},
        "figures": {"states": {"rated": 3}},
    }


@pytest.mark.parametrize("error", [OperationalError, psycopg.OperationalError])
def test_a_database_that_is_away_is_a_503_problem(client: Client, monkeypatch, error: type[Exception]) -> None:
    publish()
    selectors.shown_forget()

    def gone(*_arguments: object) -> None:
        raise error("gone")

    monkeypatch.setattr(selectors, "_read_pointer" if error is OperationalError else "_fetch_one", gone)
    response = client.get("/api/v1/stores/s1")
    assert (response.status_code, response["Content-Type"]) == (503, "application/problem+json")


def test_an_unknown_address_of_the_api_is_a_problem_too(rf: RequestFactory) -> None:
    response = page_not_found(rf.get("/api/v1/shops"), Http404())
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
