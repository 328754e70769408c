"""A metric in a real browser: its parts come after it, orders are ticked and taken to an objection, and all of it without
a script too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings

from reputation.ratings import trends
from tests.console import dossier_world
from tests.governance.appeals.world import at, order, send
from tests.portal import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def shop(settings: Settings, tmp_path: Path, browser: Browser, client) -> str:
    """A store of a shown night with forty late orders, and its owner signed in."""
    settings.LIVESTAR_VAR = tmp_path
    trends._weekly.cache_clear()
    subject_id = dossier_world.market()
    keys = [f"late{number:02}" for number in range(40)]
    send("orders", *(order(key, store_id=subject_id, placed_at=at(9), deliver_by=None) for key in keys))
    send("shipments", *({"order_id": key, "shipped_at": at(1)} for key in keys))
    client.force_login(world.member("owner", subject_id))
    return subject_id


def opened(browser: Browser, client, live_server, **options: object) -> BrowserContext:
    context = browser.new_context(**options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context


def heard(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "zh-hans"), (DESK, "en")])
def test_its_pages_fit_the_screen_and_keep_to_the_content_policy(
    browser: Browser, client, live_server, shop: str, viewport: dict[str, int], language: str
) -> None:
    context = opened(browser, client, live_server, viewport=viewport)
    page = context.new_page()
    complaints = heard(page)
    for part in ("metrics", "metric/late_dispatch", "metric/dispatch_time", "export"):
        page.goto(f"{live_server.url}/portal/{part}/stores/{shop}?lang={language}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], part
        assert page.locator("h1").count() == 1, part
    assert complaints == []
    context.close()


def test_weeks_and_what_was_cleared_come_after_the_page_and_move_nothing(
    browser: Browser, client, live_server, shop: str
) -> None:
    context = opened(browser, client, live_server, viewport=DESK)
    page = context.new_page()
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
        " if (!one.hadRecentInput) window.moved += one.value; }).observe({type: 'layout-shift', buffered: true});"
    )
    page.goto(f"{live_server.url}/portal/metric/late_dispatch/stores/{shop}")
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(2)
    expect(page.get_by_text("Nothing of this had to be cleared for you.")).to_be_visible()
    assert page.locator("details[data-plot-table][open]").count() == 0
    assert page.evaluate("window.moved") < 0.1
    page.goto(f"{live_server.url}/portal/metrics/stores/{shop}")
    expect(page.locator("#weeks-late_dispatch svg.spark")).to_be_visible()
    assert page.evaluate("window.moved") < 0.1
    context.close()


def test_thirty_can_be_ticked_and_are_taken_to_the_form(browser: Browser, client, live_server, shop: str) -> None:
    context = opened(browser, client, live_server, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/portal/metric/late_dispatch/stores/{shop}")
    send_button = page.get_by_role("button", name="This is not ours")
    expect(send_button).to_be_disabled()
    page.get_by_label("Order late39").check()
    page.get_by_label("Order late38").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    send_button.click()
    page.wait_for_url(re.compile("/portal/objections/new/stores/"))
    assert page.locator("input[name=unit]:checked").count() == 2
    context.close()


def test_without_a_script_the_list_the_weeks_and_the_form_are_there(
    browser: Browser, client, live_server, shop: str
) -> None:
    context = opened(browser, client, live_server, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/portal/metric/late_dispatch/stores/{shop}")
    page.get_by_role("link", name="Show the last 13 weeks").click()
    expect(page.locator("table").first).to_be_visible()
    page.get_by_role("link", name="Earlier ones").click()
    page.get_by_label("Order late09").check()
    page.get_by_role("button", name="This is not ours").click()
    assert page.locator("input[name=unit]:checked").count() == 1
    context.close()
