"""An anchor asks what the next stream would do to its star: what is pasted, what is answered, and who may ask."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pandas as pd
import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.time import now
from reputation.portal.streams import MOST_STORES, pasted
from reputation.ratings import selectors
from reputation.ratings.models import Publication, Rating
from reputation.ratings.sellers import seller_standings, usual_stream
from reputation.ratings.standings import Explainable, explainable
from reputation.subjects.models import Store
from reputation.subjects.services import subject_names_index
from scoring.explain.stream import goods, stream
from tests.portal import world
from tests.ratings import explained_night
from tests.scoring.explained import night

pytestmark = pytest.mark.django_db
AT = 7
ID = f"s{AT:05d}"
PAGE, PIECE = f"/portal/next-stream/anchors/{ID}", f"/portal/stream-what-if/anchors/{ID}"


@pytest.fixture
def owner(client: Client) -> User:
    user = world.member("lin", ID, "anchor")
    client.force_login(user)
    return user


@pytest.fixture
def rated(owner: User) -> None:
    """A night with stores and anchors, of which some stores have a name."""
    sold = pd.DataFrame({"anchor_id": [ID] * 2, "store_id": ["s00001", "s00002"], "orders": [9, 4], "defects": [1, 0]})
    explained_night.publish_both(sold)
    explained_night.rating(AT, "anchor")
    explained_night.rating(1, "store")
    explained_night.rating(299, "store")
    for number, name in ((1, "Mia Fashion"), (2, "Mia Shoes"), (3, "Lotus"), (299, "月光小铺")):
        world.store(f"s{number:05d}", name)
    world.store("hidden", "Gone")
    Store.objects.filter(pk="hidden").update(retracted=True)
    subject_names_index(kind="store", subject_ids=list(Store.objects.values_list("pk", flat=True)))


def found() -> Explainable:
    shown = selectors.shown()
    about = explainable(shown, selectors.rating_row(shown.night, "anchor", ID))
    assert about is not None
    return about


def text(client: Client, address: str, data: dict[str, str] | None = None) -> str:
    answer = client.get(address, data)
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


def test_lines_may_be_ids_names_and_addresses_and_the_rest_is_told_by_line(rated: None) -> None:
    told = pasted("""s00001

    Lotus
    https://ratings.example/stores/s00299?lang=en
    /stores/s00002/
    nobody knows
    s00001
    hidden
    """)
    assert told.stores == {"s00001": "Mia Fashion", "s00003": "Lotus", "s00299": "月光小铺", "s00002": "Mia Shoes"}
    assert [(wrong.line, wrong.text) for wrong in told.wrong] == [(6, "nobody knows"), (7, "s00001"), (8, "hidden")]
    assert [wrong.why for wrong in told.wrong] == [
        "No store has this id or name.", "This store is in the list already.", "No store has this id or name.",
    ]  # fmt: skip


def test_a_name_that_several_have_asks_for_the_id(rated: None) -> None:
    told = pasted("mia\nMIA SHOES")
    assert told.stores == {"s00002": "Mia Shoes"}
    [several] = told.wrong
    assert several.line == 1
    assert "Mia Fashion (s00001)" in several.why
    assert "Mia Shoes (s00002)" in several.why


def test_more_stores_than_can_be_looked_at_are_told(rated: None) -> None:
    told = pasted("\n".join(f"unknown {number}" for number in range(MOST_STORES + 2)))
    assert [wrong.why.startswith("At most 30") for wrong in told.wrong] == [False] * MOST_STORES + [True] * 2


@pytest.mark.parametrize(
    "line", ["/stores/", "https://x.example/stores/%00", "https://[half", "/", "?", "\u200b", "%", "'"]
)
def test_a_line_that_names_nothing_is_told_so(rated: None, line: str) -> None:
    told = pasted(line)
    assert told.stores == {}
    assert [wrong.line for wrong in told.wrong] == [1]


def test_hostile_lines_are_only_text(client: Client, rated: None) -> None:
    page = client.get(PAGE, {"stores": "<script>alert(1)</script>\n\0' OR 1=1 --\n" + "x" * 9000}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_answer_is_the_models_own(client: Client, rated: None) -> None:
    about, orders = found(), 250
    standings = seller_standings(explained_night.NIGHT, ["s00001", "s00299"])
    told = stream(about.rated, [goods(one, about.rated.standing) for one in standings.values()], orders)
    page = text(client, PAGE, {"stores": "s00001\n月光小铺", "orders": "250"})
    assert f"{told.shown:.1f}" in page
    sign = "+" if told.star > told.before else "−"
    assert f"{sign}{abs(told.star - told.before):.2f} against tonight's {told.before:.1f}" in page
    assert f"end between {told.low:.1f} and {told.high:.1f} stars" in page
    lines = page.partition("Store by store")[2]
    first, second = sorted(("Mia Fashion", "月光小铺"), key=lines.index)
    dearest = ("Mia Fashion", "月光小铺")[told.apart.index(max(told.apart))]
    assert first == dearest
    assert f"−{max(told.apart):.2f}" in lines.partition(first)[2].partition(second)[0]
    stars = {row.subject_id: row.stars for row in selectors.ratings(explained_night.NIGHT, "store")}
    assert f"★ {stars['s00001']:.1f}" in page


def test_standings_of_sellers_are_those_of_the_night_and_a_stranger_is_the_market(rated: None) -> None:
    told = seller_standings(explained_night.NIGHT, ["s00001", "never counted"])
    assert (told["s00001"].own == night("store").standing(1).own).all()
    stranger = told["never counted"]
    assert not stranger.own.any()
    made = night("store").standing(1)
    assert (stranger.market == made.market + made.own).all()
    assert seller_standings(explained_night.NIGHT - timedelta(days=1), ["s00001"]) == {}


def test_a_withheld_store_tells_no_more_than_a_stranger(rated: None) -> None:
    open_, stranger = (seller_standings(explained_night.NIGHT, [store])[store] for store in ("s00001", "nobody"))
    assert open_.own.any()
    Rating.objects.filter(kind="store", subject_id="s00001").update(stars=None, half_stars=None, state="withheld")
    hidden = seller_standings(explained_night.NIGHT, ["s00001"])["s00001"]
    assert hidden.own.tolist() == stranger.own.tolist()


def test_a_store_without_a_star_and_one_with_a_sanction_are_marked(client: Client, rated: None) -> None:
    from tests.governance.actions.world import person
    from tests.governance.appeals.world import sanctioned

    sanctioned(by=person("ann"), subject_id="s00001")
    page = text(client, PAGE, {"stores": "s00001\ns00002"})
    assert "No new listings" in page
    assert "Mia Shoes no star" in page


def test_orders_begin_at_the_usual_stream(client: Client, rated: None) -> None:
    placed = now() - timedelta(days=3)
    for live, size in (("L1", 3), ("L2", 5), ("L3", 8)):
        for number in range(size):
            world.order(f"{live}-{number}", anchor_id=ID, live_id=live, placed_at=placed)
    world.order("old", anchor_id=ID, live_id="L0", placed_at=now() - timedelta(days=200))
    world.order("shop", anchor_id=ID, placed_at=placed)
    assert usual_stream(ID) == 5
    assert usual_stream("nobody") is None
    page = client.get(PAGE).content.decode()
    assert re.search(r'name="orders" value="5"', page)
    assert "the answer appears here" in page


def test_who_sells_without_live_rooms_begins_at_an_ordinary_day(client: Client, rated: None) -> None:
    page = client.get(PAGE).content.decode()
    shown = re.search(r'name="orders" value="(\d+)"', page)
    assert shown
    assert int(shown[1]) >= 1


def test_one_press_takes_the_stores_that_were_sold_most(client: Client, rated: None) -> None:
    page = client.get(PAGE).content.decode()
    [query] = re.findall(r'href="\?(stores=[^"]+)"', page)
    assert query == "stores=s00001%0As00002"
    assert "Store by store" in text(client, f"{PAGE}?{query}")


def test_the_script_gets_the_same_piece_of_the_page(client: Client, rated: None) -> None:
    asked = {"stores": "s00001", "orders": "40"}
    piece = client.get(PIECE, asked).json()["parts"]["stream"]
    assert piece.strip() in client.get(PAGE, asked).content.decode()
    assert "the answer appears here" in client.get(PIECE).json()["parts"]["stream"]
    assert client.get(PIECE, {"stores": "s00001", "orders": "-1"}).status_code == 400


@pytest.mark.parametrize("orders", ["0", "many", "2000000", "1.5"])
def test_a_wrong_number_is_told_and_nothing_is_answered(client: Client, rated: None, orders: str) -> None:
    page = client.get(PAGE, {"stores": "s00001", "orders": orders}).content.decode()
    assert 'class="error"' in page
    assert "Store by store" not in page


def test_a_store_has_no_next_stream_and_strangers_none_either(client: Client, rated: None) -> None:
    world.member("shop", "s00001", "store")
    client.force_login(User.objects.get(username="shop"))
    for address in (PAGE, PIECE, "/portal/next-stream/stores/s00001", "/portal/stream-what-if/stores/s00001"):
        assert client.get(address).status_code == 404


def test_without_a_star_there_is_nothing_to_look_into(client: Client, owner: User) -> None:
    world.publish()
    world.rating(ID, kind="anchor", **world.without_stars("few_orders"))
    assert "no stars to explain yet" in text(client, PAGE)
    assert client.get(PIECE, {"stores": "s00001"}).status_code == 409


def test_it_speaks_chinese_and_keeps_to_the_policy(client: Client, rated: None) -> None:
    page = client.get(PAGE, {"stores": "s00001\nnowhere", "lang": "zh-hans"}).content.decode()
    assert "下一场直播" in page
    assert "第 2 行" in page
    assert " style=" not in page
    assert "<script>" not in page
    assert Publication.objects.count() == 1
