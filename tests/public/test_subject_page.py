"""What a buyer sees of one store or anchor: at a glance, beside its terms, and for machines."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from reputation.public.practices import duration
from reputation.ratings.models import Practice
from tests.public.market import NIGHT, anchor, few_orders, new, publish, rating, store, withheld
from tests.public.sanctioned import sanctioned
from tests.public.test_hostile import NAMES

pytestmark = pytest.mark.django_db
TIMES = {"n": 57, "half": 2880, "most": 5760, "waiting": 0, "promised": None, "since": "2026-08-01",
         "through": "2026-10-29"}  # fmt: skip
ANSWERS = {"n": 32, "mean": 4.38}


def told(subject_id: str = "s1", kind: str = "store", **figures: dict[str, Any]) -> None:
    Practice.objects.create(kind=kind, subject_id=subject_id, night=NIGHT, figures=figures)


def page(client: Client, path: str = "/stores/s1") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def text(client: Client, path: str = "/stores/s1") -> str:
    seen = re.sub(r"<script.*?</script>|<title>.*?</title>", " ", page(client, path))
    return " ".join(re.sub(r"<[^>]*>", " ", seen).split())


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


# At a glance


def test_star_share_range_and_sample_come_before_everything_else(client: Client) -> None:
    publish()
    store("s1", "Lotus Wear", after_sales_terms="7-day returns")
    rating("s1", name="Lotus Wear")
    told(refund=TIMES)
    seen = text(client)
    order = [
        "4.7",
        "About 3 in 100 orders",
        "2 to 5 in 100",
        "1,234",
        "In detail",
        "7-day returns",
        "Refunds here take",
    ]
    places = [seen.index(words) for words in order]
    assert places == sorted(places)


def test_a_sanction_in_force_is_named_above_the_star_and_told_in_full_below(client: Client) -> None:
    publish()
    rating("s1")
    sanctioned(subject_id="s1")
    seen = text(client)
    assert seen.index("1 sanction in force No new listings") < seen.index("4.7")
    assert 'href="#sanctions-title"' in page(client)
    assert seen.index("Sanctions in force") > seen.index("4.7")


@pytest.mark.parametrize(
    ("make", "words"), [(few_orders, "18 of 30 orders; 2 confirmed problems"), (new, "No orders yet")]
)
def test_without_a_star_there_is_no_empty_picture(client: Client, make: Any, words: str) -> None:
    publish()
    make("s1")
    seen = text(client)
    assert words in seen
    for missing in ("In detail", "Stars by night", "What was set aside", "What really happens", "Compare with"):
        assert missing not in seen


def test_while_a_person_checks_the_evidence_nothing_of_it_is_told_as_a_fact(client: Client) -> None:
    publish()
    withheld("s1")
    told(refund=TIMES, answers=ANSWERS)
    seen = text(client)
    assert "being checked by a person" in seen
    assert "Refunds here take" not in seen
    assert "aggregateRating" not in page(client)


# Terms beside what really happens


def test_terms_stand_beside_what_really_happens(client: Client) -> None:
    publish()
    store("s1", "Lotus", after_sales_terms="Refunds within 24 hours")
    rating("s1")
    told(refund=TIMES, returns={"n": 40, "refused": 3, "since": "2026-08-01", "through": "2026-10-29"},
         dispatch=TIMES | {"half": 960, "most": 1500, "promised": 2880, "waiting": 2})  # fmt: skip
    seen = text(client)
    assert "What is promised, and what really happens" in seen
    assert "Refunds within 24 hours" in seen
    assert "Refunds here take 2 days 9 in 10: within 4 days · of 57 returns" in seen
    assert "Returns refused 3 of 40" in seen
    assert (
        "Orders leave after 16 hours 9 in 10: within 25 hours · promised: 2 days · of 57 orders · 2 wait still" in seen
    )
    assert "Counted from Aug. 1, 2026 to Oct. 29, 2026" in seen


def test_where_many_wait_still_nothing_is_said_of_the_slowest(client: Client) -> None:
    publish()
    rating("s1")
    told(delivery=TIMES | {"waiting": 6}, dispatch=TIMES | {"waiting": 40})
    seen = text(client)
    assert "Parcels arrive after 2 days of 57 orders · 6 wait still" in seen
    assert "Orders leave after over 2 days of 57 orders · 40 wait still" in seen
    assert "9 in 10: within" not in seen


def test_a_picture_of_time_says_in_words_what_it_shows(client: Client) -> None:
    publish()
    rating("s1")
    told(dispatch=TIMES | {"promised": 2880})
    words = 'aria-label="Orders leave after: 2 days for one half, 4 days for 9 in 10; promised: 2 days"'
    assert words in page(client)


def test_the_figures_of_the_night_before_stand_until_tonights_are_there(client: Client) -> None:
    publish()
    rating("s1")
    Practice.objects.create(kind="store", subject_id="s1", night=NIGHT - timedelta(days=1), figures={"refund": TIMES})
    Practice.objects.create(
        kind="store", subject_id="s1", night=NIGHT + timedelta(days=1), figures={"refund": TIMES | {"half": 7200}}
    )
    assert "Refunds here take 2 days" in text(client)


def test_an_anchor_is_told_by_its_viewers(client: Client) -> None:
    publish()
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor", name="Mia Live", category="")
    told("a1", "anchor", viewers={"n": 36, "false_promotion": 4, "hype": 8, "since": "2026-08-01",
                                  "through": "2026-10-29"})  # fmt: skip
    seen = text(client, "/anchors/a1")
    assert "What viewers say" in seen
    assert "Saw something promised falsely 4 of 36" in seen
    assert "Saw hype or made-up scarcity 8 of 36" in seen


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "1 minute"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"), (900, "15 hours"), (2879, "48 hours"),
     (2880, "2 days"), (4320, "3 days"), (5148, "3.6 days"), (144_000, "100 days")],
)  # fmt: skip
def test_a_time_is_said_as_people_say_it(minutes: int, words: str) -> None:
    assert duration(minutes) == words


# For machines


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
        "@type": "AggregateRating", "ratingValue": 4.38, "ratingCount": 32, "bestRating": 5, "worstRating": 1
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
    assert linked(client)[0]["aggregateRating"]["ratingValue"] == 4.38
    assert "4.7" not in json.dumps(linked(client))


def test_what_is_told_to_machines_stands_on_the_page_as_well(client: Client) -> None:
    publish()
    rating("s1")
    told(answers=ANSWERS)
    assert "Buyers' own marks 4.4 of 5 on average, from 32 answers" in text(client)


def test_an_anchor_is_a_person_whose_service_was_answered_about(client: Client) -> None:
    publish()
    rating("a1", kind="anchor", name="Mia", category="")
    assert linked(client, "/anchors/a1")[0]["@type"] == "Person"
    told("a1", "anchor", answers=ANSWERS)
    thing = linked(client, "/anchors/a1")[0]
    assert (thing["@type"], thing["provider"]) == ("Service", {"@type": "Person", "name": "Mia"})
    assert thing["aggregateRating"]["ratingCount"] == 32


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


def test_both_languages_say_the_same(client: Client) -> None:
    publish()
    store("s1", "Lotus", after_sales_terms="七天无理由退货")
    rating("s1")
    told(refund=TIMES, answers=ANSWERS)
    seen = text(client, "/stores/s1?lang=zh-hans")
    for words in (
        "承诺与实际",
        "退款到账用时 2 天",
        "九成在 4 天内",
        "共 57 次退货",
        "4.4 / 5 平均分，共 32 份评价",
        "每 100 单 2 至 5 单",
    ):
        assert words in seen


def test_a_page_costs_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    publish()
    store("s1", "Lotus")
    rating("s1")
    told(refund=TIMES)
    page(client)
    with django_assert_max_num_queries(6):
        page(client)
