"""Complaints that came in at our own form: checked before they go to their subject, and decided in the end."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from reputation.console.access import staff_only
from reputation.console.complaint_facts import facts
from reputation.console.complaint_forms import FORMS
from reputation.console.permitted import writes
from reputation.governance.actions.drafts import subject_known
from reputation.governance.files import attachment_response
from reputation.intake import selectors
from reputation.intake.deciding import case_decide, case_refuse, case_take_up
from reputation.intake.models import Case, File
from reputation.intake.words import OUTCOME_TAGS, OUTCOMES, STATES, category

DECIDES = "intake.decide_complaint"
PAGE = 30
SHOWN = {
    "received": gettext_lazy("To check"),
    "heard": gettext_lazy("To decide"),
    "waiting": gettext_lazy("With the subject"),
    "": pgettext_lazy("complaints", "All"),
}


@require_safe
@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    shown = request.GET.get("show", "received")
    shown = shown if shown in SHOWN else "received"
    search = request.GET.get("search", "").replace("\0", "").strip()[:128]
    page = Paginator(_found(selectors.cases(shown), search), PAGE).get_page(request.GET.get("page"))
    tabs = [(key, name, selectors.cases(key).count() if key else None) for key, name in SHOWN.items()]
    rows = [(case, category(case.category), _state(case), _name(case)) for case in page]
    context = {"page": page, "rows": rows, "tabs": tabs, "shown": shown, "search": search}
    return render(request, "console/complaints/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@writes(DECIDES)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    case = get_object_or_404(Case.objects.select_related("decided_by"), pk=pk)
    sent: dict[str, Any] = {}
    if request.method == "POST":
        deed = request.POST.get("deed", "")
        try:
            if (form := _done(request, case, deed)) is None:
                return redirect("console:complaint", pk=pk)
            sent = {deed: form}
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect("console:complaint", pk=pk)
    return render(request, "console/complaints/detail.html", _shown(request, case, sent))


@require_safe
@staff_only
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    return attachment_response(get_object_or_404(File, pk=pk))


def _found(rows: QuerySet[Case], search: str) -> QuerySet[Case]:
    """`search`: how the complaint's, the order's or the subject's id begins."""
    if not search:
        return rows
    about = ("complaint_id", "order_id", "subject_id")
    return rows.filter(reduce(or_, (Q(**{f"{name}__startswith": search}) for name in about)))


def _done(request: HttpRequest, case: Case, deed: str) -> forms.Form | None:
    """Do it; the form with what is wrong in it where it cannot be done. Raises ValidationError where it may not be."""
    if deed == "take_up":
        case_take_up(case=case, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("Taken up. The subject has ten days to answer."))
        return None
    if deed not in FORMS:
        raise ValidationError(_("There is nothing to do like that."))
    form = FORMS[deed](request.POST)
    if not form.is_valid():
        return form
    given = {"case": case, "by": request.user, "reason": form.cleaned_data["reason"]}
    if deed == "refuse":
        case_refuse(**given)
        messages.success(request, _("Not taken up. The one who complained reads why."))
    else:
        case_decide(outcome=form.cleaned_data["outcome"], **given)
        messages.success(request, _("Decided. Both sides read the reason; it counts from the next night on."))
    return None


def _shown(request: HttpRequest, case: Case, sent: dict[str, forms.Form]) -> dict[str, Any]:
    said = selectors.messages_of([case.complaint_id]).get(case.complaint_id, [])
    return {
        "case": case, "state": _state(case), "category": category(case.category), "said": said, "facts": facts(case),
        "name": _name(case), "heard": selectors.heard(case), "may": request.user.has_perm(DECIDES),
        "due": case.opened_at and case.opened_at + selectors.DAYS_TO_ANSWER,
        "forms": {deed: sent.get(deed) or form() for deed, form in FORMS.items()},
    }  # fmt: skip


def _state(case: Case) -> tuple[str, str]:
    """In words, and how it is coloured."""
    if case.outcome:
        return str(OUTCOMES[case.outcome]), OUTCOME_TAGS[case.outcome]
    waits = case.state in (Case.State.RECEIVED, Case.State.OPEN)
    return str(STATES[case.state]), "tag-warn" if waits else ""


def _name(case: Case) -> str:
    try:
        return subject_known(case.kind, case.subject_id)[0]
    except ValidationError:
        return case.subject_id
