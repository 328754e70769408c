"""The page of a category: who is in it, narrowed and ordered by links."""

import re
from typing import Any

import pytest
from django.test import Client

from tests.public.market import few_orders, new, publish, rating, withheld

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    for i, (stars, orders) in enumerate(((4.9, 100), (4.5, 900), (4.0, 50), (3.2, 500))):
        rating(f"s{i}", name=f"{'DCBA'[i]} store", stars=stars, half_stars=round(stars * 2) / 2, orders_counted=orders)
    few_orders("few", name="Few store")
    new("new", name="New store")
    withheld("held", name="Held store")
    rating("other", name="Other store", category="home")


def _page(client: Client, query: str = "", name: str = "beauty") -> str:
    response = client.get(f"/categories/{name}{query}")
    assert response.status_code == 200
    return response.content.decode()


def _names(client: Client, query: str = "", **more: Any) -> list[str]:
    page = _page(client, query, **more)
    return [name.split()[0] for name in re.findall(r'class="row-name clamp"[^>]*><bdi>([^<]*)', page)]


def _chips(page: str) -> list[str]:
    found = re.findall(r'class="chip" href="([^"]*)"[^>]*>(.*?)</a>', page)
    return [f"{re.sub('<[^>]*>', '', label)} {address}" for address, label in found]


def test_the_best_stand_first_and_only_the_rated(client: Client) -> None:
    assert _names(client) == ["D", "C", "B", "A"]


def test_each_choice_says_how_many_there_are(client: Client) -> None:
    assert _chips(_page(client)) == [
        "Rated 4 /categories/beauty",
        "4.0 stars or more 3 ?show=4",
        "4.5 stars or more 2 ?show=4.5",
        "Too few orders 1 ?show=few_orders",
        "New 1 ?show=new",
        "Withheld 1 ?show=withheld",
        "Best first /categories/beauty",
        "Most orders first ?order=-orders_counted",
        "By name ?order=name",
    ]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?show=4.5", ["D", "C"]),
        ("?show=4", ["D", "C", "B"]),
        ("?show=few_orders", ["Few"]),
        ("?show=new", ["New"]),
        ("?show=withheld", ["Held"]),
        ("?order=name", ["A", "B", "C", "D"]),
        ("?order=-orders_counted", ["C", "A", "D", "B"]),
        ("?show=4&order=-orders_counted", ["C", "D", "B"]),
    ],
)
def test_a_choice_narrows_or_orders(client: Client, query: str, names: list[str]) -> None:
    assert _names(client, query) == names


@pytest.mark.parametrize("query", ["?show=5000", "?show=rated", "?order=luck", "?show=%00&order=%27", "?page=x"])
def test_a_choice_that_makes_no_sense_is_left_aside(client: Client, query: str) -> None:
    assert _names(client, query) == ["D", "C", "B", "A"]


def test_choices_keep_each_other_and_begin_at_the_first_page(client: Client) -> None:
    chips = _chips(_page(client, "?show=4&page=1&order=name"))
    assert "4.5 stars or more 2 ?order=name&amp;show=4.5" in chips
    assert "Best first ?show=4" in chips


def test_a_category_without_a_rated_store_says_so(client: Client) -> None:
    few_orders("lonely", name="Lonely store", category="rare")
    assert "No store here has enough orders for stars yet" in _page(client, name="rare")
    assert _names(client, "?show=few_orders", name="rare") == ["Lonely"]


def test_a_choice_that_is_empty_leads_back(client: Client) -> None:
    assert "Show the rated ones" in _page(client, "?show=withheld", name="home")


def test_it_tells_what_goes_wrong_here_alone(client: Client) -> None:
    """Each store as heavy as its orders: (2 * 300 + 10 * 100) / 400 is 4."""
    rating("x1", category="toys", expected=2.0, all_causes=3.0, orders_counted=300)
    rating("x2", category="toys", expected=10.0, all_causes=19.0, orders_counted=100)
    page = _page(client, name="toys")
    assert "Of 100 orders at the rated stores here, about 4 have a reported problem" in page
    assert "7 counting every cause" in page


def test_nobody_is_in_no_category(client: Client) -> None:
    assert client.get("/categories/").status_code == 404
    assert client.get("/categories/nothing").status_code == 404


def test_a_choice_is_the_same_page_to_search_engines(client: Client) -> None:
    page = _page(client, "?show=4&order=name")
    assert re.search(r'<link rel="canonical" href="[^"?]*/categories/beauty">', page)
    assert '<meta property="og:title" content="Beauty">' in page
