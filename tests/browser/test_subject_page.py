"""The page of a store in a real browser: what the first screen of a phone holds, and a name that wants out."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from reputation.ratings.models import Practice
from tests.public.market import NIGHT, past, publish, rating, store
from tests.public.sanctioned import sanctioned

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_market")]
NAME = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">月光"
TIMES = {"n": 57, "half": 2880, "most": 5760, "waiting": 0, "promised": 4320, "since": "2026-08-01",
         "through": "2026-10-29"}  # fmt: skip


@pytest.fixture
def _market() -> None:
    publish()
    store("s1", NAME, after_sales_terms="Refunds within 24 hours")
    past("s1", [4.1, 4.2, 4.4])
    rating("s1", name=NAME)
    figures = {"refund": TIMES, "dispatch": TIMES, "answers": {"n": 32, "mean": 4.4}}
    Practice.objects.create(kind="store", subject_id="s1", night=NIGHT, figures=figures)
    publish()
    sanctioned(subject_id="s1")


@pytest.fixture(params=[("en-GB", "light"), ("zh-CN", "dark")], ids=["en-light", "zh-dark"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    language, theme = request.param
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale=language, color_scheme=theme)
    page = context.new_page()
    page.complaints = []  # type: ignore[attr-defined]
    page.on("console", lambda told: page.complaints.append(told.text) if told.type == "error" else None)  # type: ignore[attr-defined]
    yield page
    context.close()


def test_the_first_screen_of_a_phone_answers_whether_to_trust_it(phone: Page, live_server: LiveServer) -> None:
    phone.goto(f"{live_server.url}/stores/s1")
    # What a hostile name takes of the screen is its own doing.
    phone.evaluate("document.querySelector('h1').textContent = '月光小铺 Lotus Wear'")
    for part in (".in-force", ".score-number", ".glance .lead", ".sample", ".dots"):
        box = phone.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 844, part
    assert phone.evaluate("document.documentElement.scrollWidth") == 390


def test_a_hostile_name_does_nothing_and_the_policy_has_no_complaint(phone: Page, live_server: LiveServer) -> None:
    phone.goto(f"{live_server.url}/stores/s1")
    assert "owned" not in phone.title().partition("·")[2]
    assert phone.title() != "owned"
    assert phone.complaints == []  # type: ignore[attr-defined]
    assert phone.locator("h1").inner_text() == NAME
    told = json.loads(phone.locator('script[type="application/ld+json"]').text_content() or "")
    assert told["@graph"][0]["name"] == NAME
    assert phone.locator("img").count() == 0


def test_terms_stand_beside_what_happens_on_a_wide_screen(browser: Browser, live_server: LiveServer) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{live_server.url}/stores/s1")
    terms, happens = (page.locator(one).bounding_box() for one in (".terms", ".practice"))
    assert terms is not None
    assert happens is not None
    assert terms["x"] + terms["width"] <= happens["x"]
    assert abs(terms["y"] - happens["y"]) < 120
    page.close()
