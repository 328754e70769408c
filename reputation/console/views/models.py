from datetime import date, timedelta
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from reputation.console import selectors
from reputation.console.access import staff_only
from reputation.console.labels import TERM_REASONS
from reputation.console.verdicts import judged, shifted
from reputation.ratings import registry
from reputation.ratings.models import StarModelRecord
from reputation.ratings.registry import Entry, Span

PAGE = 15
TIMELINE_DAYS = 120
TIMELINE_ROWS = 12


class Stretch(NamedTuple):
    """A row of the timeline: where its bar begins and how long it is, of 100 units."""

    span: Span
    last: date
    nights: int
    left: str
    width: str


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    page = Paginator(registry.models_list(), PAGE).get_page(request.GET.get("page"))
    spans = registry.spans()
    newest = selectors.newest_publication()
    standing = registry.terms().last()
    context = {
        "page": page,
        "rows": [(entry, judged(entry.model.gate)) for entry in page],
        "standing": standing,
        "pinned": standing if standing and standing.reason == registry.Reason.ROLLBACK else None,
        "timeline": timeline(spans, newest) if newest else [],
        "newest": newest,
        "drift": selectors.newest_drift(),
    }
    if context["drift"]:
        context["shifts"] = shifted(context["drift"].results["drift"])
    return render(request, "console/models.html", context)


@staff_only
def detail(request: HttpRequest, name: str) -> HttpResponse:
    model = get_object_or_404(StarModelRecord.objects.defer("artefacts"), name=name)
    standing = registry.terms().last()
    terms = [(term, TERM_REASONS[term.reason]) for term in registry.terms().filter(model=model)]
    context = {
        "entry": Entry(
            model,
            [span for span in registry.spans() if span.model == name],
            champion=bool(standing) and standing.model_id == model.id,
        ),
        "verdicts": judged(model.gate),
        "terms": terms,
    }
    return render(request, "console/model.html", context)


def timeline(spans: list[Span], newest: date) -> list[Stretch]:
    """The newest stretches first, on an axis that ends with the newest night."""
    first = max(spans[0].since, newest - timedelta(days=TIMELINE_DAYS - 1))
    nights = (newest - first).days + 1
    shown = [span for span in spans if (span.until or newest) >= first][-TIMELINE_ROWS:]
    return [_stretch(span, first, span.until or newest, nights) for span in reversed(shown)]


def _stretch(span: Span, first: date, last: date, nights: int) -> Stretch:
    since = max(span.since, first)
    left, length = 100 * (since - first).days / nights, 100 * ((last - since).days + 1) / nights
    return Stretch(span, last, (last - span.since).days + 1, f"{min(left, 99):.2f}", f"{max(length, 1):.2f}")
