"""The page that sets two or three stores, or anchors, side by side. What is compared stands in its address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.public.comparing import lines, ranged, verdicts
from reputation.public.conditional import cached_page
from reputation.public.lists import typed
from reputation.ratings import selectors
from reputation.ratings.search import Wanted, find, rating_rows
from reputation.ratings.selectors import RatingRow, Shown
from reputation.subjects.services import MODELS

MOST = 3
OFFERED = 8


@dataclass(frozen=True)
class Chosen:
    """What an address asks to compare. `refused`: why not all of it is shown."""

    kind: str
    ids: list[str]
    refused: str = ""


def chosen(request: HttpRequest) -> Chosen:
    asked = {kind: [one for one in dict.fromkeys(request.GET.getlist(kind)) if one] for kind in MODELS}
    kinds = [kind for kind, ids in asked.items() if ids]
    if not kinds:
        wanted = request.GET.get("kind", "")
        return Chosen(wanted if wanted in MODELS else "store", [])
    kind, ids = kinds[0], asked[kinds[0]]
    if len(kinds) > 1:
        refused = _("Stores and anchors are rated by different things. Only one kind can be compared at a time.")
    elif len(ids) > MOST:
        refused = _("At most three can be compared side by side. These are the first three.")
    else:
        refused = ""
    return Chosen(kind, ids[:MOST], refused)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    shown, asked = selectors.shown(), chosen(request)
    known = [one for one in asked.ids if "\0" not in one]
    rows = rating_rows(shown.night, asked.kind, known) if shown.night is not None else []
    found = {row.subject_id for row in rows}
    context = {
        "shown": shown, "kind": asked.kind, "refused": asked.refused, "rows": _columns(asked.kind, rows),
        "unknown": [one for one in asked.ids if one not in found], "text": typed(request),
        "offered": _offered(request, shown, asked, rows), "room": len(rows) < MOST, "ids": [*found],
        **(_compared(asked.kind, rows) if len(rows) > 1 else {}),
    }  # fmt: skip
    return cached_page(request, "compare.html", context, status=_status(shown, asked, context["unknown"]))


def _status(shown: Shown, asked: Chosen, unknown: Sequence[str]) -> int:
    if unknown and shown.night is not None:
        return 404
    return 400 if asked.refused else 200


def _compared(kind: str, rows: Sequence[RatingRow]) -> dict[str, Any]:
    return {
        "lines": lines(kind, rows),
        "verdicts": verdicts(rows),
        "unrated": [row for row in rows if not ranged(row)],
        "mixed": len({row.category for row in rows}) > 1,
    }


def _columns(kind: str, rows: Sequence[RatingRow]) -> list[tuple[RatingRow, str]]:
    """Each with the address of the comparison without it."""
    ids = [row.subject_id for row in rows]
    return [(row, _address(kind, [one for one in ids if one != row.subject_id])) for row in rows]


def _address(kind: str, ids: Sequence[str]) -> str:
    query = [(kind, one) for one in ids] or [("kind", kind)]
    return f"{reverse('compare')}?{urlencode(query)}"


def _offered(
    request: HttpRequest, shown: Shown, asked: Chosen, rows: Sequence[RatingRow]
) -> list[tuple[RatingRow, str]]:
    """Whom one may add: what was searched for, or the best of the same category."""
    if shown.night is None or not (len(rows) < MOST):
        return []
    ids = [row.subject_id for row in rows]
    text = typed(request)
    wanted = Wanted(search=text) if text else Wanted(category=rows[0].category if rows else "", min_stars=1)
    others = [row for row in find(shown, asked.kind, wanted)[: OFFERED + MOST] if row.subject_id not in ids]
    return [(row, _address(asked.kind, [*ids, row.subject_id])) for row in others[:OFFERED]]
