"""A rating as a small card that anybody may frame. It sets no cookie and works without a script."""

from __future__ import annotations

from csp.decorators import csp_replace
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from reputation.governance.publicity import sanctions_of
from reputation.public.badge import THEMES
from reputation.public.badge_views import seen_or_404
from reputation.public.conditional import etag_of, not_modified, stamped
from reputation.public.metadata import absolute
from reputation.ratings import selectors
from reputation.ratings.wording import between, headline


@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"], "form-action": ["'none'"]})
@require_safe
def card(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    shown = selectors.shown()
    etag = etag_of(request, shown)
    if (held := not_modified(request, etag)) is not None:
        return held
    theme = theme if (theme := request.GET.get("theme", "")) in THEMES else "auto"
    try:
        seen = seen_or_404(shown, kind, subject_id)
    except Http404:  # a card too: no page should show a broken frame for a subject that has gone
        return render(request, "public/embed.html", {"theme": theme, "address": absolute("/")}, status=404)
    rated = seen.row is not None and seen.row.stars is not None
    context = {
        "seen": seen,
        "theme": theme,
        "headline": headline(seen.row) if rated and seen.row else "",
        "between": between(seen.row) if rated and seen.row else "",
        "sanctions": len(sanctions_of(kind, subject_id)),
        "address": _address(request, kind, subject_id),
    }
    return stamped(render(request, "public/embed.html", context), etag)


def _address(request: HttpRequest, kind: str, subject_id: str) -> str:
    """The whole page, in the card's language; a frame's links lead out of it."""
    query = urlencode({"lang": request.LANGUAGE_CODE})  # type: ignore[attr-defined]
    return f"{absolute(reverse(kind, args=[subject_id]))}?{query}"
