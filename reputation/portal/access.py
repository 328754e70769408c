from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from reputation.portal import selectors
from reputation.portal.selectors import Subject

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def members_only(view: View[P]) -> View[P]:
    """Strangers are asked to sign in; whoever acts for nobody is told so, with 403."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not selectors.memberships(request.user).exists():
            return render(request, "portal/no_subject.html", status=403)
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def subject_or_404(request: HttpRequest, kind: str, subject_id: str) -> Subject:
    """Another's subject and one that does not exist are the same answer."""
    if (found := selectors.subject(request.user, kind, subject_id)) is None:
        raise Http404
    return found
