"""The simulator in a real browser: by keyboard, on a phone, and without a script."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reputation.subjects.services import membership_grant, subject_names_index
from tests.portal import world
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


def opened(context: BrowserContext, address: str, place: str = SIMULATOR) -> Page:
    page = context.new_page()
    page.goto(f"{address}/accounts/login/?next={place}")
    page.get_by_label("Name").fill("mia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: url.endswith(place))
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


def test_a_goal_is_chosen_by_keyboard_and_answered_at_once(browser: Browser, live_server, rated: None) -> None:
    context = browser.new_context(viewport=PHONE)
    page = opened(context, live_server.url)
    expect(page.get_by_text("Another star to reach")).to_be_hidden()
    page.get_by_role("radio", name="4.5").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="4.8")).to_be_checked()
    expect(page.locator("#course")).to_contain_text("4.8 stars", timeout=20_000)
    page.keyboard.press("ArrowRight")
    own = page.get_by_role("spinbutton", name="Another star to reach")
    own.fill("1.5")
    expect(page.get_by_role("status")).to_contain_text("1.5 stars are there tonight", timeout=20_000)
    page.get_by_text("As a table").click()
    own.fill("1.4")
    expect(page.locator("#course")).to_contain_text("1.4 stars are there tonight", timeout=20_000)
    expect(page.get_by_role("columnheader", name="When")).to_be_visible()  # what was open stays so
    context.close()


def test_nothing_jumps_while_the_page_loads_and_the_median_stands_where_the_slider_says(
    browser: Browser, live_server, rated: None
) -> None:
    context = browser.new_context(viewport=PHONE)
    page = opened(context, live_server.url)
    shift = """new Promise(done => new PerformanceObserver(list => done(
        list.getEntries().reduce((sum, entry) => sum + entry.value, 0))).observe({type: "layout-shift", buffered: true}))"""
    assert page.evaluate(f"Promise.race([{shift}, new Promise(done => setTimeout(() => done(0), 500))])") < 0.01
    slider = page.get_by_role("slider", name="Late dispatch rate")
    ends = slider.evaluate(
        """slider => {
            const line = slider.parentElement.querySelector(".ruler-median").getBoundingClientRect();
            const box = slider.getBoundingClientRect();
            const thumb = 22;
            return [(line.x + line.width / 2 - box.x - thumb / 2) / (box.width - thumb), Number(slider.max)];
        }"""
    )
    words = page.locator(".amount-field").filter(has_text="Late dispatch rate").locator(".hint").inner_text()
    median = float(words.rpartition("median ")[2].removesuffix("%"))
    assert ends[0] * ends[1] == pytest.approx(median, abs=0.06 + 0.02 * ends[1])
    context.close()


STREAM = "/portal/next-stream/anchors/s00007"


@pytest.fixture
def streaming(browser: Browser) -> None:
    explained_night.publish_both()
    explained_night.rating(7, "anchor")
    explained_night.rating(299)
    for number, name in ((1, "Lotus"), (299, "A name that goes on and on without an end " * 3)):
        world.store(f"s{number:05d}", name)
    subject_names_index(kind="store", subject_ids=["s00001", "s00299"])
    user = User.objects.create_user("mia", password=PASSWORD)
    membership_grant(user=user, kind="anchor", subject_id="s00007", role="owner")


def test_the_answer_grows_while_stores_are_pasted(browser: Browser, live_server, streaming: None) -> None:
    context = browser.new_context(viewport=PHONE)
    page = opened(context, live_server.url, STREAM)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.get_by_label("Stores of the stream").fill("s00001")
    expect(page.get_by_role("status")).to_contain_text("After the stream", timeout=20_000)
    page.get_by_label("Stores of the stream").press_sequentially("\ns00299\nwhoever")
    expect(page.get_by_role("status")).to_contain_text("Line 3", timeout=20_000)
    expect(page.get_by_role("status")).to_contain_text("Store by store")
    page.get_by_label("Orders that you expect").fill("900")
    expect(page.get_by_role("status")).to_contain_text("900", timeout=20_000)
    assert complaints == []
    context.close()


def test_without_a_script_the_stream_is_worked_out_by_its_button(
    browser: Browser, live_server, streaming: None
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = opened(context, live_server.url, STREAM)
    page.get_by_label("Stores of the stream").fill("Lotus")
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_role("status")).to_contain_text("After the stream")
    expect(page.get_by_label("Stores of the stream")).to_have_value("Lotus")
    context.close()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_stream_fits_its_screen(browser: Browser, live_server, streaming: None, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme="dark")
    page = opened(context, live_server.url, STREAM)
    for language in ("en", "zh-hans"):
        page.goto(f"{live_server.url}{STREAM}?lang={language}&stores=s00001%0As00299%0A{'nowhere' * 20}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").count() == 1
    context.close()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [390, 820, 1440])
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
