"""The card that other pages frame: honest in every state, allowed everywhere, and it remembers nobody."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.ratings.selectors import shown_forget
from tests.public.market import anchor, few_orders, new, publish, rating, store, withheld
from tests.public.sanctioned import sanctioned

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    rating("s1", name="Lotus Wear")
    few_orders("few", name="Willow")
    new("new", name="Fresh")
    withheld("held", name="Quiet")
    store("known", "Known but never rated")
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor", name="Mia Live", category="")


@pytest.mark.parametrize(
    ("path", "told"),
    [("store/s1", "About 3 in 100 orders have"), ("store/few", "18 of 30 orders; 2 confirmed problems"),
     ("store/new", "New: no orders yet"), ("store/held", "Rating withheld"), ("store/known", "Not rated yet"),
     ("anchor/a1", "the anchor&#x27;s doing")],
)  # fmt: skip
def test_it_says_how_things_stand(client: Client, path: str, told: str) -> None:
    page = client.get(f"/embed/{path}?lang=en").content.decode()
    assert told in page
    assert ('class="value"' in page) is (path in ("store/s1", "anchor/a1"))


def test_anybody_may_frame_the_card_and_nobody_any_other_page(client: Client) -> None:
    card = client.get("/embed/store/s1")
    assert "X-Frame-Options" not in card
    assert "frame-ancestors *" in card["Content-Security-Policy"]
    assert "script-src 'self'" in card["Content-Security-Policy"]
    for path in ("/", "/stores/s1", "/badge?store=s1", "/how-ratings-work", "/accounts/login/"):
        other = client.get(path)
        assert other["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in other["Content-Security-Policy"]


def test_it_sets_no_cookie_and_reads_none(client: Client) -> None:
    client.force_login(User.objects.create_user("mia"))
    answer = client.get("/embed/store/s1?lang=zh-hans")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert answer["Content-Language"] == "zh-hans"
    assert "每 100 单中约有 3 单" in answer.content.decode()
    assert "mia" not in answer.content.decode()
    assert answer["Cache-Control"] == "public, max-age=60"


def test_who_holds_the_night_is_told_that_nothing_changed(client: Client) -> None:
    answer = client.get("/embed/store/s1")
    assert client.get("/embed/store/s1", headers={"if-none-match": answer["ETag"]}).status_code == 304


def test_a_sanction_in_force_is_not_left_out(client: Client) -> None:
    assert "in force" not in client.get("/embed/store/s1").content.decode()
    sanctioned()
    shown_forget()
    assert "1 sanction in force" in client.get("/embed/store/s1").content.decode()


def test_its_links_leave_the_frame_for_the_page_in_the_same_language(client: Client) -> None:
    page = client.get("/embed/store/s1?lang=zh-hans").content.decode()
    assert page.count("/stores/s1?lang=zh-hans") == 2
    assert page.count('target="_blank" rel="noopener"') == page.count("<a ")


@pytest.mark.parametrize("path", ["store/nobody", "store/%00", "anchor/s1", "store/"])
def test_strangers_are_nowhere_and_the_frame_says_so(client: Client, path: str) -> None:
    answer = client.get(f"/embed/{path}")
    assert answer.status_code == 404
    assert path == "store/" or "frame-ancestors *" in answer["Content-Security-Policy"]


@pytest.mark.parametrize("theme", ["light", "dark", "pink", "'><script>"])
def test_a_theme_is_one_of_ours(client: Client, theme: str) -> None:
    page = client.get("/embed/store/s1", {"theme": theme}).content.decode()
    assert f'data-theme="{theme if theme in ("light", "dark") else "auto"}"' in page
