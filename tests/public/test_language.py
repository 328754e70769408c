import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
ENGLISH, CHINESE = "Can you trust this store?", "这家店靠得住吗？"


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("", ENGLISH),
        ("zh-CN,zh;q=0.9,en;q=0.5", CHINESE),
        ("zh-Hans", CHINESE),
        ("zh", CHINESE),
        ("en-GB,zh;q=0.5", ENGLISH),
        ("fr,zh-CN;q=0.8", CHINESE),
        ("fr", ENGLISH),
        ("*", ENGLISH),
        ("x" * 5000, ENGLISH),
        ("zh;q=nonsense,,;", ENGLISH),
    ],
)
def test_a_page_speaks_what_the_reader_accepts(client: Client, header: str, title: str) -> None:
    assert title in client.get("/", headers={"accept-language": header}).content.decode()


def test_a_choice_wins_over_the_header_and_is_remembered(client: Client) -> None:
    assert CHINESE in client.get("/?lang=zh-hans", headers={"accept-language": "en"}).content.decode()
    assert CHINESE in client.get("/", headers={"accept-language": "en"}).content.decode()
    assert ENGLISH in client.get("/?lang=en").content.decode()
    assert ENGLISH in client.get("/", headers={"accept-language": "zh"}).content.decode()


def test_an_answer_that_sets_the_cookie_is_kept_by_no_shared_cache(client: Client) -> None:
    response = client.get("/?lang=zh-hans")
    assert response["Cache-Control"] == "private, no-store"
    cookie = response.cookies["django_language"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("lang", ["xx", "", "zh-hans; DROP", "<script>", "zh" * 300])
def test_an_unknown_choice_changes_nothing(client: Client, lang: str) -> None:
    response = client.get("/", {"lang": lang})
    assert ENGLISH in response.content.decode()
    assert not response.cookies


def test_programs_are_not_ruled_by_a_cookie(client: Client) -> None:
    client.get("/?lang=zh-hans")
    response = client.get("/api/v1/stores")
    assert response["Content-Language"] == "en"
    assert response["Vary"] == "Accept-Language"
    assert not response.cookies


def test_pages_say_that_they_differ_by_cookie(client: Client) -> None:
    assert client.get("/")["Vary"] == "Accept-Language, Cookie"


def test_the_switch_keeps_what_was_asked(client: Client) -> None:
    page = client.get("/?q=a%26b&kind=store").content.decode()
    assert 'href="?q=a%26b&amp;kind=store&amp;lang=zh-hans"' in page
