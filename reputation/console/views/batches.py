"""Many flags decided alike: chosen, shown what it would do, done, and undone within a day."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from reputation.console import batch_rows
from reputation.console.access import staff_only
from reputation.console.permitted import permitted, writes
from reputation.console.queue_forms import BulkForm
from reputation.governance.desk.bulk import bulk_decide, bulk_items, bulk_matching, bulk_preview
from reputation.governance.desk.selectors import Filters
from reputation.governance.desk.undoing import UNDO, batch_undo, undo_refused
from reputation.governance.models import Batch, WorkItem

PAGE = 50
DECIDE = "governance.decide_flag"


@permitted(DECIDE)
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """First what was chosen, then what the decision would do, then it is done."""
    try:
        return _stated(request) if "what" in request.POST else _chosen(request)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("console:queue")


def _chosen(request: HttpRequest) -> HttpResponse:
    if "all" in request.POST:
        items, matching = bulk_matching(request.user, Filters.of(QueryDict(request.POST.get("query", ""))))
    else:
        items = bulk_items([int(pk) for pk in request.POST.getlist("items") if pk.isdecimal()])
        matching = len(items)
    form = BulkForm(initial={"items": ",".join(str(item.pk) for item in items), "request": uuid4()})
    context = {"form": form, "count": len(items), "matching": matching, "made_of": batch_rows.made_of(items)}
    return render(request, "console/queue/bulk.html", context)


def _stated(request: HttpRequest) -> HttpResponse:
    form = BulkForm(request.POST)
    if not form.is_valid():
        count = request.POST.get("items", "").count(",") + 1
        return render(request, "console/queue/bulk.html", {"form": form, "count": count})
    items, decision = bulk_items(form.cleaned_data["items"]), form.decision()
    if "confirm" in request.POST:
        batch = bulk_decide(pk=form.cleaned_data["request"], items=items, by=request.user, decision=decision)
        return redirect("console:batch", pk=batch.pk)
    preview = bulk_preview(items=items, by=request.user, decision=decision)
    context: dict[str, Any] = {"form": form, "count": len(items), "preview": preview}
    context |= {"says": batch_rows.says(decision), "effect": batch_rows.effect(preview)}
    return render(request, "console/queue/bulk.html", context)


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    batches = Batch.objects.select_related("by").order_by("-done_at", "id")
    page = Paginator(batches, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(batch, batch_rows.says_of(batch)) for batch in page]}
    return render(request, "console/queue/batches.html", context)


@writes(DECIDE)
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    batch = get_object_or_404(Batch.objects.select_related("by"), pk=pk)
    if request.method == "POST":
        _undo(request, batch)
        return redirect("console:batch", pk=pk)
    items = WorkItem.objects.filter(pk__in=batch.items).select_related("flag", "closed_by").order_by("-priority", "id")
    page = Paginator(items, PAGE).get_page(request.GET.get("page"))
    context = {
        "batch": batch, "says": batch_rows.says_of(batch), "page": page, "rows": batch_rows.rows(batch, page),
        "done": WorkItem.objects.filter(batch=batch).count(), "left": len(batch.command.get("left", {})),
        "until": batch.done_at + UNDO, "refused": undo_refused(batch, request.user),
    }  # fmt: skip
    return render(request, "console/queue/batch.html", context)


def _undo(request: HttpRequest, batch: Batch) -> None:
    try:
        left = batch_undo(batch=batch, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return
    if left:
        said = ngettext("%(count)s could not be undone: %(why)s", "%(count)s could not be undone: %(why)s", len(left))
        messages.warning(request, said % {"count": len(left), "why": " ".join(sorted(set(left.values())))})
    else:
        messages.success(request, _("Undone. These flags are open again."))
