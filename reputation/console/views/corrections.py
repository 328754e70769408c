from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.console.permitted import writes
from reputation.governance.appeals.corrections import correction_retry, corrections
from reputation.governance.models import Correction

PAGE = 50


@writes("governance.decide_appeal")
def listing(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _retry(request)
    page = Paginator(corrections(), PAGE).get_page(request.GET.get("page"))
    return render(request, "console/corrections.html", {"page": page})


def _retry(request: HttpRequest) -> HttpResponse:
    sent = request.POST.get("correction", "")
    found = get_object_or_404(Correction, pk=int(sent) if sent.isdecimal() and len(sent) < 19 else 0)
    if correction_retry(correction=found, by=request.user):
        messages.success(request, _("The next night tries it again."))
    else:
        messages.warning(request, _("It has not failed, or somebody was quicker."))
    return redirect("console:corrections")
