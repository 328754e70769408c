from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.console.access import staff_only
from reputation.console.forms import RejectedFilters, ResendForm
from reputation.console.labels import KINDS
from reputation.console.permitted import writes
from reputation.evidence import selectors
from reputation.evidence.decode import TooManyRowsError
from reputation.evidence.models import RejectedRow
from reputation.evidence.services import BatchResult, UnreadableError, rejected_row_resend

PAGE = 50


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    filters = RejectedFilters(request.GET)
    wanted = filters.wanted()
    found = selectors.rejected_rows(kind=wanted["kind"], resent=wanted["state"] == "mended")
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    rows = [(row, KINDS.get(row.kind, row.kind)) for row in page]
    return render(request, "console/rejected_rows.html", {"filters": filters, "page": page, "rows": rows})


@writes("evidence.change_rejectedrow")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(RejectedRow.objects.select_related("batch"), pk=pk)
    form = ResendForm(request.POST or None, initial={"raw": row.raw})
    if request.method == "POST" and form.is_valid() and (answer := _resend(request, row, form)):
        return answer
    context = {"row": row, "kind": KINDS.get(row.kind, row.kind), "form": form}
    return render(request, "console/rejected_row.html", context)


def _resend(request: HttpRequest, row: RejectedRow, form: ResendForm) -> HttpResponse | None:
    """Where to go on; None where the form has to be shown again with what is wrong."""
    try:
        result = rejected_row_resend(
            row=row, raw=form.cleaned_data["raw"], source=f"mended by {request.user}", by=by_user(request.user)
        )
    except (UnreadableError, TooManyRowsError) as error:
        form.add_error("raw", str(error) or _("Send this one row alone."))
        return None
    except ValidationError:
        messages.warning(request, _("This row was sent again before. Nothing was sent now."))
        return redirect("console:rejected_row", pk=row.pk)
    return _told(request, row, result)


def _told(request: HttpRequest, row: RejectedRow, result: BatchResult) -> HttpResponse:
    if result.rejected:
        messages.warning(request, _("It was rejected once more. Here is the new row with its reason."))
        return redirect("console:rejected_row", pk=RejectedRow.objects.get(batch=result.batch).pk)
    said = _("Accepted. The next night counts it.") if result.accepted else _("It says nothing that was not known.")
    messages.success(request, said)
    return redirect("console:rejected_row", pk=row.pk)
