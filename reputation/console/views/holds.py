from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.base.time import market_day, now
from reputation.console import held_units, selectors
from reputation.console.access import staff_only
from reputation.console.forms import DecisionForm, HoldFilters
from reputation.console.labels import HOLD_STATUSES, PATTERNS, UNITS
from reputation.console.permitted import writes
from reputation.console.views.nights import flat
from reputation.evidence.holds import FOR_ONE_PARTY, hold_decide
from reputation.evidence.models import Hold
from reputation.governance.appeals.units import REASON

PAGE = 50


@staff_only
def listing(request: HttpRequest) -> HttpResponse:
    filters = HoldFilters(request.GET)
    page = Paginator(selectors.holds(**filters.wanted()), PAGE).get_page(request.GET.get("page"))
    rows = [(hold, PATTERNS.get(hold.pattern, hold.pattern), HOLD_STATUSES[hold.status]) for hold in page]
    context = {"filters": filters, "page": page, "rows": rows, "today": market_day(now())}
    return render(request, "console/holds.html", context)


@writes("evidence.change_hold")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    hold = get_object_or_404(Hold.objects.select_related("decided_by"), pk=pk)
    form = DecisionForm(request.POST or None, hold=hold)
    if request.method == "POST" and form.is_valid():
        return _decide(request, pk, **form.cleaned_data)
    page = Paginator(held_units.units(hold.id), PAGE).get_page(request.GET.get("page"))
    context = {
        "hold": hold,
        "form": form,
        "pattern": PATTERNS.get(hold.pattern, hold.pattern),
        "for_one_party": hold.pattern == FOR_ONE_PARTY,
        "why": REASON.get(hold.reason, hold.reason) if hold.pattern == FOR_ONE_PARTY else hold.reason,
        "status": HOLD_STATUSES[hold.status],
        "details": flat(hold.details),
        "today": market_day(now()),
        "page": page,
        "lines": [(UNITS.get(line.family, line.family), line) for line in held_units.lines(page)],
    }
    return render(request, "console/hold.html", context)


def _decide(request: HttpRequest, pk: int, seen: str, decision: str, reason: str) -> HttpResponse:
    """What somebody else has decided since the page was shown stands; the same form sent twice is one decision."""
    with transaction.atomic():
        hold = Hold.objects.select_for_update().get(pk=pk)
        repeated = (hold.decided_by_id, hold.status, hold.reason) == (request.user.pk, decision, reason)
        if hold.status == seen and not repeated:
            _take(request, hold, decision, reason)
        elif not repeated:
            said = _("%(who)s has decided this meanwhile: %(what)s. Your decision was not taken.")
            messages.warning(request, said % {"who": hold.decided_by, "what": HOLD_STATUSES[hold.status]})
    return redirect("console:hold", pk=pk)


def _take(request: HttpRequest, hold: Hold, decision: str, reason: str) -> None:
    try:
        hold_decide(hold=hold, by=request.user, decision=Hold.Status(decision), reason=reason)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("Decided. The next night counts accordingly."))
