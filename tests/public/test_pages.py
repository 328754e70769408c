import re

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from reputation.public.views import page_not_found
from reputation.ratings.models import AnchorStore
from tests.public.market import NIGHT, anchor, few_orders, new, past, publish, rating, store, withheld

pytestmark = pytest.mark.django_db


def _text(client: Client, path: str, status: int = 200) -> str:
    """What a reader sees: tags out, white space together."""
    response = client.get(path)
    assert response.status_code == status
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


@pytest.mark.parametrize("path", ["/", "/?q=x", "/?kind=anchor", "/how-ratings-work", "/stores/s1"])
def test_before_the_first_night_pages_say_so(client: Client, path: str) -> None:
    store("s1", "Known store")
    rating("s1")
    text = _text(client, path)
    assert "No ratings published yet" in text
    assert "4.7" not in text


def test_a_rated_store_is_told_in_words_that_can_be_counted(client: Client) -> None:
    publish()
    store("s1", "Lotus Wear", after_sales_terms="7-day returns", opened_on="2021-05-02")
    rating("s1", name="Lotus Wear")
    text = _text(client, "/stores/s1")
    assert "Lotus Wear" in text
    assert "About 3 in 100 orders have a reported problem that is the store&#x27;s doing; 6 counting" in text
    assert "Range 2 to 5 in 100 Orders in 365 days 1,234" in text
    assert "As of Nov. 20, 2026." in text
    assert "0 5 in 100 Range: 2.2 to 4.6 in 100 orders." in text
    assert "1,234" in text
    assert "Better than 82% of those rated in beauty" in text
    assert "7-day returns" in text
    assert "Events beyond anyone&#x27;s control, such as floods 10" in text
    assert "Basis: single orders" in text


def test_five_aspects_of_a_store_and_two_of_an_anchor(client: Client) -> None:
    publish()
    rating("s1")
    anchor("a1", "Mia Live", followers=12345)
    rating("a1", kind="anchor", name="Mia Live", category="")
    aspects = ("Dispatch and delivery", "Service", "After-sales")
    assert all(name in _text(client, "/stores/s1") for name in aspects)
    assert not any(name in _text(client, "/anchors/a1") for name in aspects)
    assert "12,345 followers" in _text(client, "/anchors/a1")
    assert "that is the anchor&#x27;s doing" in _text(client, "/anchors/a1")


def test_what_moved_a_star_last_night_is_told_to_everyone(client: Client) -> None:
    publish()
    rating("s1", ledger={"evidence": -0.12, "aged": 0.02})
    rating("s2", ledger={})
    rating("s3")
    assert "Down 0.1: new evidence -0.12" in _text(client, "/stores/s1")
    assert "Unchanged" in _text(client, "/stores/s2")
    assert "First rating" in _text(client, "/stores/s3")


def test_an_anchor_shows_where_it_sold_with_the_stores_own_stars(client: Client) -> None:
    publish()
    rating("s1", name="Lotus <Wear>", stars=4.9)
    rating("a1", kind="anchor", name="Mia Live", category="", orders_counted=200)
    sold = [("s1", 150, 3), ("gone/1", 50, 0)]
    AnchorStore.objects.bulk_create(
        AnchorStore(night=NIGHT, anchor_id="a1", store_id=store, orders=orders, defects=defects)
        for store, orders, defects in sold
    )
    text, page = _text(client, "/anchors/a1"), client.get("/anchors/a1").content.decode()
    assert "Lotus &lt;Wear&gt; store: 4.9 of 5 150 orders 75% of the orders; 3 confirmed problems" in text
    assert "gone/1 50 orders 25% of the orders; 0 confirmed problems" in text
    assert 'href="/stores/s1"' in page
    assert 'href="/stores/gone' not in page
    assert "Where it sold" not in _text(client, "/stores/s1")


def test_an_anchor_whose_stores_are_unknown_says_nothing_of_them(client: Client) -> None:
    publish()
    rating("a1", kind="anchor", name="Mia Live", category="")
    assert "Where it sold" not in _text(client, "/anchors/a1")


def test_few_orders_are_said_to_be_few(client: Client) -> None:
    publish()
    few_orders("s1")
    text = _text(client, "/stores/s1")
    assert "18 of 30 orders; 2 confirmed problems" in text
    assert "of 5 stars" not in text


def test_orders_of_too_few_buyers_are_named_as_that(client: Client) -> None:
    publish()
    few_orders("s1", orders_counted=300, confirmed_defects=1)
    assert "Orders from fewer than 5 buyers; 1 confirmed problem" in _text(client, "/stores/s1")


def test_a_new_and_a_withheld_store_are_told_apart(client: Client) -> None:
    publish()
    new("n")
    withheld("w")
    assert "No orders yet" in _text(client, "/stores/n")
    assert "being checked by a person" in _text(client, "/stores/w")


def test_a_store_that_no_night_has_rated_is_known_all_the_same(client: Client) -> None:
    publish()
    store("s1", "Fresh store")
    assert "Not rated yet" in _text(client, "/stores/s1")


