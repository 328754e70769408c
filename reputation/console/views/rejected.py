from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.console import selectors
from reputation.console.access import staff_only
from reputation.console.forms import RejectedFilters, ResendForm
from reputation.console.labels import KINDS
from reputation.evidence.models import RejectedRow

PAGE = 50


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    filters = RejectedFilters(request.GET)
    page = Paginator(selectors.rejected_rows(**filters.wanted()), PAGE).get_page(request.GET.get("page"))
    rows = [(row, KINDS.get(row.kind, row.kind)) for row in page]
    return render(request, "console/rejected_rows.html", {"filters": filters, "page": page, "rows": rows})
