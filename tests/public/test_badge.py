"""The badge: three sizes, two themes, every state in words, whatever the name is."""

import re
import xml.etree.ElementTree as ElementTree
from base64 import b64encode
from hashlib import sha256
from urllib.parse import quote

import pytest
from django.test import Client
from pytest_django import Settings

from reputation.public.badge import SIZES, THEMES
from tests.public.market import anchor, few_orders, new, publish, rating, store, withheld

pytestmark = pytest.mark.django_db
STATES = {
    "s1": ("4.7", "4.7"),
    "few": ("18 of 30 orders; 2 confirmed problems", "30 单中已有 18 单；2 个确认的问题"),
    "new": ("New: no orders yet", "新：还没有订单"),
    "held": ("Rating withheld", "评分暂不公布"),
    "known": ("Not rated yet", "尚未评分"),
}


@pytest.fixture(autouse=True)
def _market() -> None:
    publish()
    rating("s1", name="Lotus Wear")
    few_orders("few", name="Willow")
    new("new", name="Fresh")
    withheld("held", name="Quiet")
    store("known", "Known but never rated")


def tree(client: Client, path: str) -> ElementTree.Element:
    return ElementTree.fromstring(client.get(path).content)


def words(root: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith(("title", "text")))


@pytest.mark.parametrize("subject", STATES)
@pytest.mark.parametrize("size", SIZES)
def test_every_size_tells_every_state_honestly(client: Client, subject: str, size: str) -> None:
    english, chinese = STATES[subject]
    root = tree(client, f"/badge/store/{subject}.svg?size={size}&lang=en")
    assert (int(root.get("width", 0)), int(root.get("height", 0))) == SIZES[size]
    assert english in words(root)
    assert "Livestar" in words(root)
    translated = words(tree(client, f"/badge/store/{subject}.svg?size={size}&lang=zh-hans"))
    assert chinese in translated or subject in ("few", "new", "held", "known")
    assert (translated == words(root)) is False or subject == "s1"
    stars = [path for path in root.iter() if path.get("class") == "star"]
    assert bool(stars) is (subject == "s1")


def test_no_theme_follows_the_screen_and_a_theme_stands(client: Client) -> None:
    for theme in THEMES:
        body = client.get(f"/badge/store/s1.svg?theme={theme}").content.decode()
        assert ("prefers-color-scheme:dark" in body) is (theme == "auto")
        assert ('fill="#1e1c17"' in body) is (theme == "dark")
    assert client.get("/badge/store/s1.svg").content == client.get("/badge/store/s1.svg?theme=auto").content


def test_what_nobody_knows_is_the_usual_look_and_a_stranger_is_nowhere(client: Client) -> None:
    usual = client.get("/badge/store/s1.svg").content
    for query in ("size=huge", "theme=pink", "size=%00", "size=small%22%3E", "theme=" + "x" * 5000):
        assert client.get(f"/badge/store/s1.svg?{query}").content == usual
    for path in ("/badge/store/nobody.svg", "/badge/anchor/s1.svg", "/badge/store/%00.svg"):
        assert client.get(path).status_code == 404


def test_its_only_style_is_the_one_that_its_policy_names(client: Client) -> None:
    answer = client.get("/badge/store/s1.svg")
    [style] = re.findall(r"<style>(.*?)</style>", answer.content.decode())
    named = b64encode(sha256(style.encode()).digest()).decode()
    assert f"'sha256-{named}'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_it_may_stand_on_any_page_and_leaves_no_cookie(client: Client) -> None:
    answer = client.get("/badge/store/s1.svg?lang=zh-hans&size=large")
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not answer.cookies
    assert client.get("/badge/store/s1.svg?lang=zh-hans", headers={"if-none-match": answer["ETag"]}).status_code == 304


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["W" * 300, "長" * 300, "a\u202eb\x00c\x1f", "<i>&\"'", "\U0001f600" * 40, " "])
def test_no_name_leaves_its_frame(client: Client, name: str, size: str) -> None:
    rating("odd", name=name.replace("\x00", ""))
    root = tree(client, f"/badge/store/odd.svg?size={size}")
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "style", "rect", "text", "g", "path",
    }  # fmt: skip
    assert not {key for element in root.iter() for key in element.attrib if key.startswith("on") or key == "style"}
    assert all(len("".join(element.itertext())) < 120 for element in root if not element.tag.endswith("style"))


def test_the_page_gives_code_that_leads_to_what_it_shows(client: Client, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://stars.example"
    page = client.get("/badge?store=s1&theme=dark").content.decode()
    codes = [code.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;amp;", "&")
             for code in re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.S)]  # fmt: skip
    assert len(codes) == len(SIZES) + 2
    for code in codes[: len(SIZES)]:
        [source] = re.findall(r'src="https://stars\.example(/badge/[^"]+)"', code)
        answer = client.get(source)
        assert answer.status_code == 200
        assert b'fill="#1e1c17"' in answer.content
        assert 'href="https://stars.example/stores/s1"' in code
    assert '<script src="https://stars.example/static/embed.js" data-store="s1" data-lang="en" data-theme="dark" async>' in codes[3]  # fmt: skip
    [frame] = re.findall(r'<iframe src="https://stars\.example([^"]+)"', codes[4])
    assert client.get(frame).status_code == 200


def test_the_page_asks_for_a_subject_and_says_where_there_is_none(client: Client) -> None:
    assert "A rating for your own pages" in client.get("/badge").content.decode()
    asked = client.get("/badge", {"kind": "anchor", "id": " a1 "})
    assert (asked.status_code, asked["Location"]) == (302, "/badge?anchor=a1")
    answer = client.get("/badge?anchor=a1")
    assert answer.status_code == 404
    assert "We know nobody by this id" in answer.content.decode()
    anchor("a1", "Mia Live")
    assert "Not rated yet" in client.get("/embed/anchor/a1").content.decode()
    assert client.get("/badge?anchor=a1").status_code == 200
    assert client.get("/badge", {"kind": "carrier", "id": "x"}).status_code == 200
    assert client.get("/badge", {"store": "a\x00b"}).status_code == 404


@pytest.mark.parametrize("name", ["</textarea><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_code_for_a_hostile_name_is_text_on_our_page_and_an_attribute_on_theirs(client: Client, name: str) -> None:
    rating("evil", name=name)
    page = client.get("/badge?store=evil").content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    [code] = re.findall(r'id="code-2"[^>]*>(.*?)</textarea>', page, re.S)
    assert "&amp;lt;" in code or "&amp;quot;" in code  # escaped for their page, and once more for ours


def test_an_id_that_needs_quoting_is_quoted(client: Client) -> None:
    odd = 'a b/c"<'
    rating(odd, name="Odd")
    page = client.get("/badge", {"store": odd}).content.decode()
    assert quote(odd, safe="/") in page
    assert 'c"<' not in page
