"""The portal's frame and overview in a real browser: on a phone, without a script, by keyboard, in both languages."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reputation.accounts.invitations import invitation_mail, invitation_make
from reputation.subjects.services import membership_grant
from tests.portal import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
PHONE = {"width": 390, "height": 844}
LONG = "A name that goes on and on without an end " * 4


@pytest.fixture
def mia(browser: Browser) -> User:
    world.store("s1", LONG)
    world.anchor("a1", "Lin live")
    world.publish()
    world.rating("s1", ledger={"evidence": -0.17, "aged": 0.06})
    world.hold("h1")
    user = User.objects.create_user("mia", password=PASSWORD)
    for kind, subject_id in (("store", "s1"), ("anchor", "a1")):
        membership_grant(user=user, kind=kind, subject_id=subject_id, role="owner")
    return user


def opened(context: BrowserContext, server: str, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{server}/accounts/login/?next={address}")
    page.get_by_label("Name").first.fill("mia")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    return page


def test_one_goes_from_page_to_page_and_subject_to_subject_without_a_script(
    browser: Browser, live_server, mia: User
) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = opened(context, live_server.url, "/portal/stores/s1")
    page.locator(".portal-menu > summary").click()
    page.get_by_role("navigation", name="My pages").get_by_role("link", name="Evidence set aside").click()
    expect(page).to_have_url(re.compile(r"/portal/held/stores/s1$"))
    expect(page.locator(".portal-menu > summary")).to_have_text("Evidence set aside")
    page.locator(".switcher > summary").press("Enter")
    page.get_by_role("link", name="Lin live").click()
    expect(page).to_have_url(re.compile(r"/portal/held/anchors/a1$"))
    context.close()


def test_escape_and_a_click_elsewhere_shut_what_is_open(browser: Browser, live_server, mia: User) -> None:
    context = browser.new_context(viewport=PHONE)
    page = opened(context, live_server.url, "/portal/stores/s1")
    menu, switch = page.locator(".portal-menu"), page.locator(".switcher")
    menu.locator("summary").click()
    switch.locator("summary").click()
    expect(menu).not_to_have_attribute("open", "")
    page.get_by_role("link", name="Lin live").focus()
    page.keyboard.press("Escape")
    expect(switch).not_to_have_attribute("open", "")
    expect(switch.locator("summary")).to_be_focused()
    menu.locator("summary").click()
    page.get_by_role("heading", level=2).last.click()
    expect(menu).not_to_have_attribute("open", "")
    context.close()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_overview_first_page_and_members_fit_their_screen(
    browser: Browser, live_server, mia: User, width: int, language: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = opened(context, live_server.url, "/portal/stores/s1")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    for address in ("/portal/", "/portal/stores/s1", "/portal/anchors/a1", "/portal/members/stores/s1"):
        page.goto(f"{live_server.url}{address}?lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("h1").count() == 1
    assert complaints == []
    context.close()


def test_somebody_new_comes_in_by_the_mail_and_sees_the_overview(
    browser: Browser, live_server, mia: User, mailoutbox, settings
) -> None:
    settings.PUBLIC_URL = live_server.url
    invitation_mail(*invitation_make(kind="store", subject_id="s1", mail="lin@example.org", role="staff", by=mia))
    [address] = re.findall(r"http://\S+", mailoutbox[0].body)
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    page.get_by_label("Name to sign in with").fill("lin")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Make the account and accept").click()
    expect(page.get_by_role("heading", name="Welcome, lin")).to_be_visible()
    page.get_by_role("link", name="Later").click()
    expect(page.get_by_text("you work for it")).to_be_visible()
    context.close()
