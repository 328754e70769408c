"""The console's navigation: a link for each page that one may open, and for no other."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from reputation.console.navigation import GROUPS, navigation
from tests.people import staff_member

pytestmark = pytest.mark.django_db
ROLES = ("analyst", "moderator", "senior", "auditor")
PAGES = [page for group in GROUPS for page in group.pages]


def signed_in(client: Client, *roles: str, **fields) -> User:
    user = staff_member("someone", *roles, **fields)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", ROLES)
def test_every_link_of_a_role_opens_and_every_page_without_a_link_is_refused(client: Client, role: str) -> None:
    user = signed_in(client, role)
    shown = {link.address for group in navigation(user, "home").groups for link in [group]}
    for group in GROUPS:
        shown |= {link.address for link in navigation(user, group.pages[0].name).pages}
    for page in PAGES:
        address = reverse(f"console:{page.name}")
        assert client.get(address).status_code == (200 if address in shown else 403), page.name


def test_a_superuser_sees_every_page(client: Client) -> None:
    user = signed_in(client, is_superuser=True)
    links = [link for group in GROUPS for link in navigation(user, group.pages[0].name).pages]
    assert len(links) == len(PAGES) >= 16


def test_every_page_of_the_console_stands_in_one_group(client: Client) -> None:
    """Else somebody is on a page and the navigation does not say where."""
    user = signed_in(client, is_superuser=True)
    names = [key for key in get_resolver("reputation.console.urls").reverse_dict if isinstance(key, str)]
    assert len(names) > 30
    for name in names:
        groups = [group for group in navigation(user, name).groups if group.here]
        pages = [link for link in navigation(user, name).pages if link.here]
        assert (len(groups), len(pages)) == (1, 1), name


def test_one_page_of_one_group_is_marked_as_where_one_is(client: Client) -> None:
    signed_in(client, "senior")
    page = unescape(client.get("/console/holds").content.decode())
    nav = re.search(r'<nav class="places".*?</nav>', page, re.S).group()
    assert re.findall(r'<a href="([^"]+)" aria-current="true">', nav) == ["/console/feed"]
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', nav) == ["/console/holds"]


def test_a_group_leads_to_its_first_page_that_one_may_open(client: Client) -> None:
    user = signed_in(client, "auditor")
    oversight = navigation(user, "home").groups[-1]
    assert oversight.address == reverse("console:workload")


def test_a_page_without_an_address_has_no_link(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from reputation.console import navigation as module

    def missing(name: str) -> str:
        if name == "console:queue":
            raise NoReverseMatch
        return reverse(name)

    monkeypatch.setattr(module, "reverse", missing)
    user = signed_in(client, "senior")
    assert "/console/queue" not in [link.address for link in navigation(user, "home").pages]


def test_the_links_are_in_chinese_too(client: Client) -> None:
    signed_in(client, "senior")
    page = client.get("/console/queue?lang=zh-hans").content.decode()
    for word in ("工作台", "待办队列", "店铺与主播", "监督"):
        assert word in page
