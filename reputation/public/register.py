"""The public register: sanctions in force and those that ended lately, as a page and as CSV, with appeals by rule."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reputation.base.tables import csv_lines
from reputation.governance.appeals.selectors import appeal_figures
from reputation.governance.models import Action
from reputation.governance.publicity import ENDED_DAYS, PRIVATE, line, public_ended, public_in_force
from reputation.governance.sanctions import SANCTIONS
from reputation.public.conditional import etag_of, not_modified, stamped
from reputation.public.filters import SEARCH_CHARACTERS
from reputation.ratings import selectors

PAGE_ROWS = 50
COLUMNS = (
    "id", "kind", "subject_id", "name", "category", "action", "share", "item", "state", "since", "until", "ended",
    "reason", "ground", "law", "policy", "rule", "appeal",
)  # fmt: skip
_KINDS = [("", _("Stores and anchors")), ("store", _("Stores")), ("anchor", _("Anchors"))]
_SANCTIONS = [(key, known.label) for key, known in SANCTIONS.items() if key not in PRIVATE]


class RegisterFilters(forms.Form):
    """Whatever a field does not know is left aside instead of failing the page."""

    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[("", _("In force")), ("ended", _("Ended in the last 90 days"))]
    )
    kind = forms.ChoiceField(label=_("Whom"), required=False, choices=_KINDS)
    sanction = forms.ChoiceField(label=_("Sanction"), required=False, choices=[("", _("All sanctions")), *_SANCTIONS])
    q = forms.CharField(label=_("Name or id"), required=False, max_length=SEARCH_CHARACTERS)

    def found(self) -> QuerySet[Action]:
        self.is_valid()
        wanted = {name: self.cleaned_data.get(name, "") for name in self.fields}
        rows = public_ended() if wanted["state"] else public_in_force()
        for name in ("kind", "sanction"):
            if wanted[name]:
                rows = rows.filter(**{name: wanted[name]})
        if text := wanted["q"].strip():
            rows = rows.filter(Q(subject_id=text) | Q(name__icontains=text))
        return rows.order_by("-ended_at" if wanted["state"] else "-starts_at", "-id")


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    etag = etag_of(request, selectors.shown())
    if (held := not_modified(request, etag)) is not None:
        return held
    filters = RegisterFilters(request.GET)
    shown = Paginator(filters.found(), PAGE_ROWS).get_page(request.GET.get("page", "1")[:9])
    context = {
        "filters": filters, "page": shown, "lines": [line(action) for action in shown], "days": ENDED_DAYS,
        "query": request.GET.urlencode(), "figures": appeal_figures(),
    }  # fmt: skip
    return stamped(render(request, "public/sanctions.html", context), etag)


@require_safe
def table(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """All that match, as CSV: codes as in the API, so that a program can read it in any language but the reason's."""
    etag = etag_of(request, selectors.shown())
    if (held := not_modified(request, etag)) is not None:
        return held
    rows = RegisterFilters(request.GET).found()
    response = StreamingHttpResponse(csv_lines(COLUMNS, _rows(rows)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="sanctions.csv"'
    return stamped(response, etag)


def _rows(found: QuerySet[Action]) -> Iterator[list[Any]]:
    for action in found.iterator(chunk_size=2000):
        shown = line(action)
        yield [
            action.pk, action.kind, action.subject_id, action.name, action.category, action.sanction, action.share,
            action.item_ref, action.state, action.starts_at, action.ends_at, action.ended_at, shown.reason,
            action.ground, action.legal_basis, action.policy_id, action.rule, shown.appeal,
        ]  # fmt: skip
