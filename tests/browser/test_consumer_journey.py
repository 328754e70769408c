"""A buyer types a name with a slip, finds the store all the same, sets two side by side, reads the better one's page and
takes its badge home: on a phone and at a desk, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reputation.public import front
from tests.browser.walking import DESK, PHONE, Words, headed, reader
from tests.public.market import anchor, past, publish, rating, store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
# Language -> what is typed, the store that is meant, and the one beside it.
SLIPS = {"en": ("lotsu", "Lotus Wear", "Lotus Lane"), "zh-hans": ("越光小铺", "月光小铺", "月光小屋")}
IDS = {"Lotus Wear": "s1", "Lotus Lane": "s2", "月光小铺": "s3", "月光小屋": "s4"}
LOOKS = {"phone": (PHONE, "dark"), "desk": (DESK, "light")}


@pytest.fixture
def _market(settings: Settings, live_server: LiveServer) -> None:
    settings.PUBLIC_URL = live_server.url
    past("s1", [4.1, 4.2, None, 4.4])
    for number, (name, store_id) in enumerate(IDS.items()):
        store(store_id, name, after_sales_terms="7-day returns")
        low = 2.2 if number % 2 == 0 else 7.2
        rating(store_id, name=name, expected=low + 0.8, low=low, high=low + 1.4, all_causes=low + 4)
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor", name="Mia Live", category="")
    publish()
    front.front.cache_clear()


@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", SLIPS)
def test_from_a_slip_of_the_finger_to_a_badge(
    browser: Browser, live_server: LiveServer, language: str, look: str
) -> None:
    say, (typed, name, other) = Words(language), SLIPS[language]
    with reader(browser, live_server.url, language, *LOOKS[look]) as page:
        finds(page, say, typed, name)
        compares(page, say, name, other)
        reads(page, say, name)
        takes_the_badge(page, say, name, language)


def finds(page: Page, say: Words, typed: str, name: str) -> None:
    page.goto("/")
    page.locator("input[name=q]").first.fill(typed)
    page.locator("form.search button[type=submit]").first.click()
    page.wait_for_url("**/?q=*")
    meant = page.locator("p.lead a[href^='/?q=']")
    if meant.count():
        meant.click()
    expect(page.get_by_role("link", name=name).first).to_be_visible()


def compares(page: Page, say: Words, name: str, other: str) -> None:
    page.goto(f"/?q={name[:3] if name.isascii() else name[:2]}&kind=store")
    for one in (name, other):
        page.get_by_role("checkbox", name=one).check()
    page.get_by_role("button", name=say("Compare"), exact=True).click()
    headed(page, say("Compare stores"))
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.locator(".compare-best").first).to_be_visible()
    expect(page.locator(".verdicts li").first).to_contain_text(name)
    page.get_by_role("columnheader").get_by_role("link", name=name, exact=True).click()


def reads(page: Page, say: Words, name: str) -> None:
    headed(page, name)
    with_numbers = {"en": "About 3 in 100 orders have", "zh-hans": "每 100 单中约有 3 单"}
    expect(page.get_by_text(with_numbers[say.language]).first).to_be_visible()
    top = page.get_by_text(with_numbers[say.language]).first.bounding_box()
    assert top is not None
    assert top["y"] < 844, "one glance: on the first screen of a phone"


def takes_the_badge(page: Page, say: Words, name: str, language: str) -> None:
    page.get_by_role("link", name=say("Badge"), exact=True).click()
    headed(page, say("A rating for your own pages"))
    large = page.get_by_role("article", name=say("Large badge"))
    expect(large.get_by_role("img")).to_be_visible()
    assert large.get_by_role("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    large.get_by_role("button", name=say("Copy the code")).click()
    expect(large.get_by_role("button", name=say("Copied"))).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    page.set_content(code)
    expect(page.get_by_role("img", name=say("Rating of %s") % name)).to_be_visible()
    assert f"lang={language}" in page.get_by_role("img").get_attribute("src")
