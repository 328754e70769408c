from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reputation.console import selectors
from reputation.console.access import staff_only
from reputation.console.labels import KINDS


@staff_only
def status(request: HttpRequest) -> HttpResponse:
    kinds = [(KINDS.get(found.kind, found.kind), found) for found in selectors.feed_kinds()]
    return render(request, "console/feed.html", {"kinds": kinds})
