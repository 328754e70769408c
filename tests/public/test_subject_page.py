"""What a buyer sees of one store or anchor: at a glance, beside its terms, and for machines."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from reputation.public.practices import duration
from reputation.ratings.models import Practice
from tests.public.market import NIGHT, anchor, few_orders, new, publish, rating, store, withheld
from tests.public.sanctioned import sanctioned

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
        "4.4 / 5 平均分，至少 30 份评价",
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
