"""What a subject's page tells machines: structured data, its addresses, and what is shown where it is shared."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from tests.public.market import publish, rating, store
from tests.public.test_hostile import NAMES
from tests.public.test_subject_page import ANSWERS, page, text, told

pytestmark = pytest.mark.django_db


def linked(client: Client, path: str = "/stores/s1") -> list[dict[str, Any]]:
    """The structured data as a machine reads it: every block of the page, parsed."""
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page(client, path), re.DOTALL)
    assert len(blocks) == 1
    data = json.loads(blocks[0])
    assert data["@context"] == "https://schema.org"
    return list(data["@graph"])


class Head(HTMLParser):
    """Which elements and attributes a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _value in attrs}


def test_a_store_is_described_with_where_it_stands_and_what_buyers_answered(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://ratings.example"
    publish()
    rating("s1", name="Lotus", category="beauty & care")
    told(answers=ANSWERS)
    thing, crumbs = linked(client)
    assert (thing["@type"], thing["name"], thing["url"]) == (
        "OnlineStore",
        "Lotus",
        "https://ratings.example/stores/s1",
    )
    assert thing["aggregateRating"] == {
        "@type": "AggregateRating", "ratingValue": 4.4, "ratingCount": 30, "bestRating": 5, "worstRating": 1
    }  # fmt: skip
    assert crumbs["@type"] == "BreadcrumbList"
    assert [(one["position"], one["name"]) for one in crumbs["itemListElement"]] == [
        (1, "All categories"), (2, "beauty & care"), (3, "Lotus")
    ]  # fmt: skip
    assert crumbs["itemListElement"][1]["item"] == "https://ratings.example/categories/beauty%20&%20care"


def test_the_models_star_is_never_told_as_a_review(client: Client) -> None:
    publish()
    rating("s1", stars=4.7)
    assert "aggregateRating" not in page(client)
    told(answers=ANSWERS)
    assert linked(client)[0]["aggregateRating"]["ratingValue"] == 4.4
    assert "4.7" not in json.dumps(linked(client))


def test_what_is_told_to_machines_stands_on_the_page_as_well(client: Client) -> None:
    publish()
    rating("s1")
    told(answers=ANSWERS)
    assert "Buyers' own marks 4.4 of 5 on average, from at least 30 answers" in text(client)


def test_an_anchor_is_a_person_whose_service_was_answered_about(client: Client) -> None:
    publish()
    rating("a1", kind="anchor", name="Mia", category="")
    assert linked(client, "/anchors/a1")[0]["@type"] == "Person"
    told("a1", "anchor", answers=ANSWERS)
    thing = linked(client, "/anchors/a1")[0]
    assert (thing["@type"], thing["provider"]) == ("Service", {"@type": "Person", "name": "Mia"})
    assert thing["aggregateRating"]["ratingCount"] == 30


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_hostile_name_stays_inside_the_data_and_the_attributes(client: Client, name: str) -> None:
    publish()
    store("s1", name)
    rating("s1", name=name, category=name[:200])
    thing, crumbs = linked(client)
    assert thing["name"] == name[:200]
    assert [one["name"] for one in crumbs["itemListElement"]][1:] == [name[:200], name[:200]]
    block = page(client).split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert not set("<>&'\u2028\u2029") & set(block)
    head = Head()
    head.feed(page(client).split("</head>")[0])
    assert head.tags == {"html", "head", "meta", "title", "link", "script"}
    assert not {name for name in head.attributes if name.startswith("on") or name == "style"}


def test_an_address_names_itself_and_its_other_language(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://ratings.example"
    publish()
    rating("a/b ü", name="Lotus")
    head = page(client, "/stores/" + quote("a/b ü")).split("</head>")[0]
    address = "https://ratings.example/stores/a/b%20%C3%BC"
    assert f'<link rel="canonical" href="{address}">' in head
    assert f'<link rel="alternate" hreflang="en" href="{address}?lang=en">' in head
    assert f'<link rel="alternate" hreflang="zh-Hans" href="{address}?lang=zh-hans">' in head
    assert f'<link rel="alternate" hreflang="x-default" href="{address}">' in head
    chinese = page(client, "/stores/" + quote("a/b ü") + "?lang=zh-hans&page=7").split("</head>")[0]
    assert f'<link rel="canonical" href="{address}?lang=zh-hans">' in chinese
    assert '<meta property="og:locale" content="zh_CN">' in chinese


def test_whoever_shares_the_page_is_told_the_star_and_the_share(client: Client) -> None:
    publish()
    rating("s1", name="Lotus")
    head = page(client).split("</head>")[0]
    words = "4.7 of 5 stars. About 3 in 100 orders have a reported problem that is the store&#x27;s doing; 6 counting"
    assert f'<meta name="description" content="{words}' in head
    assert f'<meta property="og:description" content="{words}' in head
    assert '<meta property="og:title" content="Lotus">' in head


@pytest.mark.parametrize("sixth", [1, 5])
def test_nobody_works_out_the_one_answer_that_came_in_between(client: Client, sixth: int) -> None:
    """Five answers of 4 on average, then a sixth: the number does not move, and of the mean a tenth alone is told."""
    publish()
    rating("s1")
    told(answers={"n": 6, "mean": round((5 * 4 + sixth) / 6, 2)})
    [thing] = [one for one in linked(client) if "aggregateRating" in one]
    assert thing["aggregateRating"]["ratingCount"] == 5
    assert thing["aggregateRating"]["ratingValue"] == {1: 3.5, 5: 4.2}[sixth]


@pytest.mark.parametrize(("answers", "shown"), [(49, 45), (50, 50), (51, 51)])
def test_many_answers_are_counted_exactly(client: Client, answers: int, shown: int) -> None:
    publish()
    rating("s1")
    told(answers={"n": answers, "mean": 4.0})
    assert linked(client)[0]["aggregateRating"]["ratingCount"] == shown
    assert ("at least" in text(client)) == (answers < 50)
