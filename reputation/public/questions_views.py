"""The questionnaire that an invitation's link opens."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from reputation.intake.questionnaire import (
    STARS,
    Asked,
    GoneError,
    answered_before,
    questionnaire_answer,
    questionnaire_open,
)
from reputation.intake.tokens import ExpiredLinkError, UnknownLinkError
from reputation.public.anonymous import anonymous_form

_GONE = {UnknownLinkError: ("unknown", 404), ExpiredLinkError: ("expired", 410), GoneError: ("withdrawn", 410)}
_QUESTIONS = {
    "anchor": {
        "overall": _("How was the live room?"),
        "false_promotion": _("Was anything said about a product that is not true?"),
        "hype": _("Were you put under pressure to buy?"),
    },
    "store": {
        "overall": _("How was it, all in all?"),
        "as_described": _("Is it what was described?"),
        "service": _("How was the service?"),
        "logistics": _("How was the delivery?"),
    },
}


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_form
def questionnaire(request: HttpRequest, token: str) -> HttpResponse:
    try:
        asked = questionnaire_open(token)
    except tuple(_GONE) as error:
        why, status = _GONE[type(error)]
        return render(request, "public/questions/closed.html", {"why": why}, status=status)
    if request.method == "POST":
        return _answer(request, asked)
    if answered_before(asked.invitation):
        context = {"asked": asked, "now": request.GET.get("sent") == "1"}
        return render(request, "public/questions/thanks.html", context)
    return _page(request, asked)


def _answer(request: HttpRequest, asked: Asked) -> HttpResponse:
    try:
        now = questionnaire_answer(asked=asked, answers=_given(request.POST, asked))
    except ValidationError as error:
        return _page(request, asked, " ".join(error.messages), status=422)
    query = request.GET.copy()
    query["sent"] = "1" if now else "0"
    return HttpResponseRedirect(f"{request.path}?{query.urlencode()}", status=303)


def _page(request: HttpRequest, asked: Asked, wrong: str = "", status: int = 200) -> HttpResponse:
    words = _QUESTIONS[asked.kind]
    questions = [(name, words[name], name in STARS, request.POST.get(name, "")) for name in asked.questions]
    context = {"asked": asked, "questions": questions, "wrong": wrong}
    return render(request, "public/questions/questions.html", context, status=status)


def _given(data: Mapping[str, str], asked: Asked) -> dict[str, int | bool]:
    """What was answered; anything that is no answer is none."""
    given: dict[str, int | bool] = {}
    for name in asked.questions:
        value = data.get(name, "")
        if name in STARS and value in ("1", "2", "3", "4", "5"):
            given[name] = int(value)
        elif name not in STARS and value in ("yes", "no"):
            given[name] = value == "yes"
    return given
