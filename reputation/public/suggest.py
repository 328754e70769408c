"""What is offered while somebody types a name: a piece of a page, put under the field."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from reputation.public.conditional import cached_page
from reputation.public.lists import Part, found_of_both, typed
from reputation.ratings import selectors
from reputation.subjects.services import MODELS

ROWS = {"store": 5, "anchor": 3}
ROWS_OF_ONE = 8


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    shown, text, kind = selectors.shown(), typed(request), request.GET.get("kind", "")
    limits = {kind: ROWS_OF_ONE} if kind in MODELS else ROWS
    parts = found_of_both(shown, text, limits) if shown.night is not None and text else []
    context = {
        "text": text, "kind": kind if kind in MODELS else "", "asked": bool(parts), "meant": _meant(parts),
        "rows": [row for part in parts for row in part.rows], "count": sum(part.count for part in parts),
    }  # fmt: skip
    return cached_page(request, "_suggestions.html", context)


def _meant(parts: list[Part]) -> str:
    return next((part.meant for part in parts if part.near), "")
