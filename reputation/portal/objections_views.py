"""Objections of a subject's own people: single incidents that are not its doing."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reputation.governance.appeals.services import LONGEST_TEXT
from reputation.governance.appeals.units import units_told
from reputation.governance.files import MOST_FILES
from reputation.governance.models import Objection, ObjectionLine
from reputation.governance.objections.grounds import GROUNDS, ground
from reputation.governance.objections.selectors import objections_counted, objections_open
from reputation.governance.objections.services import MOST_LINES, MOST_OPEN, objection_file, objection_withdraw
from reputation.portal import choosing, selectors
from reputation.portal.access import filtered, members_only, subject_or_404

PAGE = 20


def _own(request: HttpRequest) -> QuerySet[Objection]:
    mine = Q(pk__in=[])
    for membership in selectors.memberships(request.user):
        mine |= Q(kind=membership.kind, subject_id=membership.subject_id)
    return Objection.objects.filter(mine)


@require_safe
@members_only
def listing(request: HttpRequest) -> HttpResponse:
    subject = filtered(request)
    rows = _own(request).filter(**(subject.key if subject else {}))
    page = Paginator(objections_counted(rows), PAGE).get_page(request.GET.get("page"))
    own = selectors.subjects(request.user)
    context = {"page": page, "subjects": [subject] if subject else own, "subject": subject}
    context["names"] = {(one.kind, one.id): one.name for one in own}
    context["rows"] = [(row, context["names"].get((row.kind, row.subject_id), row.subject_id)) for row in page]
    return render(request, "portal/objections.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def create(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject = subject_or_404(request, kind, subject_id)
    wrong: list[str] = []
    if request.method == "POST" and not choosing.looks_on(request):
        try:
            return redirect("portal:objection", pk=_filed(request, kind, subject_id).pk)
        except ValidationError as error:
            wrong = error.messages
    data = choosing.looked(request.POST) if choosing.looks_on(request) else request.POST.copy()
    if request.method == "GET":
        data.setlist("unit", request.GET.getlist("unit")[:MOST_LINES])  # a link from an order's own line
    context: dict[str, Any] = {
        "subject": subject,
        "wrong": wrong,
        "text": request.POST.get("text", ""),
        "choice": choosing.choice(kind, subject_id, data),
        "grounds": [(key, str(words)) for key, words in GROUNDS.items()],
        "full": objections_open(kind, subject_id) >= MOST_OPEN,
        "most": MOST_LINES,
        "longest": LONGEST_TEXT,
        "most_files": MOST_FILES,
    }
    return render(request, "portal/objection_new.html", context)


def _filed(request: HttpRequest, kind: str, subject_id: str) -> Objection:
    made = objection_file(
        kind=kind,
        subject_id=subject_id,
        by=request.user,
        text=request.POST.get("text", ""),
        lines=choosing.ticked(request.POST),
        files=request.FILES.getlist("files"),
    )
    messages.success(request, _("Your objection is filed."))
    return made


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    if (objection := _own(request).filter(pk=pk).first()) is None:
        raise Http404
    if request.method == "POST":
        try:
            objection_withdraw(objection=objection, by=request.user)  # type: ignore[arg-type]
            messages.success(request, _("What was open of your objection is withdrawn."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("portal:objection", pk=pk)
    lines = list(objection.lines.order_by("id"))
    told = units_told(objection.kind, objection.subject_id, [line.unit for line in lines])
    known = {one.unit: one for one in told}
    context = {
        "objection": objection,
        "subject": subject_or_404(request, objection.kind, objection.subject_id),
        "lines": [(line, known.get(line.unit), ground(line.ground), _key(line)) for line in lines],
        "files": objection.files.order_by("id").defer("content"),
    }
    return render(request, "portal/objection.html", context)


def _key(line: ObjectionLine) -> str:
    """Of an order, complaint or chat its number; of a viewer's answer the live room alone."""
    return line.unit[2:].partition("|")[0] if line.unit.startswith("v:") else line.unit[2:]
