"""Two or three side by side, as their address says."""

import re
from typing import Any

import pytest
from django.test import Client

from reputation.governance.sanctions import SANCTIONS
from reputation.public.comparing import clearly_best, differs, verdicts
from reputation.ratings.search import rating_rows
from tests.public.market import NIGHT, anchor, few_orders, publish, rating, store
from tests.public.sanctioned import sanctioned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    ranges = {"a": (2.0, 1.0, 3.0), "b": (3.5, 2.5, 4.5), "c": (9.0, 6.0, 12.0)}
    for i, (store_id, (expected, low, high)) in enumerate(ranges.items()):
        name = f"Store {store_id.upper()}"
        store(store_id, name, after_sales_terms=f"{7 * (i + 1)} days")
        rating(store_id, name=name, expected=expected, low=low, high=high, stars=4.8 - i * 0.7, half_stars=5 - i)
    anchor("m", "Mia Live", followers=12345)
    rating("m", kind="anchor", name="Mia Live", category="")


def _text(client: Client, query: str, status: int = 200) -> str:
    response = client.get(f"/compare{query}")
    assert response.status_code == status
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def _rows(*ids: str) -> list[Any]:
    return rating_rows(NIGHT, "store", ids)


def test_ranges_that_overlap_are_no_difference(client: Client) -> None:
    a, b, c = _rows("a", "b", "c")
    assert [differs(a, b), differs(b, a), differs(a, c), differs(c, b)] == [False, False, True, True]
    assert clearly_best([b, a]) is None
    assert clearly_best([c, b]) is b
    assert clearly_best([a, b, c]) is None
    text = _text(client, "?store=a&store=b")
    assert "No clear difference between Store A and Store B: their ranges overlap." in text


def test_ranges_that_touch_overlap() -> None:
    rating("d", expected=3.5, low=3.0, high=4.0)
    assert not differs(*_rows("a", "d"))


def test_each_pair_is_told_the_clear_differences_first() -> None:
    assert verdicts(_rows("b", "c", "a")) == [
        ("Store A has clearly fewer problems than Store C.", True),
        ("Store B has clearly fewer problems than Store C.", True),
        ("No clear difference between Store A and Store B: their ranges overlap.", False),
    ]


def test_best_is_marked_only_where_it_is_clear(client: Client) -> None:
    page = client.get("/compare?store=a&store=c").content.decode()
    first = page.partition("Problems in 100 orders")[2].partition("</tr>")[0]
    assert re.findall(r'<td role="cell"( class="compare-best")?>', first) == [' class="compare-best"', ""]
    overlapping = client.get("/compare?store=a&store=b").content.decode()
    assert "compare-best" not in overlapping


def test_an_aspect_is_best_by_half_a_star(client: Client) -> None:
    aspects = {"product": {"stars": 5.0, "percentile": 90}, "service": {"stars": 4.6, "percentile": 90}}
    rating("d", name="Store D", expected=3.0, low=2.0, high=4.0, aspects=aspects)
    page = client.get("/compare?store=a&store=d").content.decode()
    line = {name: page.partition(f">{name} ")[2].partition("</tr>")[0] for name in ("Goods", "Service")}
    assert [part.count("compare-best") for part in line.values()] == [0, 0]
    rating("e", name="Store E", expected=3.0, low=2.0, high=4.0, aspects={"product": {"stars": 4.0, "percentile": 1}})
    page = client.get("/compare?store=a&store=e").content.decode()
    assert page.partition(">Goods ")[2].partition("</tr>")[0].count("compare-best") == 1


def test_all_that_is_compared_stands_side_by_side(client: Client) -> None:
    text = _text(client, "?store=c&store=a")
    assert "9.0 6.0 to 12.0 2.0 1.0 to 3.0" in re.sub(" best", "", text)
    assert "21 days 7 days" in text
    assert "Sanctions in force None None" in text
    assert "Honesty" in text
    assert "– not known" in text


def test_anchors_are_compared_by_what_anchors_are_rated_by(client: Client) -> None:
    anchor("n", "Nora Live", followers=7)
    rating("n", kind="anchor", name="Nora Live", category="")
    text = _text(client, "?anchor=m&anchor=n")
    assert "Followers 12,345 7" in text
    assert "Dispatch and delivery" not in text


