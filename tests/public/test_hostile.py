"""Names and terms that try to get out of the place where they are shown."""

import xml.etree.ElementTree as ElementTree
from urllib.parse import quote

import pytest
from django.test import Client

from reputation.public.badge import STYLE
from tests.public.market import publish, rating, store

pytestmark = pytest.mark.django_db
NAMES = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "]]><svg/onload=alert(1)>",
    "{{ 7|add:7 }}{% load x %}",
    "\u202egnp.exe \u2066x",
    "a\x01b\x1f\ufffe",
    "長" * 4000,
    "W" * 4000,
    "&amp;&#60;b&#62;",
    "%s %(x)s {0}",
]


@pytest.fixture(params=NAMES, ids=range(len(NAMES)))
def name(request: pytest.FixtureRequest) -> str:
    publish()
    store("s1", request.param, after_sales_terms=request.param)
    rating("s1", name=request.param, category=request.param[:200])
    rating("s2", name=request.param, category=request.param[:200])
    return request.param


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/stores/s1",
        "/?q=s1",
        "/?kind=store",
        "/how-ratings-work",
        "/embed/store/s1",
        "/badge?store=s1",
        "/compare?store=s1&store=s2",
        "/suggest?q=s1",
        "/complain/store/s1",
    ],
)
def test_a_page_shows_a_hostile_name_as_text(client: Client, name: str, path: str) -> None:
    page = client.get(path).content.decode()
    for markup in ("<script>alert", "<img src=x", "' onmouseover='", "<svg/onload", "<b>"):
        assert markup not in page
    assert len(page) < 60_000


def test_a_category_page_shows_a_hostile_name_as_text(client: Client, name: str) -> None:
    response = client.get("/categories/" + quote(name[:200]))
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()


@pytest.mark.parametrize("lang", ["en", "zh-hans"])
def test_a_badge_is_well_formed_whatever_the_name(client: Client, name: str, lang: str) -> None:
    response = client.get(f"/badge/store/s1.svg?lang={lang}")
    assert response["Content-Type"] == "image/svg+xml; charset=utf-8"
    tree = ElementTree.fromstring(response.content)
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags == {"svg", "title", "style", "rect", "text", "g", "path"}
    assert [element.text for element in tree.iter() if element.tag.endswith("style")] == [STYLE]
    assert not {key for element in tree.iter() for key in element.attrib if key.startswith("on") or key == "style"}
    assert all(len("".join(element.itertext())) < 120 for element in tree if element.tag.endswith("text"))


def test_json_gives_the_name_back_unchanged(client: Client, name: str) -> None:
    response = client.get("/api/v1/stores/s1")
    assert response.json()["subject"]["name"] == name
    assert response["X-Content-Type-Options"] == "nosniff"


def test_a_search_for_it_is_answered_and_shown_as_text(client: Client, name: str) -> None:
    response = client.get("/", {"q": name})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
