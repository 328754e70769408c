"""Pages that anyone may read. They keep no session and show nothing that is private to anyone."""


from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.public import front
from reputation.public.badge import badge
from reputation.public.conditional import cached_page, etag_of, not_modified, stamped
from reputation.public.filters import SEARCH_CHARACTERS
from reputation.public.pages import market_part, rating_shown
from reputation.ratings import selectors
from reputation.ratings.models import Rating
from reputation.ratings.search import Wanted, find
from reputation.ratings.selectors import RatingRow, Shown
from reputation.subjects.services import MODELS

PAGE_ROWS = 20
FIRST_ROWS = {"store": 8, "anchor": 4}
ROBOTS = "User-agent: *\nDisallow: /portal/\nDisallow: /console/\nDisallow: /accounts/\nDisallow: /q/\n"


@require_safe
def front_page(request: HttpRequest) -> HttpResponse:
    shown = selectors.shown()
    text = request.GET.get("q", "").strip()[:SEARCH_CHARACTERS]
    kind = request.GET.get("kind", "")
    if shown.night is not None and (text or kind in MODELS):
        return _results(request, shown, text, kind)
    figures = front.front(shown)
    context = {"shown": shown, "front": figures, "text": text, "more": figures.names[len(figures.tops) :]}
    context["counts"] = {one: figures.count(one) for one in MODELS}
    if figures.expected is not None:
        context["market"] = market_part(figures.expected, figures.all_causes)
    return cached_page(request, "home.html", context)


def _results(request: HttpRequest, shown: Shown, text: str, kind: str) -> HttpResponse:
    if kind not in MODELS:
        found = [(one, *_first(shown, one, text)) for one in FIRST_ROWS]
        return cached_page(request, "results.html", {"shown": shown, "text": text, "found": found})
    page = _rows(request, find(shown.night, kind, Wanted(search=text)))
    return cached_page(request, "results.html", {"shown": shown, "text": text, "kind": kind, "page": page})


def _first(shown: Shown, kind: str, text: str) -> tuple[list[RatingRow], int]:
    found = find(shown.night, kind, Wanted(search=text))
    rows = found.values_list(*RatingRow._fields)[: FIRST_ROWS[kind]]
    return [RatingRow(*row) for row in rows], found.count()


def _rows(request: HttpRequest, found: QuerySet[Rating]) -> Page:
    page = Paginator(found.values_list(*RatingRow._fields), PAGE_ROWS).get_page(request.GET.get("page", "1")[:9])
    page.object_list = [RatingRow(*row) for row in page.object_list]
    return page


@require_safe
def category(request: HttpRequest, name: str) -> HttpResponse:
    shown = selectors.shown()
    known = [] if shown.night is None or "\0" in name else front.front(shown).names
    if name not in known:
        raise Http404
    page = _rows(request, find(shown.night, "store", Wanted(category=name, min_stars=front.RATED)))
    return cached_page(request, "category.html", {"shown": shown, "name": name, "page": page})


@require_safe
def badge_svg(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    shown = selectors.shown()
    etag = etag_of(request, shown)
    if (held := not_modified(request, etag)) is not None:
        return held
    if (row := rating_shown(shown, kind, subject_id)) is None:
        raise Http404
    response = stamped(HttpResponse(badge(row), content_type="image/svg+xml; charset=utf-8"), etag)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return cached_page(request, "api_docs.html", {})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Programs get a problem document, people a page."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": _("Not found"), "status": 404, "detail": _("No such address.")}
        return JsonResponse(problem, status=404, content_type="application/problem+json")
    return render(request, "404.html", status=404)
