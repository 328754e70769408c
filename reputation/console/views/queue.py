"""The queue: what waits for a person, who has it, and the next one."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reputation.console import queue_rows
from reputation.console.desk_labels import ITEM_KINDS_MANY
from reputation.console.permitted import permitted
from reputation.console.queue_forms import QueueFilters, ViewForm
from reputation.governance.desk.access import permitted_kinds
from reputation.governance.desk.claims import claim_next, item_claim, item_release, item_skip, item_unskip
from reputation.governance.desk.saved_views import view_delete, view_save
from reputation.governance.desk.selectors import BULK_MOST, queue, soon, tally
from reputation.governance.models import SavedView, WorkItem

PAGE = 50
SEE = "governance.view_desk"


@permitted(SEE)
def listing(request: HttpRequest) -> HttpResponse:
    form = QueueFilters(request.GET)
    filters = form.filters()
    page = Paginator(queue(request.user, filters), PAGE).get_page(request.GET.get("page"))
    page.object_list = queue_rows.with_abouts(page.object_list)
    counts = tally(request.user)
    context = {
        "form": form,
        "filters": filters,
        "query": filters.query(),
        "page": page,
        "rows": queue_rows.rows(page, request.user),
        "tally": counts,
        "kinds": _tabs(request, counts.by_kind, counts.all),
        "views": SavedView.objects.filter(user=request.user).order_by("name"),
        "view_form": ViewForm(),
        "soon": soon(),
        "may_take": bool(permitted_kinds(request.user)),
        "may_decide_many": request.user.has_perm("governance.decide_flag"),
        "bulk_most": BULK_MOST,
    }
    return render(request, "console/queue/queue.html", context)
