"""Pages that anyone may read. They keep no session and show nothing that is private to anyone."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.public import front
from reputation.public.conditional import cached_page
from reputation.public.lists import (
    FIRST_ROWS,
    category_headline,
    found_of_both,
    orders,
    paged,
    states,
    typed,
    wanted_of,
)
from reputation.public.metadata import metadata
from reputation.public.pages import market_part
from reputation.ratings import selectors
from reputation.ratings.search import Wanted, find
from reputation.ratings.selectors import Shown
from reputation.ratings.svg import columns
from reputation.subjects.services import MODELS


@require_safe
def front_page(request: HttpRequest) -> HttpResponse:
    shown = selectors.shown()
    text = typed(request)
    kind = request.GET.get("kind", "")
    if shown.night is not None and (text or kind in MODELS):
        return _results(request, shown, text, kind)
    figures = front.front(shown)
    context = {"shown": shown, "front": figures, "text": text, "more": figures.names[len(figures.tops) :]}
    context["counts"] = {one: figures.count(one) for one in MODELS}
    about = _("See how often orders go wrong, and whose doing it was, for every store and live-stream host.")
    context["meta"] = metadata(request, reverse("front"), _("Can you trust this store?"), about)
    if figures.expected is not None:
        context["market"] = market_part(figures.expected, figures.all_causes)
    return cached_page(request, "home.html", context)


def _results(request: HttpRequest, shown: Shown, text: str, kind: str) -> HttpResponse:
    context: dict[str, Any] = {"shown": shown, "text": text, "kind": kind}
    if kind in MODELS:
        found = find(shown, kind, Wanted(search=text))
        context |= {"page": paged(request, found), "found": found}
    else:
        parts = found_of_both(shown, text, FIRST_ROWS)
        context |= {"parts": parts, "nothing": not any(part.count for part in parts)}
        context["found"] = max(parts, key=lambda part: part.count)
    return cached_page(request, "results.html", context)


@require_safe
def category(request: HttpRequest, name: str) -> HttpResponse:
    shown = selectors.shown()
    figures = None if shown.night is None or "\0" in name else front.category_figures(shown, name)
    if figures is None or not name:
        raise Http404
    wanted, here, order = wanted_of(request, name)
    context = {
        "shown": shown, "name": name, "here": here, "order": order, "states": states(figures, here),
        "page": paged(request, find(shown, "store", wanted)), "orders": orders(order), "figures": figures,
        "spread": columns(figures.halves, _("Rated stores by stars")) if figures.at_least(1) else None,
    }  # fmt: skip
    told = "" if figures.expected is None else category_headline(figures.expected, figures.all_causes)
    context |= {"headline": told, "meta": metadata(request, reverse("category", args=[name]), capfirst(name), told)}
    return cached_page(request, "category.html", context)


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return cached_page(request, "api_docs.html", {})


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Programs get a problem document, people a page."""
    if request.path_info.startswith("/api/"):
        problem = {"type": "about:blank", "title": _("Not found"), "status": 404, "detail": _("No such address.")}
        return JsonResponse(problem, status=404, content_type="application/problem+json")
    return render(request, "404.html", status=404)
