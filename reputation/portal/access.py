from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from reputation.inbox.services import language_seen
from reputation.portal import selectors
from reputation.portal.selectors import Subject

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
LANGUAGE = "portal_language"  # in the session: in which the portal was read last
LAST = "portal_subject"  # in the session: whose pages were open last, for those that are about no single subject


class OwnersOnly(PermissionDenied):
    """Somebody who works for the subject wants what only its owners may do."""

    def __init__(self, subject: Subject) -> None:
        super().__init__()
        self.subject = subject


def members_only(view: View[P]) -> View[P]:
    """Strangers are asked to sign in; whoever acts for nobody is told so, with 403, and so is who is no owner where
    only owners may."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not selectors.memberships(request.user).exists():
            return render(request, "portal/no_subject.html", status=403)
        _language_kept(request)
        try:
            return view(request, *args, **kwargs)
        except OwnersOnly as refused:
            return render(request, "portal/owners_only.html", {"subject": refused.subject}, status=403)

    return never_cache(guarded)


def _language_kept(request: HttpRequest) -> None:
    """For the mails; written down when it changes."""
    if request.session.get(LANGUAGE) != request.LANGUAGE_CODE:
        language_seen(user=request.user, language=request.LANGUAGE_CODE)
        request.session[LANGUAGE] = request.LANGUAGE_CODE


def subject_or_404(request: HttpRequest, kind: str, subject_id: str) -> Subject:
    """Another's subject and one that does not exist are the same answer."""
    if (found := selectors.subject(request.user, kind, subject_id)) is None:
        raise Http404
    if request.session.get(LAST) != [kind, subject_id]:
        request.session[LAST] = [kind, subject_id]
    return found


def owned_or_refused(request: HttpRequest, kind: str, subject_id: str) -> Subject:
    """As subject_or_404, for what only owners may do; others who act for the subject are told so, with 403."""
    found = subject_or_404(request, kind, subject_id)
    if found.role != "owner":
        raise OwnersOnly(found)
    return found


def filtered(request: HttpRequest) -> Subject | None:
    """The subject that a list is narrowed to by `?of=store/ID`; None: all of the member's."""
    kind, slash, subject_id = request.GET.get("of", "").partition("/")
    return subject_or_404(request, kind, subject_id) if slash else None
