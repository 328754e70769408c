"""Typing a name: what is offered, and how it is walked, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests.public.market import anchor, publish, rating, store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAMES = {"s1": "月光小铺", "s2": "Lotus Wear", "s3": "Lotus Lane", "s4": "Willow House"}


@pytest.fixture(autouse=True)
def _market() -> None:
    for i, (store_id, name) in enumerate(NAMES.items()):
        store(store_id, name)
        rating(store_id, name=name, orders_counted=900 - i, expected=2.0 + 3 * i, low=1.5 + 3 * i, high=2.5 + 3 * i)
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor", name="Mia Live", category="")
    publish()


@pytest.fixture(params=[(1440, 900), (390, 844)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    # htmx names a request that leaving the page has cut short
    assert not [
        text for text in complaints if not text.startswith(("htmx:afterRequest", "htmx:sendAbort", "htmx:sendError"))
    ]


def test_a_name_is_offered_while_typing_and_taken_with_the_keyboard(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url)
    field = page.get_by_role("combobox")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("lotus")
    options = page.get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    for _ in range(2):
        field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(field).to_have_attribute("aria-activedescendant", options.nth(1).get_attribute("id") or "")
    field.press("ArrowDown")  # behind the last stands what was typed
    expect(field).not_to_have_attribute("aria-activedescendant", re.compile("."))
    field.press("ArrowUp")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lotus Lane")


def test_escape_puts_the_list_away_and_keeps_what_was_typed(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url)
    field = page.get_by_role("combobox")
    field.press_sequentially("yueg")
    expect(page.get_by_role("option")).to_have_count(1)
    field.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(field).to_have_value("yueg")
    field.press("ArrowDown")
    expect(page.get_by_role("option")).to_have_count(1)
    page.get_by_role("heading", level=1).click()
    expect(page.get_by_role("option")).to_have_count(0)


def test_a_slip_is_told_and_clicked_away(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url)
    page.get_by_role("combobox").press_sequentially("wilow")
    expect(page.get_by_text("Did you mean “willow”?")).to_be_visible()
    page.get_by_role("option", name="Willow House").click()
    expect(page).to_have_url(f"{live_server.url}/stores/s4")


def test_every_page_can_be_searched_from_its_head(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/stores/s1")
    if (glass := page.locator(".find-toggle")).is_visible():
        glass.click()
    field = page.locator("header").get_by_role("combobox")
    if page.viewport_size and page.viewport_size["width"] < 720:
        expect(field).to_be_focused()
    field.fill("mia")
    expect(page.get_by_role("option", name="Mia Live")).to_be_visible()
    field.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/?q=mia")


def test_no_page_waits_for_what_only_typing_needs(page: Page, live_server: LiveServer) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_server.url)
    page.wait_for_load_state("networkidle")
    assert not [address for address in asked if "htmx" in address]
    with page.expect_request(lambda request: "htmx" in request.url):
        page.get_by_role("combobox").focus()


def test_two_chosen_in_a_list_are_set_side_by_side(page: Page, live_server: LiveServer) -> None:
    page.goto(f"{live_server.url}/categories/beauty")
    button = page.get_by_role("button", name="Compare")
    expect(button).to_be_hidden()
    page.get_by_role("checkbox", name="Compare: Lotus Wear").check()
    page.get_by_role("checkbox", name="Compare: Willow House").check()
    button.click()
    expect(page.get_by_text("Lotus Wear has clearly fewer problems than Willow House.")).to_be_visible()
    expect(page.get_by_role("columnheader")).to_have_count(2)
    expect(page.get_by_role("row")).to_have_count(13)
    page.get_by_role("link", name="Remove: Lotus Wear").click()
    expect(page.get_by_text("Choose one more to compare it with.")).to_be_visible()
