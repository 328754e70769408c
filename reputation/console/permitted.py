from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from reputation.console.access import staff_only

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def permitted(permission: str) -> Callable[[View[P]], View[P]]:
    """Staff with this permission of Django's, by their account or a group; superusers have every one."""

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.has_perm(permission):
                return not_permitted(request)
            return view(request, *args, **kwargs)

        return staff_only(guarded)

    return guard


def not_permitted(request: HttpRequest) -> HttpResponse:
    return render(request, "console/not_permitted.html", status=403)
