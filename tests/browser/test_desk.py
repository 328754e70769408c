"""The desk in a real browser: by keyboard, on a phone, without JavaScript, in both languages."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reputation.evidence.models import Hold
from reputation.subjects.models import Membership
from reputation.subjects.services import membership_grant
from tests.people import staff_member
from tests.portal import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LONG = "A name that goes on and on without an end " * 4


@pytest.fixture
def market(browser: Browser) -> list[str]:
    """A small world with a member and a member of staff; returns every address of the desk."""
    world.store("s1", LONG)
    world.anchor("a1", "林间直播")
    for back in range(12):
        world.publish(world.NIGHT - timedelta(days=11 - back))
        world.rating(night=world.NIGHT - timedelta(days=11 - back), stars=str(round(4.6 - 0.05 * back, 1)))
        world.run(world.NIGHT - timedelta(days=11 - back))
    world.rating("a1", kind="anchor", **world.without_stars("few_orders", orders_counted=18, confirmed_defects=2))
    world.run(world.NIGHT + timedelta(days=1), status="failed", stage="train", reason="no mature cut-off: " + LONG)
    for number in range(8):
        world.order(f"2026{number}-" + "8" * 24, device_ref="device-" + "9" * 30)
    hold = world.hold(units=tuple(f"o:2026{number}-" + "8" * 24 for number in range(8)))
    world.hold("f2", status="released", reason="A family shares a phone.", decided_at=world.MOMENT)
    row = world.rejected_row(error="amount: " + "a number was expected, " * 12)
    mia, sam = User.objects.create_user("mia", password=PASSWORD), staff_member("sam", "moderator", password=PASSWORD)
    for user in (mia, sam):
        membership_grant(user=user, kind="store", subject_id="s1", role="owner")
        membership_grant(user=user, kind="anchor", subject_id="a1", role="staff")
    kinds = (
        "stores/s1",
        "anchors/a1",
        "held/stores/s1",
        "held/anchors/a1",
        "what-counts/stores",
        "what-counts/anchors",
    )
    details = (f"nights/{world.NIGHT}", f"rejected/{row.pk}", f"holds/{hold.pk}")
    console = ("", "nights", "rejected", "holds", "feed", "models", "withheld", *details)
    mine = ("/accounts/password/", "/accounts/security/", "/portal/", *(f"/portal/{place}" for place in kinds))
    return [*mine, *(f"/console/{place}" for place in console)]


def sign_in(context: BrowserContext, address: str, name: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}/accounts/login/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    return page


def test_signing_in_and_out_needs_a_keyboard_alone(browser: Browser, live_server, market: list[str]) -> None:
    context = browser.new_context(viewport=PHONE)
    page = sign_in(context, live_server.url, "mia")
    expect(page).to_have_url(f"{live_server.url}/portal/")
    page.get_by_role("button", name="Sign out mia").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/portal/")
    expect(page).to_have_url(f"{live_server.url}/accounts/login/?next=/portal/")
    context.close()


def test_a_wrong_password_is_told_and_the_name_is_kept(browser: Browser, live_server, market: list[str]) -> None:
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{live_server.url}/accounts/login/")
    page.get_by_label("Name").fill("mia")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Name")).to_have_value("mia")
    page.close()


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "en"), (DESK, "zh-hans"), (PHONE, "zh-hans")])
def test_no_page_is_wider_than_its_screen_or_breaks_the_content_policy(
    browser: Browser, live_server, market: list[str], viewport: dict[str, int], language: str
) -> None:
    context = browser.new_context(viewport=viewport)
    page = sign_in(context, live_server.url, "sam")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{page.url}: {message.text}"))
    for address in market:
        answer = page.goto(f"{live_server.url}{address}?lang={language}")
        assert answer is not None
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
        assert page.locator("h1").count() == 1, address
    assert complaints == []
    context.close()


def test_a_finding_is_decided_without_javascript(browser: Browser, live_server, market: list[str]) -> None:
    Membership.objects.filter(user__username="sam").delete()  # nobody decides about a subject they act for
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)
    page = sign_in(context, live_server.url, "sam")
    expect(page).to_have_url(f"{live_server.url}/console/")
    page.get_by_role("link", name="findings to decide").click()
    page.get_by_role("link", name="Shared device").click()
    page.get_by_label("Release: it was honest trade").check()
    page.get_by_label("Reason").fill("A family shares a phone.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_role("status")).to_contain_text("Decided.")
    assert Hold.objects.get(fingerprint="f1").status == "released"
    context.close()


def test_a_rejected_row_is_mended_on_a_phone(browser: Browser, live_server, market: list[str]) -> None:
    context = browser.new_context(viewport=PHONE)
    page = sign_in(context, live_server.url, "sam")
    page.goto(f"{live_server.url}/console/rejected")
    page.get_by_role("link", name="4 of batch").click()
    page.get_by_label("The row, to be mended").fill('{"order_id": "o-9", "amount": "12.50"}')
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status")).to_contain_text("Accepted.")
    context.close()


TOO_SMALL = """() => [...document.querySelectorAll("button, .button, .subnav a, select, textarea, input")]
    .filter(found => found.type !== "hidden" && !found.hidden && found.type !== "radio")
    .filter(found => found.getBoundingClientRect().height < 44).map(found => found.outerHTML)"""


def test_what_can_be_touched_is_large_enough_for_a_thumb(browser: Browser, live_server, market: list[str]) -> None:
    context = browser.new_context(viewport=PHONE)
    page = sign_in(context, live_server.url, "sam")
    for address in market:
        page.goto(f"{live_server.url}{address}")
        assert page.evaluate(TOO_SMALL) == [], address
    context.close()
