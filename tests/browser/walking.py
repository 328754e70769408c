"""What journeys share: people who read another language, their screens, and signing in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation
from django.utils.translation import gettext, ngettext
from playwright.sync_api import Browser, Page, expect

PASSWORD = "a long enough phrase"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
LOCALES = {"en": "en-GB", "zh-hans": "zh-CN"}


class Words:
    """The project's own words as somebody reads them. They come from its catalogue, so a label that is no longer used
    finds nothing on the page."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, text: str, **values: object) -> str:
        with translation.override(self.language):
            return gettext(text) % values if values else gettext(text)

    def many(self, one: str, more: str, n: int) -> str:
        with translation.override(self.language):
            return ngettext(one, more, n)


@contextmanager
def reader(browser: Browser, address: str, language: str, size: dict[str, int], scheme: str) -> Iterator[Page]:
    """Somebody's browser. At its end nothing may have gone wrong in the console."""
    context = browser.new_context(
        base_url=address, viewport=size, locale=LOCALES[language], color_scheme=scheme,  # type: ignore[arg-type]
        permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    page, complaints = context.new_page(), []
    page.set_default_timeout(20_000)
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def signed_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, page.url


def headed(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(text)
    fits(page)
