"""The queue in a real browser: by keyboard alone, without JavaScript, on a phone, in both languages."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect

from reputation.governance.models import Flag, Skip, WorkItem
from tests.governance.desk import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
LONG = "A name that goes on and on without an end " * 4


@pytest.fixture
def staff(transactional_db: None) -> User:
    return world.moderator("mo")


@pytest.fixture
def items(staff: User) -> list[WorkItem]:
    """In the order of the queue. Numbers from 1,000 on: one is no text with a separator."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE governance_workitem_id_seq RESTART WITH 1500")
    return [world.item(f"s{rank}", orders=10**6 - rank, name=f"{rank} {LONG}", hours=900) for rank in range(4)]


def context_of(browser: Browser, live_server, user: User, **how) -> BrowserContext:
    client = Client()
    client.force_login(user)
    context = browser.new_context(**how)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    return context


@pytest.fixture
def page(browser: Browser, live_server, staff: User, items: list[WorkItem]) -> Iterator[Page]:
    context = context_of(browser, live_server, staff, viewport=DESK)
    page = context.new_page()
    page.goto(f"{live_server.url}/console/queue")
    yield page
    context.close()


def row(page: Page, item: WorkItem):
    return page.locator(f"#item-{item.pk}")


def test_a_queue_is_worked_by_keys_alone(page: Page, items: list[WorkItem], staff: User) -> None:
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, items[1]).locator("[data-open]")).to_be_focused()
    page.keyboard.press("c")
    expect(row(page, items[1])).to_contain_text("with you until")
    expect(row(page, items[1]).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("s")
    expect(row(page, items[0])).to_have_count(0)
    assert Skip.objects.get().item == items[0]
    page.keyboard.press("j")
    expect(row(page, items[1]).locator("[data-open]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/console/queue/{items[1].pk}")


def test_n_takes_the_next_one(page: Page, items: list[WorkItem], staff: User) -> None:
    page.keyboard.press("n")
    page.wait_for_url(f"**/console/queue/{items[0].pk}")
    assert WorkItem.objects.get(claimed_by=staff) == items[0]


def test_keys_are_letters_while_one_types(page: Page) -> None:
    page.get_by_text("Filters and views").click()
    page.get_by_label("Store or anchor").click()
    page.keyboard.type("jackson")
    expect(page.get_by_label("Store or anchor")).to_have_value("jackson")
    assert not WorkItem.objects.exclude(claimed_by=None).exists()


def test_enter_in_a_checkbox_goes_on_with_what_is_chosen_and_claims_nothing(page: Page, items: list[WorkItem]) -> None:
    row(page, items[2]).get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 chosen:")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide 1 flag")
    assert not WorkItem.objects.exclude(claimed_by=None).exists()


def test_many_are_dismissed_and_brought_back(page: Page, items: list[WorkItem]) -> None:
    for item in items[:2]:
        row(page, item).get_by_role("checkbox").check()
    page.get_by_role("button", name="the chosen ones").click()
    page.locator("#id_what").select_option("dismiss")
    page.get_by_label("Why nothing is to be done").fill("A storm.")
    page.get_by_role("button", name="Show what this would do").click()
    page.get_by_role("button", name="Yes, decide them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 flags decided alike")
    assert Flag.objects.filter(state="dismissed").count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone. These flags are open again.")).to_be_visible()
    assert Flag.objects.filter(state="open").count() == 4


@pytest.mark.parametrize(("viewport", "language"), [(PHONE, "en"), (DESK, "zh-hans"), (PHONE, "zh-hans")])
def test_the_queue_fits_the_screen_and_the_content_policy(
    browser: Browser, live_server, staff: User, items: list[WorkItem], viewport: dict[str, int], language: str
) -> None:
    context = context_of(browser, live_server, staff, viewport=viewport)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    for address in ("queue", "queue?severity=high", "queue?severity=low", "queue/batches", ""):
        mark = "&" if "?" in address else "?"
        answer = page.goto(f"{live_server.url}/console/{address}{mark}lang={language}")
        assert answer is not None
        assert answer.status == 200
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address
    assert complaints == []
    context.close()


def test_it_works_without_javascript(browser: Browser, live_server, staff: User, items: list[WorkItem]) -> None:
    context = context_of(browser, live_server, staff, viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/console/queue")
    row(page, items[0]).get_by_role("button", name="Claim").click()
    expect(row(page, items[0])).to_contain_text("with you until")
    row(page, items[1]).get_by_role("checkbox").check()
    page.get_by_role("button", name="the chosen ones").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Decide 1 flag")
    context.close()
