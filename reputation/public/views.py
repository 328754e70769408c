"""Pages that anyone may read. They keep no session and show nothing that is private to anyone."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.governance.publicity import sanctions_of
from reputation.public import front
from reputation.public.badge import badge
from reputation.public.conditional import CACHE_CONTROL, etag_of, not_modified, stamped
from reputation.public.filters import SEARCH_CHARACTERS
from reputation.public.measured import measured, scale_change
from reputation.public.pages import market_part, rating_part, sold_part
from reputation.ratings import selectors
from reputation.ratings.models import Rating, State
from reputation.ratings.search import Wanted, find
from reputation.ratings.selectors import RatingRow, Shown
from reputation.ratings.svg import columns
from reputation.ratings.wording import aspect_name, exclusion_name
from reputation.subjects.models import Anchor, Store
from reputation.subjects.services import MODELS
from scoring.metrics import ASPECTS, CATALOGUE, EXCLUSION_REASONS

PAGE_ROWS = 20
FIRST_ROWS = {"store": 8, "anchor": 4}
ROBOTS = "User-agent: *\nDisallow: /portal/\nDisallow: /console/\nDisallow: /accounts/\nDisallow: /q/\n"


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    response = render(request, f"public/{template}", context, status=status)
    response.headers["Cache-Control"] = CACHE_CONTROL
    return response


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
    return _page(request, "home.html", context)


def _results(request: HttpRequest, shown: Shown, text: str, kind: str) -> HttpResponse:
    if kind not in MODELS:
        found = [(one, *_first(shown, one, text)) for one in FIRST_ROWS]
        return _page(request, "results.html", {"shown": shown, "text": text, "found": found})
    page = _rows(request, find(shown.night, kind, Wanted(search=text)))
    return _page(request, "results.html", {"shown": shown, "text": text, "kind": kind, "page": page})


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
    return _page(request, "category.html", {"shown": shown, "name": name, "page": page})


@require_safe
def subject(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    shown = selectors.shown()
    row = _rating(shown, kind, subject_id)
    known = None if "\0" in subject_id else MODELS[kind].objects.filter(pk=subject_id, retracted=False).first()
    if row is None and known is None:
        raise Http404
    context = {
        "shown": shown,
        "kind": kind,
        "subject_id": subject_id,
        "name": row.name if row else str(known),
        "rating": row and rating_part(row, shown),
        "sold": row and sold_part(row),
        "sanctions": sanctions_of(kind, subject_id),
        **_from_subject(known),
    }
    return _page(request, "subject.html", context)


def _rating(shown: Shown, kind: str, subject_id: str) -> RatingRow | None:
    if shown.night is None or "\0" in subject_id:
        return None
    return selectors.rating_row(shown.night, kind, subject_id)


def _from_subject(known: Store | Anchor | None) -> dict[str, Any]:
    """What a platform tells about a subject and anyone may know; never who owns it."""
    return {
        "terms": getattr(known, "after_sales_terms", None),
        "opened_on": getattr(known, "opened_on", None),
        "followers": getattr(known, "followers", None),
    }


@require_safe
def how_ratings_work(request: HttpRequest) -> HttpResponse:
    shown = selectors.shown()
    context: dict[str, Any] = {
        "metrics": _metrics(),
        "exclusions": [exclusion_name(reason) for reason in EXCLUSION_REASONS],
    }
    if shown.night is not None:
        context["states"] = _states(front.front(shown))
        context["night"] = night = selectors.night_figures(shown.night)
        context["measured"] = measured(night.figures, "store")
        context["scale_change"] = scale_change(shown.night, night.figures)
        context["spread"] = columns(front.spread(shown), _("Rated stores by stars"))
    return _page(request, "how_ratings_work.html", context)


def _metrics() -> list[tuple[str, list[tuple[str, str]]]]:
    chinese = (get_language() or "").startswith("zh")
    return [
        (
            aspect_name(aspect) if aspect else _("All together"),
            [(m.label_zh if chinese else m.label_en, _(m.definition)) for m in CATALOGUE if m.aspect == aspect],
        )
        for aspect in (None, *ASPECTS)
    ]


def _states(figures: front.Front) -> list[tuple[str, int, int]]:
    names = {
        State.RATED: _("Rated"),
        State.FEW_ORDERS: _("Too few orders"),
        State.NEW: _("New"),
        State.WITHHELD: _("Withheld"),
    }
    return [(name, figures.count("store", state), figures.count("anchor", state)) for state, name in names.items()]


@require_safe
def badge_svg(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    shown = selectors.shown()
    etag = etag_of(request, shown)
    if (held := not_modified(request, etag)) is not None:
        return held
    if (row := _rating(shown, kind, subject_id)) is None:
        raise Http404
    response = stamped(HttpResponse(badge(row), content_type="image/svg+xml; charset=utf-8"), etag)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return _page(request, "api_docs.html", {})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(ROBOTS, content_type="text/plain")


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Programs get a problem document, people a page."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": _("Not found"), "status": 404, "detail": _("No such address.")}
        return JsonResponse(problem, status=404, content_type="application/problem+json")
    return render(request, "404.html", status=404)