def test_a_sanction_in_force_is_named(client: Client) -> None:
    label = SANCTIONS[sanctioned(subject_id="a").sanction].label
    assert f"Sanctions in force {label} None" in _text(client, "?store=a&store=b")


def test_one_without_stars_says_why_and_is_not_ranked(client: Client) -> None:
    few_orders("few", name="Few")
    text = _text(client, "?store=a&store=few")
    assert "Few has no stars to compare: 18 of 30 orders; 2 confirmed problems." in text
    assert "clearly" not in text


def test_nothing_chosen_offers_the_best_and_a_search(client: Client) -> None:
    text = _text(client, "")
    assert "The best rated: + Add Store A 4.8" in text
    assert "Compare anchors instead" in text
    assert "The best rated: + Add Mia Live" in _text(client, "?kind=anchor")


def test_one_alone_is_asked_for_another_of_its_category(client: Client) -> None:
    text = _text(client, "?store=b")
    assert "Choose one more to compare it with." in text
    assert "The best of the same category: + Add Store A" in text
    assert "+ Add Store B" not in text


def test_adding_keeps_what_is_there_and_removing_the_rest(client: Client) -> None:
    page = client.get("/compare?store=b&store=a").content.decode()
    assert 'href="/compare?store=b&amp;store=a&amp;store=c"' in page
    assert 'href="/compare?store=a"' in page
    assert 'href="/compare?store=b"' in page
    found = client.get("/compare?store=b&q=store+c").content.decode()
    assert 'href="/compare?store=b&amp;store=c"' in found
    assert '<input type="hidden" name="store" value="b">' in found


def test_three_leave_no_room_for_more(client: Client) -> None:
    assert "Add a store" not in _text(client, "?store=a&store=b&store=c")


def test_four_are_too_many(client: Client) -> None:
    rating("d", name="Store D")
    text = _text(client, "?store=a&store=b&store=c&store=d", 400)
    assert "At most three can be compared" in text
    assert "Store D" not in text


def test_a_store_and_an_anchor_cannot_be_compared(client: Client) -> None:
    text = _text(client, "?store=a&store=b&anchor=m", 400)
    assert "Only one kind can be compared at a time." in text
    assert "Mia Live" not in text


def test_the_same_one_twice_is_one(client: Client) -> None:
    assert "Choose one more" in _text(client, "?store=a&store=a")


@pytest.mark.parametrize("unknown", ["none", "%00", "x" * 3000, "%3Cscript%3E", "1%27"])
def test_an_unknown_id_is_named_and_the_others_are_shown(client: Client, unknown: str) -> None:
    response = client.get(f"/compare?store=a&store={unknown}&store=b")
    page = response.content.decode()
    assert response.status_code == 404
    assert "There is no rating of a store" in page
    assert "Store A" in page
    assert "<script>" not in page
    assert len(page) < 60_000


@pytest.mark.parametrize("query", ["?store=", "?store=&anchor=", "?kind=ship", "?q=%00", "?store&q"])
def test_an_address_without_sense_is_an_empty_comparison(client: Client, query: str) -> None:
    assert "Add a store" in _text(client, query)


def test_an_id_with_any_characters_goes_round_unharmed(client: Client) -> None:
    rating('a&b=1/2?"', name="Odd")
    page = client.get("/compare?store=a&store=a%26b%3D1%2F2%3F%22").content.decode()
    assert 'href="/compare?store=a%26b%3D1%2F2%3F%22"' in page
    assert 'value="a&amp;b=1/2?&quot;"' in page


def test_a_comparison_keeps_no_cookie_and_may_be_kept(client: Client) -> None:
    response = client.get("/compare?store=a&store=b")
    assert not response.cookies
    assert response["Cache-Control"] == "public, max-age=60"


def test_lists_lead_to_a_comparison_without_scripts(client: Client) -> None:
    page = client.get("/categories/beauty").content.decode()
    assert '<input type="checkbox" name="store" value="a" form="compare-store" aria-label="Compare: Store A">' in page
    assert '<form class="compare-bar" id="compare-store" action="/compare" method="get">' in page


def test_before_the_first_night_there_is_nothing_to_compare(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from reputation.ratings import selectors

    monkeypatch.setattr(selectors, "shown", lambda: selectors.NOTHING)
    assert "No ratings published yet" in _text(client, "?store=a&store=b")
