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
from reputation.intake.limits import within_limit

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def anonymous_form(view: View[P]) -> View[P]:
    """Without a session there is nobody to act for, so a token in a cookie would guard nothing. What is guarded is
    that no other site has its visitors send our forms: browsers say where a form comes from."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.method == "POST" and _foreign(request):
            return render(request, "public/complaints/foreign.html", status=403)
        response = view(request, *args, **kwargs)
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return csrf_exempt(never_cache(guarded))


def _foreign(request: HttpRequest) -> bool:
    """Programs say nothing of it; they could say what they like."""
    origin = request.headers.get("Origin")
    if origin is None:
        return request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none")
    public = urlsplit(settings.PUBLIC_URL)
    return origin not in (f"{request.scheme}://{request.get_host()}", f"{public.scheme}://{public.netloc}")


def too_often(request: HttpRequest, what: str) -> HttpResponse | None:
    """What to answer a caller who has sent too much in this hour."""
    if within_limit(what, caller_address(request)):
        return None
    told = {"why": _("You have sent a lot within an hour. Wait a while, then send it again.")}
    response = render(request, "public/complaints/too_often.html", told, status=429)
    response.headers["Retry-After"] = "3600"
    return response
