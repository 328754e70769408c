from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reputation.console.access import staff_only

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
_READS = ("GET", "HEAD", "OPTIONS")


def permitted(permission: str) -> Callable[[View[P]], View[P]]:
    """Staff with this permission of Django's, by their account or a group; superusers have every one."""
    return _guard(permission, reads_too=True)


def writes(permission: str) -> Callable[[View[P]], View[P]]:
    """All staff may read it; whatever changes something takes this permission."""
    return _guard(permission, reads_too=False)


def not_permitted(request: HttpRequest) -> HttpResponse:
    return render(request, "console/not_permitted.html", status=403)


def _guard(permission: str, *, reads_too: bool) -> Callable[[View[P]], View[P]]:
    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            asked = reads_too or request.method not in _READS
            if asked and not request.user.has_perm(permission):
                return not_permitted(request)
            return view(request, *args, **kwargs)

        return staff_only(guarded)

    return guard
