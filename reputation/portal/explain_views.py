"""Why a star is what it is, and what would change it: for its members alone, by the model of the night."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reputation.portal.access import members_only, subject_or_404
from reputation.portal.next_stream import MOST_STORES, next_stream_answer, next_stream_form, sold_most
from reputation.portal.pending import accepted, cases
from reputation.portal.reaching import reaching
from reputation.portal.reasons import why as why_part
from reputation.portal.selectors import Subject
from reputation.portal.simulator import Simulator, answer, case_lines, groups
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
        form = simulator_form(found, request.GET, cases(kind, subject_id))
        wrong = form.is_bound and not form.is_valid()
        asked = simulator_form(found, None, form.cases) if wrong else form  # a wrong number leaves all as it is tonight
        context |= {"form": form, "groups": groups(form, found), "case_lines": case_lines(form)}
        context |= _answered(found, asked, kind, subject_id)
    return render(request, "portal/simulator.html", context)


@require_safe
@members_only
def what_if(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """The simulator's answer for programs and for the page's script: figures, and the same as pieces of the page."""
    _subject, found = _found(request, kind, subject_id)
    if found is None:
        return JsonResponse({"errors": {"": [_("There is nothing to look into yet.")]}}, status=409)
    form = simulator_form(found, request.GET, cases(kind, subject_id))
    unknown = sorted(set(request.GET) - set(form.fields) - KEPT_PARAMETERS)
    if unknown:
        return JsonResponse({"errors": {name: [_("No such measure.")] for name in unknown}}, status=400)
    if form.is_bound and not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    told = _answered(found, form, kind, subject_id)
    parts = {name: render_to_string(f"portal/{name}.html", told) for name in ("answer", "course")}
    return JsonResponse(told["answer"].figures | {"goal": told["reaching"].figures, "parts": parts})


def _answered(found: Explainable, form: Simulator, kind: Any, subject_id: str) -> dict[str, Any]:
    """`form` is valid, or was not sent."""
    then = accepted(found, selectors.shown(), kind, subject_id, form.accepted())
    night = selectors.shown().night or date.min
    changes = form.changes()
    return {
        "answer": answer(found, then, changes),
        "reaching": reaching(found, then, changes, form.goal(), night),
    }


@require_safe
@members_only
def next_stream(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """For anchors: what the stores of the next stream would do to the star."""
    subject, found = _anchor(request, kind, subject_id)
    context: dict[str, Any] = {"subject": subject, "rating": subject.rating}
    if found and (night := selectors.shown().night):
        form = next_stream_form(found, subject_id, request.GET)
        context |= {"form": form, "sold_most": sold_most(night, subject_id), "most": MOST_STORES}
        if form.is_bound and form.is_valid():
            context["answer"] = next_stream_answer(found, night, form)
    return render(request, "portal/next_stream.html", context)


@require_safe
@members_only
def stream_what_if(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """The same as a piece of the page, for its script."""
    _subject, found = _anchor(request, kind, subject_id)
    night = selectors.shown().night
    if found is None or night is None:
        return JsonResponse({"errors": {"": [_("There is nothing to look into yet.")]}}, status=409)
    form = next_stream_form(found, subject_id, request.GET)
    if form.is_bound and not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    told = {"answer": next_stream_answer(found, night, form) if form.is_bound else None}
    return JsonResponse({"parts": {"stream": render_to_string("portal/stream.html", told)}})


def _anchor(request: HttpRequest, kind: str, subject_id: str) -> tuple[Subject, Explainable | None]:
    if kind != "anchor":
        raise Http404
    return _found(request, kind, subject_id)
