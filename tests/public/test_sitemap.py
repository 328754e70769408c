"""What search engines find: what is published, under the public address, in both languages, and nothing private."""

import xml.etree.ElementTree as ElementTree
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from reputation.public import front, sitemaps
from tests.public.market import NIGHT, anchor, publish, rating, store

pytestmark = pytest.mark.django_db
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.fixture(autouse=True)
def _address(settings: Settings) -> None:
    settings.PUBLIC_URL = "https://stars.example"
    front.front.cache_clear()


@pytest.fixture
def market() -> None:
    publish()
    for number in range(7):
        rating(f"s{number}", category="beauty & care")
    rating("ü/x y", name="Odd", category="beauty & care")
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor")
    store("unrated", "Never rated")


def root(client: Client, path: str) -> ElementTree.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/xml"
    return ElementTree.fromstring(answer.content)


def places(tree: ElementTree.Element) -> list[str]:
    return [element.text or "" for element in tree.iterfind(".//s:loc", SPACE)]


def local(address: str) -> str:
    found = urlsplit(address)
    assert (found.scheme, found.netloc) == ("https", "stars.example")
    return f"{found.path}?{found.query}"


def test_the_index_leads_to_every_published_page_and_to_no_other(client: Client, market: None) -> None:
    listed = [place for part in places(root(client, "/sitemap.xml")) for place in places(root(client, local(part)))]
    assert len(listed) == len(set(listed))
    stores = {urlsplit(place).path for place in listed if "/stores/" in place}
    assert stores == {*(f"/stores/s{number}" for number in range(7)), "/stores/%C3%BC/x%20y"}
    assert [place for place in listed if "/anchors/" in place] == ["https://stars.example/anchors/a1"]
    assert [place for place in listed if "/categories/" in place] == [
        "https://stars.example/categories/beauty%20&%20care"
    ]
    for place in listed:
        assert client.get(local(place)).status_code == 200, place


def test_every_page_names_its_languages_and_its_night(client: Client, market: None) -> None:
    for url in root(client, "/sitemap-stores.xml").iterfind("s:url", SPACE):
        place = url.findtext("s:loc", "", SPACE)
        assert url.findtext("s:lastmod", "", SPACE) == str(NIGHT)
        found = {link.get("hreflang"): link.get("href") for link in url.iterfind("x:link", SPACE)}
        assert found == {"en": f"{place}?lang=en", "zh-Hans": f"{place}?lang=zh-hans", "x-default": place}
        page = client.get(local(place)).content.decode()
        assert f'rel="canonical" href="{place}"' in page


def test_a_large_market_is_told_in_parts(client: Client, market: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps.Pages, "limit", 3)
    parts = [part for part in places(root(client, "/sitemap.xml")) if "-stores" in part]
    assert parts == [f"https://stars.example/sitemap-stores.xml{more}" for more in ("", "?p=2", "?p=3")]
    assert [len(places(root(client, local(part)))) for part in parts] == [3, 3, 2]
    for path in ("/sitemap-stores.xml?p=4", "/sitemap-stores.xml?p=x", "/sitemap-carriers.xml"):
        assert client.get(path).status_code == 404


def test_one_part_costs_the_same_few_queries_whatever_its_size(
    client: Client, market: None, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(3):
        client.get("/sitemap-stores.xml")


def test_before_the_first_night_there_are_the_fixed_pages_alone(client: Client) -> None:
    parts = places(root(client, "/sitemap.xml"))
    assert len(parts) == 3
    assert places(root(client, "/sitemap-stores.xml")) == []
    assert "https://stars.example/" in places(root(client, "/sitemap-pages.xml"))


def test_robots_are_told_the_sitemap_and_what_is_nobodys(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Sitemap: https://stars.example/sitemap.xml" in lines
    for path in ("/portal/", "/console/", "/accounts/", "/q/", "/complaints/"):
        assert f"Disallow: {path}" in lines


def test_no_cookie_is_set(client: Client, market: None) -> None:
    assert not client.get("/sitemap.xml?lang=en").cookies
