"""Sanctions and their statements of reasons, as the subject's own people read them."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from reputation.governance.appeals.selectors import appeal_possible
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Action
from reputation.governance.notices import notice_read
from reputation.portal import notices
from reputation.portal.access import filtered, members_only

PAGE = 20
SHOWN = ("", "unread", "in_force")


@require_safe
@members_only
def listing(request: HttpRequest) -> HttpResponse:
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    subject = filtered(request)
    rows = notices.listed(request.user, shown, **(subject.key if subject else {}))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "lines": notices.lines(list(page)), "shown": shown, "subject": subject}
    return render(request, "portal/notices.html", context)


@require_safe
@members_only
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    action = own_or_404(request, pk)
    told = notices.statements(action)
    unread = {one.notice.pk for one in told if one.notice.read_at is None}
    for one in told:
        notice_read(notice=one.notice, by=request.user)
    context = {
        "action": action,
        "label": notices.label(action),
        "latest": told[0],
        "earlier": told[1:],
        "unread": unread,
        "appeals": action.appeals.order_by("-id"),
        "refused": appeal_possible(action, request.user),
        "last_day": appeal_window_ends(action),
    }
    return render(request, "portal/notice.html", context)


def own_or_404(request: HttpRequest, pk: int) -> Action:
    """Another's action and one that does not exist are the same answer."""
    if (found := notices.own(request.user).filter(pk=pk).first()) is None:
        raise Http404
    return found
