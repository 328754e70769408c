"""Why a star is what it is, and what would change it: for its members alone, by the model of the night."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.portal.access import members_only, subject_or_404
from reputation.portal.reasons import why as why_part
from reputation.portal.selectors import Subject
from reputation.portal.simulator import answer, groups
from reputation.portal.simulator import simulator as simulator_form
from reputation.ratings import selectors
from reputation.ratings.standings import Explainable, explainable

KEPT_PARAMETERS = frozenset({"lang"})


def _found(request: HttpRequest, kind: str, subject_id: str) -> tuple[Subject, Explainable | None]:
    subject = subject_or_404(request, kind, subject_id)
    rating = subject.rating
    return subject, explainable(selectors.shown(), rating) if rating else None


@require_safe
@members_only
def why(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject, found = _found(request, kind, subject_id)
    context = {"subject": subject, "rating": subject.rating, "why": found and why_part(found)}
    return render(request, "portal/why.html", context)


@require_safe
@members_only
def simulator(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    subject, found = _found(request, kind, subject_id)
    context: dict[str, Any] = {"subject": subject, "rating": subject.rating}
    if found:
        form = simulator_form(found, request.GET)
        valid = not form.is_bound or form.is_valid()
        context |= {"form": form, "groups": groups(form, found)}
        context["answer"] = answer(found, form.changes() if valid else {})
    return render(request, "portal/simulator.html", context)


@require_safe
@members_only
def what_if(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """The simulator's answer for programs and for the page's script: figures, and the same as a piece of the page."""
    _subject, found = _found(request, kind, subject_id)
    if found is None:
        return JsonResponse({"errors": {"": [_("There is nothing to look into yet.")]}}, status=409)
    form = simulator_form(found, request.GET)
    unknown = sorted(set(request.GET) - set(form.fields) - KEPT_PARAMETERS)
    if unknown:
        return JsonResponse({"errors": {name: [_("No such measure.")] for name in unknown}}, status=400)
    if form.is_bound and not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    told = answer(found, form.changes())
    return JsonResponse(told.figures | {"html": render_to_string("portal/answer.html", {"answer": told})})
