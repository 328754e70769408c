"""The simulator in a real browser: by keyboard, on a phone, and without a script."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reputation.subjects.services import membership_grant
from tests.ratings import explained_night

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
PHONE = {"width": 390, "height": 844}
SIMULATOR = "/portal/simulator/stores/s00003"


@pytest.fixture
def rated(browser: Browser) -> None:
    explained_night.publish()
    explained_night.rating(3, name="A name that goes on and on without an end " * 4)
    user = User.objects.create_user("mia", password=PASSWORD)
    membership_grant(user=user, kind="store", subject_id="s00003", role="owner")


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/accounts/login/?next={SIMULATOR}")
    page.get_by_label("Name").fill("mia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: url.endswith(SIMULATOR))
    return page


def test_arrow_keys_on_a_slider_move_number_and_star_at_once(browser: Browser, live_server, rated: None) -> None:
    context = browser.new_context(viewport=PHONE)
    page = opened(context, live_server.url)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    number = page.get_by_role("spinbutton", name="Late dispatch rate")
    before = float(number.input_value())
    minutes = page.get_by_role("slider", name="Time to dispatch")
    assert float(minutes.get_attribute("max")) > 1000  # and not as people write it, with a comma
    assert minutes.input_value() == page.get_by_role("spinbutton", name="Time to dispatch").input_value()
    expect(page.get_by_role("status")).to_contain_text("your rating of tonight")
    page.get_by_role("slider", name="Late dispatch rate").focus()
    page.keyboard.press("End")
    expect(page.get_by_role("status")).to_contain_text("against tonight's", timeout=20_000)
    assert float(number.input_value()) > before
    assert page.url.endswith(SIMULATOR)
    assert complaints == []
    context.close()


def test_without_a_script_the_button_asks_the_server(browser: Browser, live_server, rated: None) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = opened(context, live_server.url)
    assert page.get_by_role("slider").count() == 0
    page.get_by_label("Late dispatch rate").fill("30")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("against tonight's")
    expect(page.get_by_label("Late dispatch rate")).to_have_value("30")
    page.get_by_role("link", name="Start again").click()
    expect(page.get_by_role("status")).to_contain_text("your rating of tonight")
    context.close()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [390, 1440])
def test_explanations_fit_their_screen_and_keep_to_the_policy(
    browser: Browser, live_server, rated: None, width: int, language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = opened(context, live_server.url)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    for address in (SIMULATOR, "/portal/why/stores/s00003", "/portal/stores/s00003", "/stores/s00003"):
        page.goto(f"{live_server.url}{address}?lang={language}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("h1").count() == 1
    assert complaints == []
    context.close()
