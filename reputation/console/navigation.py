"""The console's pages in four groups: one line of groups, and below it the pages of the group one is in.

A page stands here only for those who may open it, and only once it has an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from django.contrib.auth.models import User
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Page(NamedTuple):
    name: str  # of its URL, within the console
    label: str | Promise
    permission: str = ""  # beside that of every page of the console
    below: tuple[str, ...] = ()  # beginnings of the names of pages that belong to it


class Group(NamedTuple):
    label: str | Promise
    pages: tuple[Page, ...]


GROUPS = (
    Group(
        pgettext_lazy("navigation", "Desk"),
        (
            Page("home", _("Overview")),
            Page("queue", _("Queue"), below=("queue_", "item", "batch", "attachment")),
            Page("complaints", _("Complaints"), below=("complaint",)),
            Page("actions", _("Actions"), below=("act",)),
            Page("subjects", pgettext_lazy("navigation", "Subjects"), below=("dossier",)),
        ),
    ),
    Group(
        pgettext_lazy("navigation", "Evidence"),
        (
            Page("feed", _("Feed")),
            Page("holds", _("Held evidence"), below=("hold",)),
            Page("rejected_rows", _("Rejected rows"), below=("rejected_row",)),
        ),
    ),
    Group(
        _("Ratings"),
        (
            Page("nights", _("Nights"), below=("night",)),
            Page("withheld", _("Withheld")),
            Page("corrections", _("Corrections")),
            Page("models", _("Models"), below=("model",)),
            Page("policies", _("Policies"), below=("polic",)),
        ),
    ),
    Group(
        _("Oversight"),
        (
            Page("workload", _("Workload"), "governance.view_desk"),
            Page("reports", _("Reports"), "governance.export_reports", below=("report",)),
            Page("inspector", _("Inspector"), "ratings.replay_rating", below=("inspection",)),
            Page("audit", _("Audit log"), "base.view_auditentry"),
            Page("webhooks", _("Webhooks"), "base.view_webhookendpoint", below=("webhook",)),
        ),
    ),
)


class Link(NamedTuple):
    label: str | Promise
    address: str
    here: bool


class Navigation(NamedTuple):
    groups: list[Link]  # each leads to its first page
    pages: list[Link]  # of the group that one is in


def navigation(user: User, here: str) -> Navigation:
    """`here`: the name of the URL that is open."""
    groups, pages = [], []
    for group in GROUPS:
        links = list(_links(group, user, here))
        inside = any(_is(page, here) for page in group.pages)
        if links:
            groups.append(Link(group.label, links[0].address, inside))
        if inside:
            pages = links
    return Navigation(groups, pages)


def _links(group: Group, user: User, here: str) -> Iterator[Link]:
    for page in group.pages:
        if page.permission and not user.has_perm(page.permission):
            continue
        try:
            address = reverse(f"console:{page.name}")
        except NoReverseMatch:
            continue
        yield Link(page.label, address, _is(page, here))


def _is(page: Page, here: str) -> bool:
    return here == page.name or here.startswith(page.below)
