"""Complaints of people without an account: where to complain about whom, the form, and how it goes on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from reputation.base.callers import caller_address
from reputation.evidence.models import Order
from reputation.governance.actions.drafts import subject_known
from reputation.governance.files import MOST_FILES
from reputation.intake.complaints import Filed, complaint_file
from reputation.intake.messages import LONGEST_TEXT
from reputation.intake.selectors import case_by_code
from reputation.intake.tokens import ExpiredLinkError, OrderLink, UnknownLinkError, code_written, order_read
from reputation.intake.words import problems
from reputation.public.anonymous import anonymous_form, too_often
from reputation.public.lists import found_of_both, typed
from reputation.ratings import selectors
from reputation.subjects.selectors import subjects_named

FOUND = {"store": 8, "anchor": 4}


@dataclass(frozen=True)
class Party:
    """Somebody to complain about."""

    kind: str
    id: str
    name: str


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_form
def start(request: HttpRequest) -> HttpResponse:
    """Whom it is about; with a link of the platform's, which of the two that had to do with the order."""
    token = request.POST.get("order") or request.GET.get("order", "")
    if token:
        return _with_link(request, token)
    text = typed(request)
    context = {"text": text, "found": _found(text) if text else []}
    return render(request, "public/complaints/start.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@anonymous_form
def form(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    return _form(request, [_party(kind, subject_id)])


@require_safe
@anonymous_form
def follow(request: HttpRequest) -> HttpResponse:
    """Where the code is typed in."""
    code = request.GET.get("code", "").strip()[:64]
    if code and case_by_code(code):
        return redirect("complaint", code=code_written(_plain(code)))
    return render(request, "public/complaints/follow.html", {"code": code}, status=404 if code else 200)


def _plain(code: str) -> str:
    return "".join(letter for letter in code.upper() if letter.isalnum())


def _found(text: str) -> list[Party]:
    """As the site's own search finds them; then those that no night has rated yet."""
    shown = selectors.shown()
    parts = found_of_both(shown, text, FOUND) if shown.night is not None else []
    rated = [Party(row.kind, row.subject_id, row.name or row.subject_id) for part in parts for row in part.rows]
    rows = [(kind, row) for kind, most in FOUND.items() for row in subjects_named(kind, text)[:most]]
    known = [Party(kind, row.pk, str(row)) for kind, row in rows if not row.retracted]
    there = {(one.kind, one.id) for one in rated}
    return rated + [one for one in known if (one.kind, one.id) not in there]


def _party(kind: str, subject_id: str) -> Party:
    try:
        return Party(kind, subject_id, subject_known(kind, subject_id)[0])
    except ValidationError as error:
        raise Http404 from error


def _with_link(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = order_read(token)
    except (UnknownLinkError, ExpiredLinkError) as error:
        expired = isinstance(error, ExpiredLinkError)
        return render(request, "public/complaints/bad_link.html", {"expired": expired}, status=410 if expired else 404)
    order = Order.objects.filter(pk=link.order_id, retracted=False).first()
    sides = (("store", order.store_id), ("anchor", order.anchor_id)) if order else ()
    parties = [_party(kind, subject_id) for kind, subject_id in sides if subject_id]
    if not parties:
        raise Http404
    return _form(request, parties, link=link, token=token)


def _form(
    request: HttpRequest, parties: list[Party], *, link: OrderLink | None = None, token: str = ""
) -> HttpResponse:
    wrong: list[str] = []
    about = _chosen(request, parties)
    if request.method == "POST":
        if (stopped := too_often(request, "complaint")) is not None:
            return stopped
        try:
            return _filed(request, _file(request, about, link))
        except ValidationError as error:
            wrong = error.messages
    order = link.order_id if link else request.POST.get("order_id") or request.GET.get("order_id", "")
    context = {
        "parties": parties, "about": about, "link": link, "token": token, "wrong": wrong, "order_id": order[:128],
        "text": request.POST.get("text", ""), "chosen": request.POST.get("category", ""), "most_files": MOST_FILES,
        "problems": problems(about.kind if len(parties) == 1 else "store"), "longest": LONGEST_TEXT,
        "request_id": request.POST.get("request") or uuid.uuid4().hex,
    }  # fmt: skip
    return render(request, "public/complaints/form.html", context, status=422 if wrong else 200)


def _chosen(request: HttpRequest, parties: list[Party]) -> Party:
    wanted = request.POST.get("about", "")
    return next((party for party in parties if party.kind == wanted), parties[0])


def _file(request: HttpRequest, about: Party, link: OrderLink | None) -> Filed:
    if not (wanted := request.POST.get("request", "")):
        raise ValidationError(_("The form was not whole. Send it again."))
    return complaint_file(
        kind=about.kind,
        subject_id=about.id,
        category=request.POST.get("category", ""),
        text=request.POST.get("text", ""),
        order_id=request.POST.get("order_id", ""),
        link=link,
        files=request.FILES.getlist("files"),
        caller=caller_address(request),
        request=wanted,
    )


def _filed(request: HttpRequest, filed: Filed) -> HttpResponse:
    context: dict[str, Any] = {"case": filed.case, "code": code_written(filed.code)}
    return render(request, "public/complaints/filed.html", context, status=200 if filed.again else 201)
