"""The whole way of a sanction in a real browser: a rule flags a store, two people suspend it, the merchant appeals with
proof, a third person decides, the next night repairs the nights since, and the public page says so."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reputation.base.audit import audit_verify
from reputation.governance.models import Action, Appeal, Flag
from reputation.governance.services import policy_activate
from reputation.nightly.services import nights_run
from reputation.ratings.models import Rating
from reputation.ratings.selectors import shown_forget
from reputation.subjects.services import membership_grant
from tests.governance.appeals.world import PNG
from tests.governance.world import policy, rule
from tests.nightly.market import LAST, close, ingest, market
from tests.people import staff_member

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long enough phrase"
NIGHT = LAST - timedelta(days=1)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def flagged(settings: Settings, tmp_path: Path, jobs_here: None) -> Flag:
    """A night whose policy proposes to suspend the worst store."""
    settings.LIVESTAR_VAR = tmp_path
    text = policy(rule("too_many_defects", metric="defect", than="0.03", action="suspend"))
    policy_activate(content=text, today=NIGHT - timedelta(days=20), by="test")
    ingest(market(orders=600, days=20))
    close(LAST)
    nights_run(nights=[NIGHT], by_operator=True)
    worst = Rating.objects.filter(night=NIGHT, kind="store", state="rated").order_by("stars", "subject_id")[0]
    return Flag.objects.get(subject_id=worst.subject_id)


@pytest.fixture
def people(flagged: Flag) -> None:
    for name, role in (("mo", "moderator"), ("sena", "senior"), ("juda", "senior")):
        staff_member(name, role, password=PASSWORD)
    mia = User.objects.create_user("mia", password=PASSWORD)
    membership_grant(user=mia, kind="store", subject_id=flagged.subject_id, role="owner", by="test")


def signed_in(browser: Browser, address: str, name: str, size: dict[str, int]) -> Page:
    page = browser.new_context(viewport=size, base_url=address, locale="en").new_page()  # type: ignore[arg-type]
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.set_default_timeout(10_000)
    page.wait_for_url(re.compile("console|portal"))
    return page


def opened(page: Page, subject: str) -> None:
    """The one item about the subject, from the queue."""
    page.goto("/console/queue")
    page.locator(".item", has_text=subject).get_by_role("link").first.click()


def decided(page: Page, summary: str, button: str, reason: str) -> None:
    box = page.locator("details.decide", has=page.locator("summary", has_text=re.compile(f"^{summary}$")))
    if box.get_attribute("open") is None:
        box.locator("summary").first.click()
    box.locator("textarea").first.fill(reason)
    box.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("button", name="Take the next one")).to_be_visible()


def stars(night: object, subject: str) -> float:
    row = Rating.objects.filter(night=night, kind="store", subject_id=subject).order_by("-revision")[0]
    return float(row.stars or 0)


def test_from_a_flag_to_a_corrected_star(
    browser: Browser, live_server: LiveServer, flagged: Flag, people: None, tmp_path: Path
) -> None:
    name, before = flagged.name, stars(NIGHT, flagged.subject_id)

    moderator = signed_in(browser, live_server.url, "mo", DESK)
    opened(moderator, name)
    moderator.locator("details.decide").first.get_by_role("button", name="Act", exact=True).click()
    expect(moderator.get_by_text("Decided by mo")).to_be_visible()
    action = Action.objects.get()
    assert (action.state, action.sanction) == ("held", "suspend")

    senior = signed_in(browser, live_server.url, "sena", DESK)
    opened(senior, name)
    decided(senior, "Agree", "Agree", "The rates speak for themselves.")
    action.refresh_from_db()
    assert (action.state, action.seconder.username if action.seconder else "") == ("active", "sena")

    merchant = signed_in(browser, live_server.url, "mia", PHONE)
    merchant.locator(".portal-menu > summary").click()
    merchant.get_by_role("navigation", name="My pages").get_by_role("link", name=re.compile("Notices")).click()
    expect(merchant.locator(".portal-page").get_by_text("unread").first).to_be_visible()
    merchant.get_by_role("link", name="Account suspended").click()
    expect(merchant.get_by_role("heading", name="Statement of reasons")).to_be_visible()
    expect(merchant.get_by_text("two people decided it")).to_be_visible()
    merchant.get_by_role("link", name="Appeal", exact=True).click()
    merchant.get_by_label("What is wrong with it?").fill("Our parcels burnt with the platform's depot.")
    boxes = merchant.locator(".incident input[type=checkbox]")
    for at in range(boxes.count()):
        boxes.nth(at).check()
    proof = tmp_path / "depot.png"
    proof.write_bytes(PNG)
    merchant.get_by_label("Files").set_input_files(proof)
    merchant.get_by_role("button", name="File the appeal").click()
    expect(merchant.get_by_text("being decided")).to_be_visible()
    appeal = Appeal.objects.get()
    assert len(appeal.units) >= 5
    assert appeal.text == "Our parcels burnt with the platform's depot."

    visitor = browser.new_context(base_url=live_server.url, locale="en").new_page()
    visitor.goto(f"/stores/{flagged.subject_id}")
    expect(visitor.get_by_role("heading", name="Sanctions in force")).to_be_visible()
    expect(visitor.get_by_text("under appeal")).to_be_visible()

    opened(senior, name)  # who agreed to it cannot judge it
    expect(senior.get_by_text("You took part in this action")).to_be_visible()
    judge = signed_in(browser, live_server.url, "juda", DESK)
    opened(judge, name)
    expect(judge.get_by_role("link", name="depot.png")).to_be_visible()
    ticks = judge.locator("input[name=won-exclude]:visible")
    for at in range(ticks.count()):
        ticks.nth(at).check()
    judge.locator("#won-form select").select_option("platform_fault")
    decided(judge, "The appeal is right", "Decide: won", "The depot burnt; the lists agree.")
    action.refresh_from_db()
    assert action.state == "overturned"

    merchant.reload()
    expect(merchant.get_by_text("The depot burnt; the lists agree.")).to_be_visible()
    expect(merchant.get_by_text("corrected with the next night")).to_be_visible()
    nights_run(nights=[LAST], by_operator=True)
    shown_forget()
    after = stars(NIGHT, flagged.subject_id)
    assert after > before
    merchant.reload()
    expect(merchant.get_by_text("The stars of 1 night are corrected.")).to_be_visible()

    visitor.goto(f"/stores/{flagged.subject_id}?after")
    expect(visitor.get_by_text(f"stood at {before:.1f} and stands at {after:.1f}")).to_be_visible()
    expect(visitor.get_by_role("heading", name="Sanctions in force")).to_have_count(0)
    visitor.goto("/sanctions")
    expect(visitor.get_by_text("overturned").first).to_be_visible()
    call_command("verify_audit")
    assert audit_verify().bad is None
