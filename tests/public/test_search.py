"""Searching as a reader does: in the form of the pages, and while typing."""

import re
from urllib.parse import quote

import pytest
from django.test import Client

from tests.public.market import anchor, few_orders, publish, rating, store, withheld

pytestmark = pytest.mark.django_db
STORES = {"s1": "月光小铺", "s2": "月光 Lane", "s3": "越光生活馆", "s4": "Willow Lane", "s5": "Lotus Wear"}


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    for i, (store_id, name) in enumerate(STORES.items()):
        store(store_id, name)
        rating(store_id, name=name, orders_counted=900 - i)
    store("few", "Birch House")
    few_orders("few", name="Birch House")
    anchor("a1", "月光直播间")
    rating("a1", kind="anchor", name="月光直播间", category="")


def _page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def _text(client: Client, path: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", _page(client, path)).split())


def _names(client: Client, path: str) -> list[str]:
    return re.findall(r'class="(?:row-name clamp|option-name)"[^>]*>\s*<bdi>([^<]*)', _page(client, path))


@pytest.mark.parametrize("path", ["/?q={}", "/suggest?q={}"])
@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("月光", ["月光小铺", "月光 Lane", "越光生活馆", "月光直播间"]),
        ("lane", ["月光 Lane", "Willow Lane"]),
        ("yueguang", ["月光小铺", "月光 Lane", "越光生活馆", "月光直播间"]),
        ("ygxp", ["月光小铺"]),
        ("阅光小鋪", ["月光小铺"]),
        ("ＷＩＬＬＯＷ", ["Willow Lane"]),
        ("wilow lnae", ["Willow Lane"]),
        ("s5", ["Lotus Wear"]),
    ],
)
def test_a_few_letters_find_whom_they_mean(client: Client, path: str, typed: str, names: list[str]) -> None:
    assert _names(client, path.format(quote(typed))) == names


def test_what_was_meant_is_offered_as_a_search(client: Client) -> None:
    assert "Did you mean “lotus”?" in _text(client, "/suggest?q=lotsu")
    page = _page(client, "/?q=lotsu")
    assert 'Did you mean <a href="/?q=lotus">lotus</a>?' in page


def test_names_that_only_sound_alike_are_called_that(client: Client) -> None:
    assert "No name is written so." in _text(client, "/?q=" + quote("阅光"))
    assert "No name is written so." not in _text(client, "/?q=" + quote("月光"))


def test_what_only_comes_near_is_left_out_where_something_has_the_name(client: Client) -> None:
    anchor("a2", "Lotos")
    rating("a2", kind="anchor", name="Lotos", category="")
    assert _names(client, "/?q=lotos") == ["Lotos"]


def test_a_store_without_stars_is_offered_with_the_reason(client: Client) -> None:
    assert "Birch House Store · Beauty Too few orders" in _text(client, "/suggest?q=birch")


def test_a_withheld_one_is_found_and_shows_no_stars(client: Client) -> None:
    store("w", "Quiet Harbour")
    withheld("w", name="Quiet Harbour")
    assert "Quiet Harbour Store · Beauty Withheld" in _text(client, "/suggest?q=quiet")


def test_suggestions_are_few_and_lead_to_all_of_them(client: Client) -> None:
    for i in range(9):
        store(f"t{i}", f"Lotus {i}")
        rating(f"t{i}", name=f"Lotus {i}")
    page = _page(client, "/suggest?q=lotus")
    assert len(_names(client, "/suggest?q=lotus")) == 5
    assert 'href="/?q=lotus"' in page
    assert "Show all 10" in page
    assert len(_names(client, "/suggest?q=lotus&kind=store")) == 8
    assert 'href="/?q=lotus&amp;kind=store"' in _page(client, "/suggest?q=lotus&kind=store")


def test_suggestions_are_options_of_a_list(client: Client) -> None:
    page = _page(client, "/suggest?q=lane")
    assert page.count('role="option"') == 2
    assert page.count('role="listbox"') == 1
    assert "<html" not in page


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=%00", "?kind=ship"])
def test_nothing_typed_is_answered_with_nothing(client: Client, query: str) -> None:
    assert _page(client, f"/suggest{query}").strip() == ""


@pytest.mark.parametrize(
    "typed", ["%00", "'", "%F0%9F%92%A5", "x" * 5000, "%ff%fe", "%25_", "%3Cb%3E", "a%00b", "q w e r t y u i o p"]
)
def test_whatever_is_typed_is_answered(client: Client, typed: str) -> None:
    for path in ("/suggest?q=", "/?q=", "/compare?store=s1&q="):
        assert "<b>" not in _page(client, path + typed)


def test_a_name_is_offered_as_text(client: Client) -> None:
    store("x", "<img src=x onerror=alert(1)> Hostile")
    rating("x", name="<img src=x onerror=alert(1)> Hostile")
    page = _page(client, "/suggest?q=hostile")
    assert "&lt;img src=x" in page
    assert "<img" not in page


def test_suggestions_speak_the_readers_language(client: Client) -> None:
    response = client.get("/suggest?q=lane", headers={"accept-language": "zh-CN"})
    assert "2 个结果" in response.content.decode()
    assert response["Content-Language"] == "zh-hans"


def test_suggestions_may_be_kept_and_set_no_cookie(client: Client) -> None:
    response = client.get("/suggest?q=lane")
    assert response["Cache-Control"] == "public, max-age=60"
    assert not response.cookies


def test_a_search_without_results_says_what_helps(client: Client) -> None:
    text = _text(client, "/?q=nobody")
    assert "Nothing found" in text
    assert "yueguang or yg" in text


def test_a_kind_is_paged_and_leads_back_to_both(client: Client) -> None:
    for i in range(25):
        store(f"t{i}", f"Lotus {i}")
        rating(f"t{i}", name=f"Lotus {i}", orders_counted=100 + i)
    page = _page(client, "/?q=lotus&kind=store&page=2")
    assert "26 results" in page
    assert "Page 2 of 2" in page
    assert 'href="/?q=lotus"' in page


def test_every_page_but_those_with_a_field_of_their_own_has_one_in_its_head(client: Client) -> None:
    for path in ("/stores/s1", "/categories/beauty", "/compare", "/how-ratings-work", "/sanctions"):
        assert 'class="find"' in _page(client, path)
    for path in ("/", "/?q=lane"):
        assert 'class="find"' not in _page(client, path)


def test_an_id_is_never_used_twice_on_a_page(client: Client) -> None:
    for path in ("/", "/?q=lane", "/stores/s1", "/compare?store=s1", "/categories/beauty"):
        ids = re.findall(r'\sid="([^"]+)"', _page(client, path))
        assert len(ids) == len(set(ids)), path
