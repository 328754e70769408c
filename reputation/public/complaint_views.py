"""One complaint as whoever has its code follows it: what was said, what comes next, more to say, withdrawing."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from reputation.governance.actions.drafts import subject_known
from reputation.governance.files import MOST_FILES, attachment_response
from reputation.intake.complaints import complaint_reply, complaint_withdraw
from reputation.intake.messages import LONGEST_TEXT
from reputation.intake.models import Case, File, Message
from reputation.intake.selectors import DAYS_TO_ANSWER, answered, case_by_code, heard, messages_of
from reputation.intake.words import OUTCOMES, PROBLEMS
from reputation.public.anonymous import anonymous_form, too_often


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_form
def detail(request: HttpRequest, code: str) -> HttpResponse:
    case = _case_or_404(code)
    wrong: list[str] = []
    if request.method == "POST":
        if (stopped := too_often(request, "reply")) is not None:
            return stopped
        try:
            _sent(request, case)
            return redirect("complaint", code=code)
        except ValidationError as error:
            wrong = error.messages
    return render(request, "public/complaints/detail.html", _shown(request, case, code, wrong),
                  status=422 if wrong else 200)  # fmt: skip


@require_safe
@anonymous_form
def attachment(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    case = _case_or_404(code)
    file = File.objects.filter(pk=pk, message__in=_told(case)).first()
    if file is None:
        raise Http404
    return attachment_response(file)


def _case_or_404(code: str) -> Case:
    if (case := case_by_code(code)) is None:
        raise Http404
    return case


def _told(case: Case) -> list[Message]:
    """Both sides' words: those of the store or anchor that it is about, and nobody else's."""
    said = messages_of([case.complaint_id]).get(case.complaint_id, [])
    about = (case.kind, case.subject_id)
    return [one for one in said if one.author == Message.Author.COMPLAINANT or (one.kind, one.subject_id) == about]


def _sent(request: HttpRequest, case: Case) -> None:
    if request.POST.get("deed") == "withdraw":
        complaint_withdraw(case=case)
    else:
        complaint_reply(case=case, text=request.POST.get("text", ""), files=request.FILES.getlist("files"))


def _shown(request: HttpRequest, case: Case, code: str, wrong: list[str]) -> dict[str, Any]:
    return {
        "case": case, "code": code, "wrong": wrong, "text": request.POST.get("text", "") if wrong else "",
        "name": subject_known(case.kind, case.subject_id)[0], "problem": PROBLEMS.get(case.category, case.category),
        "messages": _told(case), "outcome": OUTCOMES.get(case.outcome, ""), "longest": LONGEST_TEXT,
        "due": case.opened_at and case.opened_at + DAYS_TO_ANSWER, "most_files": MOST_FILES,
        "spoken": answered(case), "heard": heard(case),
        "open": case.state in (Case.State.RECEIVED, Case.State.OPEN),
    }  # fmt: skip
