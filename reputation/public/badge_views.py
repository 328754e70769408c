"""The badge as a picture, and the page where one picks what to put on one's own pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from csp.decorators import csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.public.badge import SIZES, STYLE_HASH, THEMES, Seen, badge
from reputation.public.conditional import cached_page, etag_of, not_modified, stamped
from reputation.public.metadata import Meta, absolute, metadata
from reputation.public.pages import rating_shown
from reputation.ratings import selectors
from reputation.ratings.selectors import Shown
from reputation.subjects.services import MODELS


@csp_update({"style-src": [STYLE_HASH]})
@require_safe
def badge_svg(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """?size= and ?theme= that we do not know are the usual ones: a picture is better than a hole in a page."""
    shown = selectors.shown()
    etag = etag_of(request, shown)
    if (held := not_modified(request, etag)) is not None:
        return held
    picture = badge(seen_or_404(shown, kind, subject_id), *_look(request))
    response = stamped(HttpResponse(picture, content_type="image/svg+xml; charset=utf-8"), etag)
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _look(request: HttpRequest) -> tuple[str, str]:
    size, theme = request.GET.get("size", ""), request.GET.get("theme", "")
    return size if size in SIZES else "medium", theme if theme in THEMES else "auto"


def seen_or_404(shown: Shown, kind: str, subject_id: str) -> Seen:
    """A subject that is rated, or known and not rated yet."""
    row = rating_shown(shown, kind, subject_id)
    if row is not None:
        return Seen(row.name or subject_id, row)
    known = None if "\0" in subject_id else MODELS[kind].objects.filter(pk=subject_id, retracted=False).first()
    if known is None:
        raise Http404
    return Seen(known.name or subject_id, None)


@dataclass(frozen=True)
class Piece:
    """Something to put on a page: what it looks like, and the code that one copies."""

    title: str
    code: str
    address: str
    width: int
    height: int
    framed: bool = False
    pictured: bool = True


@csp_update({"frame-src": ["'self'"]})
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Without a subject it asks for one; ids are on the subject's own page."""
    for kind in MODELS:
        if subject_id := request.GET.get(kind, "").strip():
            return _pieces(request, kind, subject_id)
    kind, subject_id = request.GET.get("kind", ""), request.GET.get("id", "").strip()
    if kind in MODELS and subject_id:
        return redirect(f"{reverse('badge')}?{urlencode({kind: subject_id})}")
    return cached_page(request, "badge.html", {"kinds": MODELS, "meta": _meta(request, reverse("badge"))})


def _meta(request: HttpRequest, path: str) -> Meta:
    return metadata(request, path, _("Badges"), _("A store's or anchor's rating for its own pages."))


def _pieces(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    theme = _look(request)[1]
    path = f"{reverse('badge')}?{urlencode({kind: subject_id})}"
    context = {"kind": kind, "kinds": MODELS, "subject_id": subject_id, "theme": theme, "themes": _themes()}
    try:
        seen = seen_or_404(selectors.shown(), kind, subject_id)
    except Http404:
        return cached_page(request, "badge.html", context | {"unknown": True, "meta": _meta(request, path)}, status=404)
    chosen = {"lang": request.LANGUAGE_CODE} | ({} if theme == "auto" else {"theme": theme})  # type: ignore[attr-defined]
    pieces = [*_badges(kind, subject_id, chosen, seen), *_cards(kind, subject_id, chosen)]
    return cached_page(
        request, "badge.html", context | {"name": seen.name, "pieces": pieces, "meta": _meta(request, path)}
    )


def _themes() -> list[tuple[str, str]]:
    return [("auto", _("As the reader's screen is")), ("light", _("Light")), ("dark", _("Dark"))]


def _badges(kind: str, subject_id: str, chosen: dict[str, str], seen: Seen) -> list[Piece]:
    titles: dict[str, Callable[[], str]] = {
        "small": lambda: _("Small badge"),
        "medium": lambda: _("Badge"),
        "large": lambda: _("Large badge"),
    }
    return [_badge(kind, subject_id, {"size": size} | chosen, seen, titles[size]()) for size in SIZES]


def _badge(kind: str, subject_id: str, query: dict[str, str], seen: Seen, title: str) -> Piece:
    path, area = f"{reverse(f'badge-{kind}', args=[subject_id])}?{urlencode(query)}", SIZES[query["size"]]
    code = format_html(
        '<a href="{}"><img src="{}" width="{}" height="{}" alt="{}"></a>',
        absolute(reverse(kind, args=[subject_id])), absolute(path), *area, _("Rating of %s") % seen.name,
    )  # fmt: skip
    return Piece(title, code, path, *area)


CARD = (360, 290)


def _cards(kind: str, subject_id: str, chosen: dict[str, str]) -> list[Piece]:
    path = f"{reverse(f'embed-{kind}', args=[subject_id])}?{urlencode(chosen)}"
    said = format_html_join("", ' data-{}="{}"', ({kind: subject_id} | chosen).items())
    script = format_html('<script src="{}"{} async></script>', absolute(f"{settings.STATIC_URL}embed.js"), said)
    frame = format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"></iframe>',
        absolute(path), _("Rating on Livestar"), *CARD,
    )  # fmt: skip
    return [
        Piece(_("Card, by one script tag"), script, path, *CARD, framed=True),
        Piece(_("Card, as a frame"), frame, path, *CARD, framed=True, pictured=False),  # it looks the same
    ]
