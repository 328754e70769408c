"""The page of one store or anchor."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from reputation.governance.publicity import sanctions_of
from reputation.public.conditional import cached_page
from reputation.public.linked_data import subject_data
from reputation.public.metadata import metadata
from reputation.public.pages import RatingPart, rating_part, rating_shown, sold_part
from reputation.public.practices import PracticePart, practice_part
from reputation.ratings import selectors, wording
from reputation.ratings.models import State
from reputation.ratings.practices import practice_of
from reputation.ratings.selectors import RatingRow
from reputation.subjects.models import Anchor, Store
from reputation.subjects.services import MODELS


@require_safe
def subject(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    shown = selectors.shown()
    row = rating_shown(shown, kind, subject_id)
    known = None if "\0" in subject_id else MODELS[kind].objects.filter(pk=subject_id, retracted=False).first()
    if row is None and known is None:
        raise Http404
    name = (row.name if row else str(known)) or subject_id
    rating = row and rating_part(row, shown)
    practice = row and _practice(row)
    path = reverse(kind, args=[subject_id])
    context = {
        "shown": shown,
        "kind": kind,
        "subject_id": subject_id,
        "name": name,
        "rating": rating,
        "practice": practice,
        "sold": row and sold_part(row),
        "sanctions": sanctions_of(kind, subject_id),
        "meta": metadata(request, path, name, _description(rating)),
        "linked_data": subject_data(kind, name, path, row.category if row else "", practice and practice.answers),
        **_from_subject(known),
    }
    return cached_page(request, "subject.html", context)


def _practice(row: RatingRow) -> PracticePart | None:
    """Nothing while a person checks whether the evidence is genuine: it would be told as a fact here."""
    if row.state == State.WITHHELD:
        return None
    return practice_part(row.kind, practice_of(row.night, row.kind, row.subject_id))


def _description(rating: RatingPart | None) -> str:
    """One sentence for whoever finds the page elsewhere."""
    if rating is None:
        return ""
    return f"{wording.state_in_words(rating.row)}. {rating.headline}".strip()


def _from_subject(known: Store | Anchor | None) -> dict[str, Any]:
    """What a platform tells about a subject and anyone may know; never who owns it."""
    return {
        "terms": getattr(known, "after_sales_terms", None),
        "opened_on": getattr(known, "opened_on", None),
        "followers": getattr(known, "followers", None),
    }
