"""What search engines are told: every page of what the shown night has published, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.contrib.sitemaps.views import SitemapIndexItem
from django.contrib.sitemaps.views import sitemap as section_view
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from reputation.public import front
from reputation.public.conditional import CACHE_CONTROL
from reputation.public.metadata import absolute, alternates
from reputation.ratings import selectors
from reputation.subjects.models import SubjectKind

PAGE_ADDRESSES = 5000  # 50,000 is the format's limit; so many are written in a fraction of a second
HIDDEN = ("/portal/", "/console/", "/accounts/", "/q/", "/complaints/", "/embed/")


class Pages(Sitemap):
    """Pages that are there anyhow, and those of the night's categories."""

    limit = PAGE_ADDRESSES

    def __init__(self) -> None:
        self.shown = selectors.shown()
        self.lastmod: date | None = self.shown.night
        self.protocol = urlsplit(settings.PUBLIC_URL).scheme

    def get_domain(self, site: Any = None) -> str:
        return urlsplit(settings.PUBLIC_URL).netloc

    def get_latest_lastmod(self) -> date | None:
        return self.lastmod

    def items(self) -> Sequence[str]:
        fixed = [
            reverse(name)
            for name in ("front", "how-ratings-work", "how-ratings-work-changes", "sanctions", "badge", "api-docs")
        ]
        names = front.front(self.shown).names if self.shown.night else []
        return fixed + [reverse("category", args=[name]) for name in names]

    def location(self, item: str) -> str:
        return item

    def _urls(self, page: int | str, protocol: str, domain: str) -> list[dict[str, Any]]:
        """With each page's addresses in our languages, which differ by `?lang` alone."""
        urls: list[dict[str, Any]] = super()._urls(page, protocol, domain)
        for url in urls:
            found = alternates(self.location(url["item"]))
            url["alternates"] = [{"lang_code": tag, "location": address} for tag, address in found]
        return urls


class Subjects(Pages):
    kind: str

    def items(self) -> Any:
        if self.shown.night is None:
            return []
        rows = selectors.ratings(self.shown.night, self.kind).exclude(subject_id="")
        return rows.order_by("subject_id").values_list("subject_id", flat=True)

    def location(self, item: str) -> str:
        return reverse(self.kind, args=[item])


class Stores(Subjects):
    kind = SubjectKind.STORE


class Anchors(Subjects):
    kind = SubjectKind.ANCHOR


SECTIONS: dict[str, type[Pages]] = {"pages": Pages, "stores": Stores, "anchors": Anchors}


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    places = [item for name, made in SECTIONS.items() for item in _parts(name, made())]
    response = render(request, "sitemap_index.xml", {"sitemaps": places}, content_type="application/xml")
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


def _parts(name: str, section: Pages) -> list[SitemapIndexItem]:
    address = absolute(reverse("sitemap-section", args=[name]))
    pages: Paginator = section.paginator
    others = [f"{address}?p={number}" for number in range(2, pages.num_pages + 1)]
    return [SitemapIndexItem(one, section.lastmod) for one in (address, *others)]


@require_safe
def section(request: HttpRequest, name: str) -> HttpResponse:
    response = section_view(request, SECTIONS, section=name)
    response.headers["Cache-Control"] = CACHE_CONTROL
    del response.headers["X-Robots-Tag"]
    return response


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in HIDDEN), "", f"Sitemap: {absolute(reverse('sitemap'))}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")
