"""Dossiers and the pages that decide, in a real browser: drawn under the strict policy, on a phone, without a script."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings

from reputation.governance.actions.services import action_propose
from reputation.governance.models import Action
from reputation.ratings import trends
from tests.console import dossier_world
from tests.governance.actions import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PARTS = ("", "?part=weeks", "?part=incidents", "?part=lives", "?part=record", "?part=notes")


@pytest.fixture
def shop(settings: Settings, tmp_path: Path, browser: Browser) -> str:
    settings.LIVESTAR_VAR = tmp_path
    trends._weekly.cache_clear()
    User.objects.create_superuser("sam")
    return dossier_world.market()


def opened(browser: Browser, client, live_server, **options: object) -> BrowserContext:
    client.force_login(User.objects.get(username="sam"))
    context = browser.new_context(**options)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context


def heard(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    return complaints


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "zh-hans"), (DESK, "en")])
def test_every_page_fits_its_screen_and_keeps_to_the_content_policy(
    browser: Browser, client, live_server, shop: str, viewport: dict[str, int], language: str
) -> None:
    flag = world.flag(shop)
    held = action_propose(
        kind="store", subject_id=shop, wanted=world.wanted("suspend", days=30), by=world.person("ann")
    )
    dossier = f"/console/subjects/stores/{shop}"
    items = [f"/console/queue/{about.item.pk}" for about in (flag, held)]
    places = [*(dossier + part for part in PARTS), *items, "/console/actions", f"/console/actions/{held.pk}"]
    places += ["/console/subjects", f"/console/act/stores/{shop}"]
    context = opened(browser, client, live_server, viewport=viewport)
    page = context.new_page()
    complaints = heard(page)
    for address in places:
        answer = page.goto(f"{live_server.url}{address}{'&' if '?' in address else '?'}lang={language}")
        assert answer is not None
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
        assert page.locator("h1").count() == 1, address
    assert complaints == []
    context.close()


def test_trends_are_drawn_and_the_tables_fold_away(browser: Browser, client, live_server, shop: str) -> None:
    context = opened(browser, client, live_server, viewport=DESK)
    page = context.new_page()
    complaints = heard(page)
    page.goto(f"{live_server.url}/console/subjects/stores/{shop}?part=weeks")
    expect(page.locator(".js-plotly-plot .scatterlayer .trace")).to_have_count(12)  # six pictures of two lines
    assert page.locator("details[data-plot-table][open]").count() == 0
    box = page.locator("#trend-late_dispatch ~ .plot-box .main-svg").first.bounding_box()
    assert box is not None
    assert box["width"] > 200
    assert box["height"] == 240
    assert complaints == []
    context.close()


def test_without_a_script_the_tables_say_the_same(browser: Browser, client, live_server, shop: str) -> None:
    context = opened(browser, client, live_server, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/console/subjects/stores/{shop}?part=weeks")
    expect(page.locator("details[data-plot-table][open] table").first).to_be_visible()
    expect(page.locator(".plot-box").first).to_be_hidden()
    context.close()


def test_the_form_shows_only_what_the_chosen_sanction_has(browser: Browser, client, live_server, shop: str) -> None:
    context = opened(browser, client, live_server, viewport=PHONE)
    page = context.new_page()
    page.goto(f"{live_server.url}/console/act/stores/{shop}")
    share = page.get_by_label("Reach that is left")
    expect(share).to_be_hidden()
    page.get_by_label("Sanction").select_option("throttle")
    share.fill("40")
    page.get_by_label("For how many days").fill("7")
    page.get_by_label("Reason in English").fill("Too many late orders")
    page.get_by_label("Reason in Chinese").fill("延迟发货过多")
    page.get_by_role("button", name="Act").click()
    expect(page.get_by_role("status")).to_contain_text("it is in force")
    assert float(Action.objects.get().share) == 0.4
    context.close()
