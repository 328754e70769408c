"""The queue: what waits for a person, who has it, and the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reputation.base.time import market_day
from reputation.console import queue_rows
from reputation.console.access import staff_only
from reputation.console.queue_forms import QueueFilters, ViewForm
from reputation.governance.desk.access import PERMISSIONS, permitted_kinds
from reputation.governance.desk.claims import claim_next, item_claim, item_release, item_skip, item_unskip
from reputation.governance.desk.saved_views import view_delete, view_save
from reputation.governance.desk.selectors import NO_FILTERS, Filters, queue, soon, tally
from reputation.governance.models import WorkItem

PAGE = 50


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    counts = tally(request.user)
    form = QueueFilters(request.GET, rules=counts.rules, categories=counts.categories)
    filters = form.filters()
    page = Paginator(queue(request.user, filters), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "filters": filters,
        "page": page,
        "rows": queue_rows.rows(page.object_list, request.user),
        "tally": counts,
        "tabs": queue_rows.tabs(filters, counts),
        "views": queue_rows.views(request.user, filters),
        "view_form": ViewForm(),
        "narrowed": filters != NO_FILTERS,
        "last_day": market_day(soon() - timedelta(seconds=1)),
        "may_take": bool(permitted_kinds(request.user)),
        "may_decide_many": request.user.has_perm(PERMISSIONS[WorkItem.Kind.FLAG]),
    }
    return render(request, "console/queue/queue.html", context)


@staff_only
@require_POST
def take_next(request: HttpRequest) -> HttpResponse:
    """Whoever decides one item after the other never chooses: the queue hands them the next."""
    filters = _asked(request)
    if item := claim_next(by=request.user, wanted=filters):
        return redirect(_with_query(reverse("console:item", args=[item.pk]), filters.query()))
    messages.info(request, _("Nothing here is free and yours to decide."))
    return _back(request)


@staff_only
@require_POST
def deed(request: HttpRequest) -> HttpResponse:
    """What a row's buttons do. Each is named for its deed and carries the item's number."""
    for name, do in _DEEDS.items():
        if (pk := request.POST.get(name, "")).isdecimal():
            item = get_object_or_404(WorkItem, pk=pk)
            _done(request, do, item)
            return _back(request, item)
    return _back(request)


def _done(request: HttpRequest, do: Callable[[WorkItem, User], object], item: WorkItem) -> None:
    try:
        do(item, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))


_DEEDS: dict[str, Callable[[WorkItem, User], object]] = {
    "claim": lambda item, by: item_claim(item=item, by=by),
    "release": lambda item, by: item_release(item=item, by=by),
    "skip": lambda item, by: item_skip(item=item, by=by),
    "unskip": lambda item, by: item_unskip(item=item, by=by),
}


@staff_only
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    try:
        view = view_save(by=request.user, name=request.POST.get("name", ""), filters=_asked(request))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Saved as “%(name)s”.") % {"name": view.name})
    return _back(request)


@staff_only
@require_POST
def delete_view(request: HttpRequest, pk: int) -> HttpResponse:
    view_delete(by=request.user, pk=pk)
    return _back(request)


def _asked(request: HttpRequest) -> Filters:
    """The filters that the form was sent from."""
    return Filters.of(QueryDict(request.POST.get("query", "")))


def _back(request: HttpRequest, item: WorkItem | None = None) -> HttpResponse:
    """To the same place of the same list, wherever the form says that it was sent from."""
    page = QueryDict(request.POST.get("query", "")).get("page", "")
    query = "&".join(part for part in (_asked(request).query(), f"page={page}" if page.isdecimal() else "") if part)
    return redirect(_with_query(reverse("console:queue"), query) + (f"#item-{item.pk}" if item else ""))


def _with_query(address: str, query: str) -> str:
    return f"{address}?{query}" if query else address
