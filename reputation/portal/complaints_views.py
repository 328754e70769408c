"""Complaints about one's own store or anchor: read, answered; never who complained."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reputation.evidence.models import Complaint
from reputation.governance.files import MOST_FILES, attachment_response
from reputation.intake import selectors
from reputation.intake.answers import complaint_answer
from reputation.intake.messages import LONGEST_TEXT
from reputation.intake.models import Case, File
from reputation.intake.words import OUTCOME_TAGS, OUTCOMES, category
from reputation.portal.access import members_only, subject_or_404

PAGE = 20
SHOWN = ("", "waiting", "open", "closed")
SEARCH_CHARACTERS = 128


@dataclass(frozen=True)
class Line:
    """A complaint in the list. `due`: until when an answer is in time; None where one was given or it is closed."""

    complaint: Complaint
    category: str
    outcome: str
    tag: str
    due: datetime | None
    late: bool
    days: int  # that are left, a begun one too


@require_safe
@members_only
def listing(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject = subject_or_404(request, kind, subject_id)
    shown = request.GET.get("show", "")
    shown = shown if shown in SHOWN else ""
    search = request.GET.get("search", "").replace("\0", "").strip()[:SEARCH_CHARACTERS]
    rows = selectors.listed(kind, subject_id, shown=shown, search=search)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "subject": subject, "page": page, "lines": [_line(one) for one in page], "shown": shown, "search": search,
        "waiting": selectors.complaints_waiting_count(kind, subject_id),
    }  # fmt: skip
    return render(request, "portal/complaints.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def detail(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject = subject_or_404(request, kind, subject_id)
    if not (wanted := request.GET.get("complaint", "")):
        return redirect("portal:complaints", kind, subject_id)
    complaint = _own_or_404(kind, subject_id, wanted)
    wrong: list[str] = []
    if request.method == "POST":
        try:
            _answer(request, complaint, kind, subject_id)
            return redirect(_address(kind, subject_id, complaint))
        except ValidationError as error:
            wrong = error.messages
    context = {"subject": subject, "wrong": wrong, "text": request.POST.get("text", "")}
    context |= _shown(complaint, kind, subject_id)
    return render(request, "portal/complaint.html", context)


@require_safe
@members_only
def attachment(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject_or_404(request, kind, subject_id)
    if not (about := request.GET.get("complaint", "")):
        return redirect("portal:complaints", kind, subject_id)
    complaint = _own_or_404(kind, subject_id, about)
    told = selectors.messages_for(kind, subject_id, [complaint.pk]).get(complaint.pk, [])
    wanted = request.GET.get("file", "")
    file = File.objects.filter(pk=wanted, message__in=told).first() if wanted.isdecimal() and len(wanted) < 18 else None
    if file is None:
        raise Http404
    return attachment_response(file)


def _own_or_404(kind: str, subject_id: str, complaint_id: str) -> Complaint:
    found = selectors.complaints_of(kind, subject_id).filter(pk=complaint_id) if "\0" not in complaint_id else None
    if found is None or (complaint := found.first()) is None:
        raise Http404
    return complaint


def _answer(request: HttpRequest, complaint: Complaint, kind: str, subject_id: str) -> None:
    done = complaint_answer(
        complaint_id=complaint.pk,
        kind=kind,
        subject_id=subject_id,
        by=request.user,  # type: ignore[arg-type]
        text=request.POST.get("text", ""),
        files=request.FILES.getlist("files"),
    )
    messages.success(request, _("Your answer is sent.") if done else _("You have said this before."))


def _address(kind: str, subject_id: str, complaint: Complaint) -> str:
    return f"{reverse('portal:complaint', args=[kind, subject_id])}?{urlencode({'complaint': complaint.pk})}"


def _shown(complaint: Complaint, kind: str, subject_id: str) -> dict[str, Any]:
    case = Case.objects.filter(complaint_id=complaint.pk, kind=kind, subject_id=subject_id).first()
    said = selectors.messages_for(kind, subject_id, [complaint.pk]).get(complaint.pk, [])
    return {
        "line": _line(complaint), "messages_of": said, "reason": case.reason if case else "",
        "here": case is not None, "first": not any(one.author == "complainant" for one in said),
        "open": complaint.outcome is None and complaint.closed_at is None,
        "longest": LONGEST_TEXT, "most_files": MOST_FILES,
    }  # fmt: skip


def _line(complaint: Complaint) -> Line:
    waits, due = selectors.waits(complaint), selectors.due(complaint)
    outcome = complaint.outcome or ""
    return Line(
        complaint=complaint,
        category=category(complaint.category),
        outcome=str(OUTCOMES.get(outcome, "")),
        tag=OUTCOME_TAGS.get(outcome, ""),
        due=due if waits else None,
        late=waits and selectors.overdue(complaint),
        days=selectors.days_left(complaint),
    )