def test_daily_totals_are_called_that(client: Client) -> None:
    publish()
    rating("s1", basis="aggregated")
    assert "Basis: daily totals sent by the platform" in _text(client, "/stores/s1")


def test_a_corrected_night_is_marked(client: Client) -> None:
    past("s1", [4.0, 4.2])
    publish()
    rating("s1")
    rating("s1", revision=1, stars=4.9)
    page = client.get("/stores/s1").content.decode()
    assert "corrected after it was published" in page
    assert "corrected later" in page
    assert "chart-corrected" in page


def test_the_owner_and_region_of_a_store_stay_private(client: Client) -> None:
    publish()
    store("s1", "Lotus", owner_ref="owner-secret-7", region="region-secret-7")
    rating("s1")
    assert "secret-7" not in client.get("/stores/s1").content.decode()
    assert "secret-7" not in client.get("/api/v1/stores/s1").content.decode()


def test_the_front_page_shows_the_best_of_each_category(client: Client) -> None:
    publish()
    for i in range(5):
        rating(f"s{i}", name=f"Lotus {i}", stars=4.5 + i / 10, category="beauty")
    rating("a1", kind="anchor", name="Mia Live", category="")
    text = _text(client, "/")
    assert "5 stores and 1 anchors" in text
    assert "Lotus 4" in text
    assert "Lotus 2" in text
    assert "Lotus 1" not in text
    assert "Mia Live" in text


def test_a_category_is_paged_and_an_unknown_one_is_not_found(client: Client) -> None:
    publish()
    for i in range(25):
        rating(f"s{i}", name=f"Lotus {i:02}", orders_counted=1000 - i, category="a/b c")
    assert "Page 1 of 2" in _text(client, "/categories/a/b%20c")
    assert "Lotus 24" in _text(client, "/categories/a/b%20c?page=2")
    for path in ("/categories/none", "/categories/%00"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("page", ["0", "-3", "x", "999999999999", "%00"])
def test_a_page_number_that_makes_no_sense_shows_a_page(client: Client, page: str) -> None:
    publish()
    rating("s1")
    assert client.get(f"/categories/beauty?page={page}").status_code == 200


def test_search_finds_stores_and_anchors(client: Client) -> None:
    publish()
    for i in range(10):
        store(f"s{i}", f"月光 {i}")
        rating(f"s{i}", name=f"月光 {i}")
    anchor("a1", "月光直播间")
    rating("a1", kind="anchor", name="月光直播间", category="")
    text = _text(client, "/?q=月光")
    assert "Stores 10 Show all" in text
    assert "月光直播间" in text
    assert "月光 9" in _text(client, "/?q=月光&kind=store")
    assert "Nothing has a name like that" in _text(client, "/?q=nobody")


@pytest.mark.parametrize("query", ["%00", "'", "%F0%9F%92%A5", "x" * 5000, "%ff%fe", "a&kind=ship", "%20"])
def test_whatever_is_typed_is_answered(client: Client, query: str) -> None:
    publish()
    rating("s1")
    assert client.get(f"/?q={query}").status_code == 200


def test_how_ratings_work_comes_from_the_catalogue(client: Client) -> None:
    publish()
    rating("s1")
    assert "Late dispatch rate" in _text(client, "/how-ratings-work")
    assert "延迟发货率" in _text(client, "/how-ratings-work?lang=zh-hans")
    assert "2026-11-20.7" in _text(client, "/how-ratings-work")


@pytest.mark.parametrize("path", ["/stores/none", "/anchors/none", "/badge/store/none.svg", "/nowhere", "/stores/%00"])
def test_what_does_not_exist_is_not_found(client: Client, path: str) -> None:
    publish()
    assert "Page not found" in _text(client, path, 404)
    assert "页面不存在" in _text(client, path + "?lang=zh-hans", 404)


def test_people_who_miss_a_page_get_one_to_search_from(rf: RequestFactory) -> None:
    request = rf.get("/nowhere")
    response = page_not_found(request, Http404())
    assert (response.status_code, 'name="q"' in response.content.decode()) == (404, True)


def test_a_fault_of_ours_has_a_page_in_both_languages(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False

    def fail(*_arguments: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("reputation.public.views.front.front", fail)
    assert "Something went wrong" in _text(client, "/", 500)
    assert "出错了" in _text(client, "/?lang=zh-hans", 500)


def test_robots_are_told_where_not_to_go(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain"
    assert "Disallow: /portal/" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/", "/stores/s1", "/how-ratings-work", "/categories/beauty", "/?q=s", "/api/docs", "/nowhere"]
)
def test_no_page_needs_inline_script_or_style(client: Client, path: str) -> None:
    past("s1", [4.0, 4.2])
    publish()
    rating("s1")
    page = client.get(path).content.decode()
    page = re.sub(r'<script type="application/ld\+json">[^<>]*</script>', "", page)  # data: no browser runs it
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", page)


def test_pages_touch_no_session(client: Client) -> None:
    publish()
    rating("s1")
    assert not client.get("/stores/s1").cookies
    assert client.get("/stores/s1")["Cache-Control"] == "public, max-age=60"
