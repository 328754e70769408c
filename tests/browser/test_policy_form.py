"""The form of a rule in a real browser: numbers follow what is typed, rows come in place, and it works without scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reputation.accounts.roles import roles_write
from reputation.base.time import market_day, now
from reputation.governance.models import PolicyVersion
from reputation.governance.services import policy_save
from tests.governance.world import flagged_slowly, policy, publish, rule
from tests.people import staff_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cookie(settings: Settings, tmp_path: Path, client) -> str:  # type: ignore[no-untyped-def]
    """A published night, a policy, and the session of a senior."""
    settings.LIVESTAR_VAR = tmp_path
    cache.clear()
    roles_write()
    publish(nights=1)
    policy_save(content=policy(rule(), rule("b", than="0.2")), today=market_day(now()), by="operator:li")
    client.force_login(staff_member("sun", "senior"))
    return str(client.cookies["sessionid"].value)


def page_of(browser: Browser, address: str, cookie: str, **options: object) -> tuple[BrowserContext, Page]:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/console/policy/1/edit?rule=late")
    return context, page


def test_numbers_follow_what_is_typed_and_rows_come_in_place(
    browser: Browser, live_server: LiveServer, cookie: str
) -> None:
    context, page = page_of(browser, live_server.url, cookie)
    loads: list[str] = []
    page.on("load", lambda: loads.append(page.url))
    beside = page.locator(".tonight .touch-number")
    expect(beside).to_have_text(str(len(flagged_slowly(0.05))))
    page.get_by_label("Threshold", exact=True).fill("0.08")
    expect(beside).to_have_text(str(len(flagged_slowly(0.08))))
    expect(page.get_by_label("Threshold", exact=True)).to_be_focused()
    page.get_by_label("Threshold", exact=True).fill("lots")
    expect(page.locator("#rule .error").first).to_contain_text("write a number instead of 'lots'")
    page.get_by_label("Threshold", exact=True).fill("8 %")
    page.get_by_role("button", name="+ comparison").click()
    expect(page.locator(".leaf")).to_have_count(2)
    page.get_by_role("button", name="Leave out comparison 2").click()
    expect(page.locator(".leaf")).to_have_count(1)
    assert loads == []
    page.get_by_role("button", name="Keep this rule").click()
    page.get_by_label("Why", exact=True).fill("stricter")
    page.get_by_role("button", name="Save as a new draft").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert "than: 0.08" in PolicyVersion.objects.get(version=2).text
    context.close()


def test_on_a_phone_without_scripts_it_does_the_same(browser: Browser, live_server: LiveServer, cookie: str) -> None:
    phone = {"width": 390, "height": 844}
    context, page = page_of(browser, live_server.url, cookie, viewport=phone, java_script_enabled=False)
    page.get_by_role("button", name="+ group, of which one must hold").click()
    assert page.locator(".leaf").count() == 2
    page.get_by_role("button", name="Leave this group out").click()
    assert page.locator(".leaf").count() == 1
    page.get_by_label("Threshold", exact=True).fill("9 %")
    page.get_by_label("Threshold", exact=True).press("Enter")  # the first button of the form: show what it does
    assert page.locator(".tonight .touch-number").inner_text() == str(len(flagged_slowly(0.09)))
    width = page.locator("html").evaluate("html => html.scrollWidth")
    assert width <= 390
    page.get_by_role("button", name="Keep this rule").click()
    assert page.get_by_text("changed").is_visible()
    context.close()
