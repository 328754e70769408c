"""The second factor in a real browser: the picture shows, keys alone will do, and the policy against scripts stays quiet."""

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings

from tests.accounts.totp import code
from tests.people import staff_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"


def sign_in(context: BrowserContext, address: str, complaints: list[str]) -> Page:
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{address}/accounts/login/?next=/console/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    return page


def test_staff_set_it_up_and_come_back_with_a_recovery_code(browser: Browser, live_server, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    staff_member("ann", "moderator", password=PASSWORD)
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = sign_in(context, live_server.url, complaints)
    expect(page.get_by_role("heading", name="Set up a second factor")).to_be_visible()
    picture = page.get_by_role("img", name="Picture for the app")
    assert picture.bounding_box()["width"] > 200
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(code(page.locator(".key").inner_text()))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    assert len(codes) == 10
    page.get_by_role("link", name="I have kept them").click()
    expect(page).to_have_url(f"{live_server.url}/console/")
    context.close()

    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = sign_in(context, live_server.url, complaints)
    expect(page.get_by_label("Code")).to_be_focused()
    page.keyboard.type(codes[0])
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/console/")
    assert complaints == []
    context.close()
