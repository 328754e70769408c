"""WCAG 2.2 AA as far as a program can see it: no serious or critical violation on any page, with data in it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from django.urls import get_resolver
from playwright.sync_api import Browser, BrowserContext, Page
from pytest_django.live_server_helper import LiveServer

from reputation.subjects.services import membership_grant
from tests.accounts import places
from tests.accounts.people import visitor
from tests.accounts.test_permissions import named
from tests.browser.pages import AREAS, NO_PAGES, names, path_of
from tests.ratings import explained_night

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
GRAVE = ("serious", "critical")


@dataclass(frozen=True)
class Look:
    width: int
    height: int
    scheme: str
    language: str


LOOKS = {"desk": Look(1440, 900, "light", "en"), "phone": Look(390, 844, "dark", "zh-CN")}


def test_every_address_is_a_page_here_or_said_to_be_none() -> None:
    known = {name for name in named(get_resolver().url_patterns) if not name.startswith("api-") or name == "api-docs"}
    assert known - names() - NO_PAGES.keys() - {"api-schema"} == set()
    assert not names() & NO_PAGES.keys()


def context_of(browser: Browser, server: LiveServer, who: str, look: Look) -> BrowserContext:
    context = browser.new_context(
        base_url=server.url, viewport={"width": look.width, "height": look.height}, locale=look.language,
        color_scheme=look.scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )  # fmt: skip
    cookies = visitor(who).cookies
    context.add_cookies([{"name": key, "value": morsel.value, "url": server.url} for key, morsel in cookies.items()])
    if who == "owner":
        membership_grant(user=User.objects.get(username=who), kind="anchor", subject_id="a1", role="owner")
    return context


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("area", AREAS)
def test_no_page_shuts_anybody_out(browser: Browser, live_server: LiveServer, area: str, look: str) -> None:
    addresses = places.build()
    context = context_of(browser, live_server, AREAS[area].who, LOOKS[look])
    page = context.new_page()
    wrong = [told for name in AREAS[area].pages for told in judged(page, name, path_of(name, addresses))]
    context.close()
    assert wrong == []


EXPLAINED = ("", "why/", "simulator/", "metrics/", "metric/late_dispatch/", "metric/dispatch_time/")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_nor_do_those_that_explain_a_star(browser: Browser, live_server: LiveServer, look: str) -> None:
    explained_night.publish()
    explained_night.rating(3)
    context = context_of(browser, live_server, "owner", LOOKS[look])
    membership_grant(user=User.objects.get(username="owner"), kind="store", subject_id="s00003", role="owner")
    page = context.new_page()
    wrong = [told for part in EXPLAINED for told in judged(page, part, f"/portal/{part}stores/s00003")]
    context.close()
    assert wrong == []


def judged(page: Page, name: str, path: str) -> list[str]:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status < 500, name
    if name == "api-docs":
        page.wait_for_selector(".opblock")
    found = Axe().run(page, options=RULES).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wrong = [_told(name, one) for one in found if one["impact"] in GRAVE]
    return [*wrong, f"{name}: {wide} pixels wider than the screen"] if wide > 0 else wrong


def _told(name: str, violation: dict) -> str:
    nodes = "; ".join(" ".join(map(str, node["target"])) for node in violation["nodes"][:4])
    return f"{name}: {violation['id']} ({violation['impact']}): {nodes}"
