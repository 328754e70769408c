import itertools
from urllib.parse import quote

import pytest
from django.test import Client

from tests.public.market import few_orders, publish, rating, store

pytestmark = pytest.mark.django_db


@pytest.fixture
def _market() -> None:
    publish()
    for i, (stars, category) in enumerate(itertools.product((4.9, 4.1, 3.3), ("beauty", "home"))):
        name = f"{'月光' if i % 2 else 'Lotus'} {i}"
        store(f"s{i}", name)
        rating(f"s{i}", name=name, stars=stars, category=category, orders_counted=100 * (i + 1))
    few_orders("few", category="home")


def _ids(client: Client, query: str = "") -> list[str]:
    return [row["subject"]["id"] for row in client.get(f"/api/v1/stores{query}").json()["results"]]


@pytest.mark.parametrize("path", ["stores", "anchors"])
def test_before_the_first_night_a_list_is_empty(client: Client, path: str) -> None:
    rating("s1")
    response = client.get(f"/api/v1/{path}?search=x&min_stars=3")
    assert response.status_code == 200
    assert response.json() == {"count": 0, "next": None, "previous": None, "results": []}


@pytest.mark.usefixtures("_market")
def test_a_list_holds_whole_ratings_the_best_first(client: Client) -> None:
    told = client.get("/api/v1/stores").json()
    assert told["count"] == 7
    assert [row["subject"]["id"] for row in told["results"]] == ["s1", "s0", "s3", "s2", "s5", "s4", "few"]
    assert told["results"][0] == client.get("/api/v1/stores/s1").json()


@pytest.mark.usefixtures("_market")
def test_filters_and_orders_combine(client: Client) -> None:
    assert _ids(client, "?category=home&min_stars=4&ordering=stars") == ["s3", "s1"]
    assert _ids(client, "?ordering=-orders_counted")[:2] == ["s5", "s4"]
    assert _ids(client, f"?search={quote('月光')}&ordering=name") == ["s1", "s3", "s5"]
    assert _ids(client, "?search=lot&min_stars=4") == ["s2", "s0"]


@pytest.mark.usefixtures("_market")
def test_pages_neither_lose_nor_repeat_a_store(client: Client) -> None:
    seen, address = [], "/api/v1/stores?page_size=2"
    while address:
        told = client.get(address).json()
        seen += [row["subject"]["id"] for row in told["results"]]
        address = told["next"]
    assert seen == _ids(client)


@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page_size=201", "page_size"),
        ("page_size=0", "page_size"),
        ("page_size=-1", "page_size"),
        ("page_size=many", "page_size"),
        ("page_size=²", "page_size"),
        ("page=0", "page"),
        ("page=99", "page"),
        ("page=x", "page"),
        ("page=99999999999999999999", "page"),
        ("min_stars=6", "min_stars"),
        ("min_stars=0.5", "min_stars"),
        ("min_stars=good", "min_stars"),
        ("min_stars=nan", "min_stars"),
        ("ordering=luck", "ordering"),
        ("search=" + "x" * 101, "search"),
        ("search=%00", "search"),
        ("category=%00", "category"),
        ("min_star=4", "min_star"),
        ("pagesize=4", "pagesize"),
    ],
)
def test_a_bad_parameter_is_named_with_its_mend(client: Client, query: str, name: str) -> None:
    response = client.get(f"/api/v1/stores?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert [error["field"] for error in problem["errors"]] == [name]
    assert problem["detail"].startswith(f"{name}: ")
    assert "ETag" not in response


def test_bad_parameters_are_refused_before_the_first_night_too(client: Client) -> None:
    assert client.get("/api/v1/stores?min_stars=6").status_code == 400


@pytest.mark.usefixtures("_market")
def test_a_list_is_not_answered_from_what_another_address_asked(client: Client) -> None:
    assert (
        client.get("/api/v1/stores?page_size=1", headers={"host": "localhost"})
        .json()["next"]
        .startswith("http://localhost/")
    )
    told = client.get("/api/v1/stores?page_size=1", headers={"host": "127.0.0.1"}).json()
    assert told["next"].startswith("http://127.0.0.1/")


@pytest.mark.usefixtures("_market")
def test_a_kept_list_is_the_list(client: Client) -> None:
    assert client.get("/api/v1/stores").content == client.get("/api/v1/stores").content
    assert client.head("/api/v1/stores").content == b""


@pytest.mark.usefixtures("_market")
def test_the_most_results_on_a_page_are_200(client: Client) -> None:
    assert client.get("/api/v1/stores?page_size=200").status_code == 200
