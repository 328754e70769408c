"""Looking over the desk's shoulder: its workload, the reports for authorities, and ratings replayed."""

from collections.abc import Iterable
from datetime import date
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from reputation.base.time import market_day, now
from reputation.console.access import staff_only
from reputation.console.desk_labels import ITEM_KINDS_MANY
from reputation.console.permitted import permitted
from reputation.governance.reports.files import FORMATS, NAMES, REPORTS, file_name
from reputation.governance.reports.periods import Period, half_year_before, period_of
from reputation.governance.reports.workload import workload as workload_now
from reputation.nightly.inspector import Waiting, inspection_found, inspection_start
from reputation.ratings.selectors import shown
from reputation.subjects.models import SubjectKind

REFRESH_SECONDS = 60
_IN_MEMORY = 4 * 1024 * 1024  # bytes of a report; what is longer is written to disk


@require_safe
@staff_only
def workload(request: HttpRequest) -> HttpResponse:
    found = workload_now()
    context = {
        "now": found,
        "kinds": [(ITEM_KINDS_MANY[one.kind], one) for one in found.waiting],
        "refresh": REFRESH_SECONDS if request.GET.get("refresh") != "off" else None,
    }
    return render(request, "console/oversight/workload.html", context)


class PeriodForm(forms.Form):
    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}))

    @classmethod
    def of(cls, period: Period) -> "PeriodForm":
        return cls(initial={"first": period.first.isoformat(), "last": period.last.isoformat()})


@require_safe
@permitted("governance.export_reports")
def reports(request: HttpRequest) -> HttpResponse:
    """A period, and what can be downloaded for it."""
    chosen = _period(request)
    usual = half_year_before(market_day(now()))
    form = PeriodForm(request.GET) if "first" in request.GET else PeriodForm.of(usual)
    context = {"form": form, "period": chosen, "usual": usual, "names": NAMES, "formats": list(FORMATS)}
    return render(request, "console/oversight/reports.html", context)


def _period(request: HttpRequest) -> Period | None:
    """None, and a message, where it cannot be meant."""
    try:
        return period_of(request.GET.get("first", ""), request.GET.get("last", ""), market_day(now()))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return None


@require_safe
@permitted("governance.export_reports")
def report(request: HttpRequest, name: str, form: str) -> HttpResponse | FileResponse:
    if (name, form) not in REPORTS:
        raise Http404
    period = _period(request)
    if period is None:
        return redirect("console:reports")
    try:
        whole = _whole(REPORTS[name, form](period))
    except ValueError as error:  # something that the authority's database would refuse
        messages.error(request, str(error))
        return redirect("console:reports")
    return FileResponse(whole, as_attachment=True, filename=file_name(name, form, period), content_type=FORMATS[form])


def _whole(parts: Iterable[str | bytes]) -> IO[bytes]:
    """Written to its end before a byte is sent: half a report looks like a whole one."""
    file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (the response closes it)
    for part in parts:
        file.write(part if isinstance(part, bytes) else part.encode())
    file.seek(0)
    return file


class InspectionForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"), choices=SubjectKind)
    subject_id = forms.CharField(label=_("Id"), max_length=200, strip=False)
    night = forms.DateField(label=_("Night"), widget=forms.DateInput(attrs={"type": "date"}))

    @classmethod
    def asked(cls, request: HttpRequest) -> "InspectionForm":
        """As a link from a dossier fills it in; else the night that is shown."""
        night: date | None = shown().night
        usual: dict[str, Any] = {"kind": "store", "night": night.isoformat() if night else ""}
        return cls(initial=usual | {name: request.GET[name] for name in cls.base_fields if name in request.GET})


@permitted("ratings.replay_rating")
def inspector(request: HttpRequest) -> HttpResponse:
    """Asking for a replay. It changes nothing: who may read ratings' inputs may ask, auditors too."""
    form = InspectionForm(request.POST) if request.method == "POST" else InspectionForm.asked(request)
    if request.method == "POST" and form.is_valid():
        try:
            number = inspection_start(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return redirect("console:inspection", number=number)
    return render(request, "console/oversight/inspector.html", {"form": form})


@require_safe
@permitted("ratings.replay_rating")
def inspection(request: HttpRequest, number: str) -> HttpResponse:
    found = inspection_found(number)
    if found is None:
        raise Http404
    waits = found if isinstance(found, Waiting) else None
    told = None if waits else found
    context: dict[str, Any] = {"waiting": waits, "told": told, "refresh": 3 if waits else None}
    if told and "numbers" in told:
        context["different"] = [one for one in told["numbers"] if not one["equal"]]
        context["files"] = sum(len(one["days"]) for one in told["inputs"]["files"])
    return render(request, "console/oversight/inspection.html", context)
