"""Badge and card on somebody else's page, which is of another origin."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.public.market import few_orders, publish, rating

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NAME = "Lotus <b>Wear</b> 月光小铺"


class Blog(BaseHTTPRequestHandler):
    """Serves whatever its `page` is. Its policy allows no style or script but what it names itself."""

    page = ""

    def do_GET(self) -> None:
        body = f"<!doctype html><meta charset=utf-8><title>Blog</title><p>Hello</p>{self.page}<p>Bye</p>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        pass


@pytest.fixture
def blog() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Blog)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _market(live_server: LiveServer, settings: Settings) -> None:
    settings.PUBLIC_URL = live_server.url
    rating("s1", name=NAME)
    few_orders("few", name="Willow")
    publish()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    assert [text for text in complaints if "favicon" not in text and "404" not in text] == []
    assert context.cookies() == []
    context.close()


def put(page: Page, blog: str, code: str) -> None:
    Blog.page = code
    page.goto(blog)


def test_one_script_tag_puts_the_card_where_it_stands_as_tall_as_it_is(
    page: Page, blog: str, live_server: LiveServer
) -> None:
    put(
        page,
        blog,
        f'<script src="{live_server.url}/static/embed.js" data-store="s1" data-lang="zh-hans" async></script>',
    )
    card = page.frame_locator("iframe")
    expect(card.get_by_role("heading", name=NAME)).to_be_visible()
    expect(card.get_by_text("每 100 单中约有 3 单")).to_be_visible()
    expect(card.get_by_role("img", name="4.5")).to_be_visible()
    inside = card.locator("main").bounding_box()
    assert inside is not None
    expect(page.locator("iframe")).to_have_attribute("height", str(int(-(-inside["height"] // 1))))
    outside = page.locator("iframe").bounding_box()
    assert outside is not None
    assert outside["width"] <= 390
    assert page.locator("iframe").evaluate("frame => frame.nextElementSibling.textContent") == "Bye"


def test_the_card_works_as_a_plain_frame_without_scripts(browser: Browser, blog: str, live_server: LiveServer) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    put(page, blog, f'<iframe src="{live_server.url}/embed/store/few" width="360" height="320"></iframe>')
    expect(page.frame_locator("iframe").get_by_text("18 of 30 orders; 2 confirmed problems")).to_be_visible()
    assert context.cookies() == []
    context.close()


def test_no_other_page_can_be_framed(browser: Browser, blog: str, live_server: LiveServer) -> None:
    context = browser.new_context()
    page = context.new_page()
    put(page, blog, f'<iframe src="{live_server.url}/stores/s1"></iframe>')
    page.wait_for_load_state("networkidle")
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_count(0)
    context.close()


def test_a_card_of_nobody_says_so_and_a_tag_without_a_subject_does_nothing(
    page: Page, blog: str, live_server: LiveServer
) -> None:
    source = f"{live_server.url}/static/embed.js"
    put(
        page,
        blog,
        f'<script src="{source}" async></script><script src="{source}" data-store="../admin" async></script>',
    )
    expect(page.get_by_text("Bye")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(1)
    assert page.locator("iframe").get_attribute("src") == f"{live_server.url}/embed/store/..%2Fadmin"
    expect(page.frame_locator("iframe").get_by_role("heading", name="Not found")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["small", "medium", "large"])
def test_a_badge_follows_the_readers_screen(
    browser: Browser, blog: str, live_server: LiveServer, size: str, scheme: str
) -> None:
    """Read off the picture itself: the ground near its corner."""
    context = browser.new_context(color_scheme=scheme)
    page = context.new_page()
    put(page, blog, f'<img src="{live_server.url}/badge/store/s1.svg?size={size}">')
    page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
    shot = page.locator("img").screenshot()
    Blog.page = ""
    ground = page.evaluate(
        """async (bytes) => {
          const image = await createImageBitmap(new Blob([new Uint8Array(bytes)], {type: "image/png"}));
          const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
          canvas.drawImage(image, 0, 0);
          return [...canvas.getImageData(image.width / 2, 3, 1, 1).data].slice(0, 3);
        }""",
        list(shot),
    )
    assert (sum(ground) > 600) is (scheme == "light"), ground
    context.close()


def test_the_page_of_badges_copies_its_code(browser: Browser, live_server: LiveServer) -> None:
    context = browser.new_context(
        locale="en", permissions=["clipboard-read", "clipboard-write"], base_url=live_server.url
    )
    page = context.new_page()
    page.goto("/badge")
    page.get_by_label("Its id").fill("s1")
    page.get_by_role("button", name="Show the badges").click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible()
    page.get_by_role("article", name="Large badge").get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    code = page.evaluate("navigator.clipboard.readText()")
    assert f'src="{live_server.url}/badge/store/s1.svg?size=large&amp;lang=en"' in code
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    context.close()
