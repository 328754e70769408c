"""What a consumer's page may cost: 100 kB in all, three requests before anything is drawn, and nothing that jumps.

The test's server compresses nothing, so the bytes here are more than a reader's.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from pytest_django.live_server_helper import LiveServer

from reputation.public import front
from tests.accounts import places
from tests.browser.pages import PUBLIC, path_of
from tests.public.market import past, publish, rating

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_BYTES, MOST_BLOCKING, MOST_SHIFT = 100_000, 3, 0.01
WITHOUT = ("api-docs", "join")  # for people who write programs; a page of the portal
BLOCKING = """() => performance.getEntriesByType("resource")
  .filter((entry) => entry.renderBlockingStatus === "blocking").map((entry) => entry.name)"""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const entry of list.getEntries()) sum += entry.value; })
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => done(sum), 50));
})"""


@pytest.fixture
def addresses(live_server: LiveServer) -> places.Addresses:
    """With lists that fill their pages and a history of a year's half."""
    found = places.build()
    past("s1", [4.0, 4.1, None, 4.4] * 45)
    for number in range(40):
        rating(f"t{number}", name=f"Lotus and Willow {number}", category="fashion", orders_counted=100 + number)
    publish()
    front.front.cache_clear()
    return found


def weighed(session: CDPSession) -> list[float]:
    """Fills while the page loads: every answer's bytes, headers included, as they came over the wire."""
    sizes: list[float] = []
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    return sizes


def judged(page: Page, path: str) -> list[str]:
    sizes = weighed(page.context.new_cdp_session(page))
    page.goto(path, wait_until="load")
    blocking, shift = page.evaluate(BLOCKING), page.evaluate(SHIFT)
    wrong = []
    if sum(sizes) > MOST_BYTES:
        wrong.append(f"{path}: {sum(sizes):,.0f} bytes in {len(sizes)} answers")
    if len(blocking) > MOST_BLOCKING:
        wrong.append(f"{path}: {len(blocking)} requests before anything is drawn: {blocking}")
    if shift > MOST_SHIFT:
        wrong.append(f"{path}: shifts by {shift:.3f}")
    return wrong


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_of_the_consumers_site_is_small_quick_and_still(
    browser: Browser, live_server: LiveServer, addresses: places.Addresses, width: int
) -> None:
    wrong: list[str] = []
    for name in PUBLIC:
        if name not in WITHOUT:
            context = browser.new_context(viewport={"width": width, "height": 844}, locale="en")
            wrong += judged(context.new_page(), live_server.url + path_of(name, addresses))
            context.close()
    assert wrong == []
