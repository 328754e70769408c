"""What readers see in a real browser: desktop and phone, both languages, light and dark, with and without scripts."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from reputation.public import api, front
from reputation.ratings.selectors import shown_forget
from tests.public.market import anchor, few_orders, past, publish, rating, store

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DESKTOP, PHONE = (1440, 900), (390, 844)
NAME = "Lotus <b>Wear</b> 月光小铺"
PAGES = [
    "/",
    "/?q=lotus",
    "/?kind=anchor",
    "/stores/s1",
    "/stores/few",
    "/anchors/a1",
    "/categories/beauty",
    "/compare",
    "/compare?store=s1&store=t1&store=few",
    "/how-ratings-work",
    "/nowhere",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Playwright's own Chromium, or the system's."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in this thread
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        system = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        launched = playwright.chromium.launch(
            executable_path=own if os.path.exists(own) else system, args=["--no-sandbox"]
        )
        yield launched
        launched.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def _market() -> None:
    past("s1", [4.1, 4.2, None, 4.4])
    store("s1", NAME, after_sales_terms="7-day returns")
    rating("s1", name=NAME)
    for i in range(30):
        rating(f"t{i}", name=f"Lotus {i}", orders_counted=100 + i)
    few_orders("few", name="Willow")
    anchor("a1", "Mia Live")
    rating("a1", kind="anchor", name="Mia Live", category="")
    publish()
    front.front.cache_clear()
    api._rating_body.cache_clear()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    context.close()
    assert not [text for text in complaints if "404" not in text], complaints


@pytest.mark.usefixtures("_market")
def test_a_buyer_finds_a_store_and_reads_its_rating(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url)
    page.get_by_role("combobox").fill("月光")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=NAME).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NAME)
    expect(page.get_by_text("About 3 in 100 orders have")).to_be_visible()
    expect(page.get_by_role("img", name="4.5 of 5 stars").first).to_be_visible()
    expect(page.get_by_role("img", name="Stars by night").locator("visible=true")).to_have_count(1)


@pytest.mark.usefixtures("_market")
def test_no_page_is_wider_than_its_screen(page: Page, live_server: LiveServer) -> None:
    for path in PAGES:
        page.goto(live_server.url + path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, path


@pytest.mark.usefixtures("_market")
def test_every_target_is_large_enough_for_a_thumb(page: Page, live_server: LiveServer) -> None:
    """WCAG 2.2, 2.5.8: 24 pixels, links within sentences excepted."""
    page.goto(live_server.url)
    for target in page.locator("button, input, nav a, .button").all():
        if target.is_visible():
            assert target.bounding_box()["height"] >= 24


@pytest.mark.usefixtures("_market")
def test_the_keyboard_reaches_the_content_first(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/stores/s1")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.usefixtures("_market")
def test_the_language_is_switched_and_stays(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/stores/s1")
    page.get_by_role("link", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-hans")
    expect(page.get_by_text("每 100 单中约有 3 单")).to_be_visible()
    page.goto(live_server.url + "/how-ratings-work")
    expect(page.get_by_role("heading", level=1)).to_have_text("评分如何得出")


@pytest.mark.usefixtures("_market")
def test_the_page_to_try_the_api_works_under_the_policy(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server.url + "/api/docs")
    expect(page.get_by_text("/api/v1/stores/{subject_id}", exact=True).first).to_be_visible(timeout=15_000)


_CONTRAST = """() => {
  const curve = (value) => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const channel = (value) => curve(value / 255);
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const weak = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.closest("svg, .sr-only, .skip, noscript") || !element.getClientRects().length) continue;
    const [a, b] = [light(colour(getComputedStyle(element).color)), light(ground(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return weak;
}"""


@pytest.mark.usefixtures("_market")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, live_server: LiveServer, scheme: str) -> None:
    """WCAG AA: 4.5 to 1."""
    page = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 844})
    for path in PAGES:
        page.goto(live_server.url + path)
        assert page.evaluate(_CONTRAST) == [], path
    page.close()


@pytest.mark.usefixtures("_market")
def test_everything_works_without_scripts(browser: Browser, live_server: LiveServer) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(live_server.url)
    page.get_by_role("searchbox").fill("lotus 29")
    page.get_by_role("searchbox").press("Enter")
    expect(page.get_by_text("No anchor has a name like that.")).to_be_visible()
    page.goto(live_server.url + "/categories/beauty")
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.close()


def test_before_the_first_night_the_front_page_says_so(page: Page, live_server: LiveServer) -> None:
    shown_forget()
    front.front.cache_clear()
    page.goto(live_server.url)
    expect(page.get_by_role("heading", name="No ratings published yet")).to_be_visible()


@pytest.mark.usefixtures("_market")
def test_a_badge_is_a_picture_that_other_pages_can_show(browser: Browser, live_server: LiveServer) -> None:
    page = browser.new_page()
    page.set_content(f'<img src="{live_server.url}/badge/store/s1.svg">')
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.images[0].naturalWidth") == 260
    page.close()
