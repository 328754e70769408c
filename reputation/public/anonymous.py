"""Forms of people without an account: no session, no cookie, nothing kept on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from reputation.base.callers import caller_address
from reputation.governance.files import MOST_BYTES, MOST_FILES
from reputation.intake.limits import within_limit

MOST_SENT = MOST_FILES * MOST_BYTES + 1024 * 1024  # bytes of a form with all that it may carry
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def anonymous_form(view: View[P]) -> View[P]:
    """Without a session there is nobody to act for, so a token in a cookie would guard nothing. What is guarded is
    that no other site has its visitors send our forms: browsers say where a form comes from. What is far too large is
    refused unread."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST" and _foreign(request):
            why = _("This was sent from another site. Open the page here and send it from there.")
            return _refused(request, _("Not taken"), why, 403)
        if _too_large(request):
            return _refused(request, _("Not taken"), _("The files are too large: five of 5 MB at most."), 413)
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(never_cache(guarded))


def too_often(request: HttpRequest, what: str) -> HttpResponse | None:
    """What to answer a caller who has sent too much in this hour."""
    if within_limit(what, caller_address(request)):
        return None
    why = _("You have sent a lot within an hour. Wait a while, then send it again.")
    response = _refused(request, _("Too often"), why, 429)
    response.headers["Retry-After"] = "3600"
    return response


def _refused(request: HttpRequest, title: str, why: str, status: int) -> HttpResponse:
    return render(request, "public/complaints/refused.html", {"refused": title, "why": why}, status=status)


def _too_large(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length) > MOST_SENT


def _foreign(request: HttpRequest) -> bool:
    """Programs say nothing of it; they could say what they like."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    public = urlsplit(settings.PUBLIC_URL)
    return origin not in (f"{request.scheme}://{request.get_host()}", f"{public.scheme}://{public.netloc}")
