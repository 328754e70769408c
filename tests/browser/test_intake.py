"""Questionnaire and complaint with a thumb, by keyboard, and without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from reputation.base.time import now
from reputation.evidence.models import Response
from reputation.intake.models import Case
from reputation.intake.questionnaire import invitations_link
from tests.intake.world import send_now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}
SMALLEST = 44  # CSS pixels of a target


def path_of(about: dict[str, str]) -> str:
    [link], _result = invitations_link(rows=[{"respondent_ref": "v1", **about}], source="test", days=[7])
    return "/q/" + link.url.rpartition("/")[2]


@pytest.fixture
def market(browser: Browser) -> None:
    day = (now() - timedelta(days=2)).isoformat()
    send_now("stores", {"store_id": "s1", "name": "晴川珠宝商行 and a long name besides", "category": "shoes"})
    send_now("anchors", {"anchor_id": "a1", "name": "Lin live"})
    send_now("live_sessions", {"live_id": "L", "anchor_id": "a1", "started_at": day})
    send_now("orders", {"order_id": "o1", "store_id": "s1", "placed_at": day, "buyer_ref": "b", "amount": "9.90",
                        "currency": "CNY"})  # fmt: skip


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return page


@pytest.mark.parametrize("about", [{"live_id": "L"}, {"order_id": "o1"}])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_it_is_one_screen_of_targets_for_a_thumb(
    browser: Browser, live_server: LiveServer, market: None, about: dict[str, str], locale: str
) -> None:
    context = browser.new_context(viewport=PHONE, locale=locale, has_touch=True, java_script_enabled=True)
    page = opened(context, live_server.url + path_of(about))
    button = page.locator(".questions button")
    assert page.evaluate("document.documentElement.scrollHeight") <= PHONE["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for target in [*page.locator(".rate label, .yes-no label").all(), button]:
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= SMALLEST
    assert context.cookies() == []


def test_stars_fill_up_to_the_one_that_was_tapped_and_it_is_sent_without_a_script(
    browser: Browser, live_server: LiveServer, market: None
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, java_script_enabled=False)
    page = opened(context, live_server.url + path_of({"live_id": "L"}))
    page.locator(".rate label").nth(3).tap()
    page.locator(".yes-no label").nth(1).tap()
    colours = [page.locator(".rate svg").nth(place).evaluate("e => getComputedStyle(e).fill") for place in range(5)]
    assert len(set(colours[:4])) == 1
    assert colours[4] != colours[3]
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    answer = Response.objects.get()
    assert (answer.overall, answer.false_promotion, answer.hype) == (4, True, None)


def test_it_is_answered_by_keyboard_alone(browser: Browser, live_server: LiveServer, market: None) -> None:
    page = opened(browser.new_context(), live_server.url + path_of({"order_id": "o1"}))
    page.get_by_role("radio", name="1 star").first.focus()
    for key in ("Space", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(
        page.get_by_role("group", name="How was it, all in all?").get_by_role("radio", name="3 stars")
    ).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Response.objects.get().overall == 3


def test_a_complaint_is_sent_its_code_copied_and_followed(
    browser: Browser, live_server: LiveServer, market: None
) -> None:
    context = browser.new_context(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    page = opened(context, f"{live_server.url}/complain/store/s1")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.get_by_role("radio", name="It is a fake").check()
    page.get_by_label("What happened?").fill("The logo is printed the wrong way round.")
    page.get_by_label("Photos or papers that show it").set_input_files(
        {"name": "note.txt", "mimeType": "image/png", "buffer": b"The seller said so."}
    )
    page.get_by_role("button", name="Send the complaint").click()
    expect(page.get_by_role("heading", name="Keep this code")).to_be_visible()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    page.goto(f"{live_server.url}/complaints")
    page.get_by_label("Your code").fill(code.lower())
    page.get_by_role("button", name="Show it").click()
    expect(page.get_by_role("heading", name="A person looks at it")).to_be_visible()
    expect(page.get_by_role("link", name="1.txt")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert complaints == []
    assert context.cookies() == []
    assert Case.objects.get().category == "counterfeit"
