from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from reputation.console.forms import ClearanceForm
from reputation.console.jumps import jumps
from reputation.console.permitted import writes
from reputation.ratings.clearance import drift_clear

PAGE = 20


@writes("ratings.add_driftclearance")
def listing(request: HttpRequest) -> HttpResponse:
    form = ClearanceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _clear(request, form)
    page = Paginator(jumps(), PAGE).get_page(request.GET.get("page"))
    rows = []
    for number, jump in enumerate(page):
        rating = jump.waiting.rating
        sent = form.is_bound and (form["kind"].value(), form["subject_id"].value()) == (rating.kind, rating.subject_id)
        rows.append((jump, form if sent else ClearanceForm.of(rating, number)))
    return render(request, "console/withheld.html", {"page": page, "rows": rows})


def _clear(request: HttpRequest, form: ClearanceForm) -> HttpResponse:
    try:
        cleared = drift_clear(by=request.user, **form.cleaned_data)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("console:withheld")
    if (cleared.decided_by, cleared.note) == (request.user.get_username(), form.cleaned_data["note"]):
        messages.success(request, _("Noted. The next night shows it again."))
    else:
        said = _("%(who)s has cleared this before: %(note)s")
        messages.warning(request, said % {"who": cleared.decided_by, "note": cleared.note})
    return redirect("console:withheld")
