"""A merchant asks why the star fell, looks at the very orders, objects to two of them, tries what that would change, and
appeals against a sanction: on a phone in English, at a desk in Chinese, on a night that was really worked out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from reputation.base.audit import audit_verify
from reputation.governance.actions.services import action_propose
from reputation.governance.models import Action, Appeal, Attachment, Objection
from reputation.nightly.selectors import yesterday
from reputation.nightly.services import nights_run
from reputation.ratings.models import Rating
from reputation.ratings.selectors import shown_forget
from reputation.subjects.services import membership_grant
from tests.browser.walking import DESK, PASSWORD, PHONE, Words, headed, reader, signed_in
from tests.governance.actions.world import person, wanted
from tests.governance.appeals.world import PNG
from tests.nightly.market import close, ingest, market
from tests.worlds import Worlds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = {"en": (PHONE, "light"), "zh-hans": (DESK, "dark")}


def two_nights() -> str:
    """The worst rated store of a small market after two nights."""
    ingest(market(orders=600, days=20, last=yesterday()))
    close(yesterday())
    nights_run(nights=[yesterday() - timedelta(days=1), yesterday()], by_operator=True)
    rated = Rating.objects.filter(night=yesterday(), kind="store", state="rated")
    return rated.order_by("stars", "subject_id")[0].subject_id


@pytest.fixture
def store(worlds: Worlds, jobs_here: None, settings: Settings, tmp_path: Path) -> str:
    settings.LIVESTAR_VAR = tmp_path
    subject_id = worlds.of(two_nights)
    shown_forget()
    mia = User.objects.create_user("mia", password=PASSWORD)
    membership_grant(user=mia, kind="store", subject_id=subject_id, role="owner")
    action_propose(kind="store", subject_id=subject_id, wanted=wanted("listing_ban"), by=person("ann"))
    return subject_id


def to(page: Page, say: Words, name: str) -> None:
    """By the navigation, which folds on a phone."""
    if page.locator(".portal-menu > summary").is_visible():
        page.locator(".portal-menu > summary").click()
    page.get_by_role("navigation", name=say("My pages")).get_by_role("link", name=say(name)).locator(
        "visible=true"
    ).first.click()


@pytest.mark.parametrize("language", LOOKS)
def test_from_why_did_it_drop_to_an_appeal(
    browser: Browser, live_server: LiveServer, store: str, language: str, tmp_path: Path
) -> None:
    say = Words(language)
    size, scheme = LOOKS[language]
    with reader(browser, live_server.url, language, size, scheme) as page:
        signed_in(page, "mia")
        looks_at_the_star(page, say, store)
        orders = looks_at_the_orders(page, say, store)
        objects(page, say, orders)
        tries(page, say)
        appeals(page, say, tmp_path)
    assert audit_verify().bad is None


def looks_at_the_star(page: Page, say: Words, store: str) -> None:
    page.goto("/portal/")  # with one subject it is that subject's page
    page.wait_for_url(f"**/portal/stores/{store}")
    star = str(Rating.objects.get(night=yesterday(), kind="store", subject_id=store).stars)
    expect(page.locator(".score-number").first).to_have_text(star)
    expect(page.get_by_role("heading", name=say("What moved it last night"))).to_be_visible()
    expect(page.get_by_role("heading", name=say("Dates"))).to_be_visible()
    page.get_by_role("link", name=say("Why this rating")).click()
    headed(page, say("Why this rating"))
    expect(page.get_by_role("heading", name=say("Measure by measure"))).to_be_visible()


def looks_at_the_orders(page: Page, say: Words, store: str) -> list[str]:
    """Returns the numbers of two orders that came back."""
    to(page, say, "Metrics")
    headed(page, say("Metrics"))
    page.locator(f"a[href$='/metric/quality_return/stores/{store}']").click()
    expect(page.get_by_role("heading", name=say("The orders behind it"))).to_be_visible()
    rows = page.locator(".case-line:has(input:enabled)")
    keys = [key.strip() for key in rows.locator(".case-key .mono").all_text_contents()[:2]]
    assert len(keys) == 2
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV", exact=True).click()
    table = Path(coming.value.path()).read_text("utf-8-sig")
    assert all(key in table for key in keys)
    page.get_by_role("searchbox").locator("visible=true").last.fill(keys[0])
    page.keyboard.press("Enter")
    expect(page.locator(".case-line", has_text=keys[0]).first).to_be_visible()
    page.go_back()
    for key in keys:
        page.locator(f".case-line:has(label span:text-is('{key}')) input").check()
    expect(page.locator("[data-chosen]")).to_contain_text("2")
    return keys


def objects(page: Page, say: Words, orders: list[str]) -> None:
    page.get_by_role("button", name=say("This is not ours")).click()
    headed(page, say("This is not ours"))
    for key in orders:
        box = page.locator(f".incident:has(label span:text-is('{key}'))").first
        expect(box.get_by_role("checkbox")).to_be_checked()
        box.locator("select").select_option("carrier_event")
    page.locator("#text").fill("The depot flooded; the carrier's lists show it.")
    page.get_by_role("button", name=say("File the objection")).click()
    expect(page.get_by_text(say("being decided")).first).to_be_visible()
    objection = Objection.objects.get()
    assert {line.unit for line in objection.lines.all()} == {f"o:{key}" for key in orders}


def tries(page: Page, say: Words) -> None:
    """Should the objection be accepted: the real model answers at once."""
    to(page, say, "Simulator")
    headed(page, say("Simulator"))
    status = page.get_by_role("status").first
    expect(status).to_contain_text(say("your rating of tonight"))
    page.locator("input[name=case]").last.check()
    expect(status).not_to_contain_text(say("your rating of tonight"), timeout=30_000)
    expect(page.locator("#course")).not_to_be_empty()


def appeals(page: Page, say: Words, folder: Path) -> None:
    to(page, say, "Notices")
    page.locator("main a[href*='/portal/notices/']").first.click()
    expect(page.get_by_role("heading", name=say("Statement of reasons"))).to_be_visible()
    page.get_by_role("link", name=say("Appeal"), exact=True).click()
    headed(page, say("Appeal"))
    page.locator("#text").fill("Our parcels burnt with the platform's depot.")
    page.locator(".incident input[type=checkbox]").first.check()
    proof = folder / "depot.png"
    proof.write_bytes(PNG)
    page.locator("#files").set_input_files(proof)
    page.get_by_role("button", name=say("File the appeal")).click()
    expect(page.get_by_text(say("being decided")).first).to_be_visible()
    appeal = Appeal.objects.get()
    assert (len(appeal.units), Attachment.objects.filter(appeal=appeal).count()) == (1, 1)
    assert Action.objects.get().appeals.get() == appeal
    expect(page.get_by_role("link", name="depot.png")).to_be_visible()
