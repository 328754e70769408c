"""Appeals of a subject's own people: filed, followed, taken back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reputation.governance.appeals.selectors import appeal_possible
from reputation.governance.appeals.services import LONGEST_TEXT, answer_read, appeal_file, appeal_withdraw
from reputation.governance.appeals.staying import may_stay
from reputation.governance.appeals.units import units_told
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.files import MOST_FILES, attachment_of_member, attachment_response
from reputation.governance.models import Action, Appeal, Attachment
from reputation.portal import choosing, notices
from reputation.portal.access import members_only
from reputation.portal.notices_views import own_or_404


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def create(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; a search in it keeps what was written and ticked, an error too."""
    action = own_or_404(request, pk)
    wrong: list[str] = []
    if request.method == "POST" and not choosing.looks_on(request):
        try:
            return redirect("portal:appeal", pk=_filed(request, action).pk)
        except ValidationError as error:
            wrong = error.messages
    refused = appeal_possible(action, request.user)  # type: ignore[arg-type]
    return render(
        request, "portal/appeal_new.html", _form(request, action, refused, wrong), status=409 if refused else 200
    )


def _filed(request: HttpRequest, action: Action) -> Appeal:
    appeal = appeal_file(
        action=action,
        by=request.user,
        text=request.POST.get("text", ""),
        units=[unit for unit, _ground in choosing.ticked(request.POST)],
        files=request.FILES.getlist("files"),
    )
    messages.success(request, _("Your appeal is filed."))
    return appeal


def _form(request: HttpRequest, action: Action, refused: str, wrong: list[str]) -> dict[str, Any]:
    data = choosing.looked(request.POST) if choosing.looks_on(request) else request.POST
    return {
        "action": action,
        "label": notices.label(action),
        "refused": refused,
        "wrong": wrong,
        "text": request.POST.get("text", ""),
        "choice": choosing.choice(action.kind, action.subject_id, data),
        "last_day": appeal_window_ends(action),
        "stays": may_stay(action),
        "longest": LONGEST_TEXT,
        "most_files": MOST_FILES,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    appeal = _own_or_404(request, pk)
    if request.method == "POST":
        try:
            appeal_withdraw(appeal=appeal, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("Your appeal is withdrawn."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("portal:appeal", pk=pk)
    answer_read(appeal=appeal)
    action = appeal.action
    context = {
        "appeal": appeal,
        "action": action,
        "label": notices.label(action),
        "disputed": units_told(action.kind, action.subject_id, appeal.units),
        "set_aside": len(appeal.excluded),
        "correction": getattr(appeal, "correction", None),
        "files": appeal.files.order_by("id").defer("content"),
    }
    return render(request, "portal/appeal.html", context)


def _own_or_404(request: HttpRequest, pk: int) -> Appeal:
    found = Appeal.objects.filter(pk=pk, action__in=notices.own(request.user)).select_related("action", "correction")
    if (appeal := found.first()) is None:
        raise Http404
    return appeal


@require_safe
@members_only
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    found = Attachment.objects.filter(pk=pk).first()
    if found is None or not attachment_of_member(found, request.user):  # type: ignore[arg-type]
        raise Http404
    return attachment_response(found)
