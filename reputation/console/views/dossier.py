"""Finding a subject, and all that is known of one: what counts, what went wrong, what was decided, what staff noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reputation.console.access import staff_only
from reputation.console.desk_labels import SUBJECT_KINDS, TIERS
from reputation.console.dossier import about, incidents, lives, overview, record, weeks
from reputation.console.dossier.about import About
from reputation.console.forms import Filters
from reputation.console.permitted import not_permitted
from reputation.governance.notes import LONGEST, note_write, notes_of

PAGE, RECORD_PAGE = 50, 20
WRITE = "governance.write_note"
PARTS = {
    "": gettext_lazy("Overview"),
    "weeks": gettext_lazy("Week by week"),
    "incidents": gettext_lazy("Incidents"),
    "lives": gettext_lazy("Live rooms"),
    "record": gettext_lazy("Record"),
    "notes": gettext_lazy("Notes and people"),
}


class SubjectFilters(Filters):
    q = forms.CharField(label=gettext_lazy("Name or number"), required=False, max_length=200)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"), required=False, initial="store", choices=list(SUBJECT_KINDS.items())
    )
    tier = forms.ChoiceField(
        label=gettext_lazy("Reach"), required=False, choices=[("", gettext_lazy("Any reach")), *TIERS.items()]
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy(
            "Staff alone read it. It is on no page, in no file and no message outside this console."
        ),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


@staff_only
def search(request: HttpRequest) -> HttpResponse:
    filters = SubjectFilters(request.GET)
    wanted = filters.wanted()
    text, kind = wanted["q"].replace("\0", "").strip(), wanted["kind"]
    if text:
        found = about.named(kind, text, wanted["tier"]).values_list("pk", flat=True)
    else:
        found = about.largest(kind, wanted["tier"]).values_list("subject_id", flat=True)
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {"filters": filters, "text": text, "page": page, "rows": about.rows_of(kind, page.object_list)}
    return render(request, "console/dossier/search.html", context)


@staff_only
def detail(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    if (found := about.about(kind, subject_id)) is None:
        raise Http404
    if request.GET.get("piece") == "newest" and request.method != "POST":
        rows = incidents.newest(kind, subject_id, request.GET.getlist("metric"))
        return render(request, "console/dossier/_newest.html", {"rows": rows})
    form = NoteForm(request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm(WRITE):
            return not_permitted(request)
        if form.is_valid() and _note(request, found, form.cleaned_data["text"]):
            return redirect(_address(found, "notes"))
    part = "notes" if request.method == "POST" else request.GET.get("part", "")
    part = part if part in PARTS else ""
    context = {
        "about": found,
        "part": part,
        "parts": [(key, label, _address(found, key)) for key, label in PARTS.items()],
        "note_form": form,
        **_PARTS[part](request, found),
    }
    return render(request, f"console/dossier/{part or 'overview'}.html", context)


def _address(found: About, part: str) -> str:
    address = reverse("console:dossier", args=[found.kind, found.id])
    return f"{address}?part={part}" if part else address


def _note(request: HttpRequest, found: About, text: str) -> bool:
    try:
        note_write(kind=found.kind, subject_id=found.id, by=request.user, text=text)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, _("Noted."))
    return True


def _overview(request: HttpRequest, found: About) -> dict[str, Any]:
    return {
        "told": overview.told(found),
        "items": about.open_items(found),
        "flags": record.flags(found.kind, found.id).filter(state="open"),
        "actions": record.actions(found.kind, found.id).filter(state__in=about.IN_FORCE),
        "appeals": record.appeals(found.kind, found.id).filter(state="open"),
        "notes": notes_of(found.kind, found.id)[:1],
    }


def _weeks(request: HttpRequest, found: About) -> dict[str, Any]:
    return weeks.context(found, request.GET.get("weeks", ""))


def _incidents(request: HttpRequest, found: About) -> dict[str, Any]:
    return incidents.context(found, request.GET)


def _lives(request: HttpRequest, found: About) -> dict[str, Any]:
    page = _page(request, lives.sessions(found.kind, found.id), PAGE)
    return {"page": page, "lives": lives.lives(found.kind, found.id, page.object_list)}


def _record(request: HttpRequest, found: About) -> dict[str, Any]:
    of = (found.kind, found.id)
    lists = {
        "flags": record.flags(*of),
        "actions": record.actions(*of),
        "appeals": record.appeals(*of),
        "objections": record.objections(*of),
        "holds": record.holds(*of),
        "clearances": record.clearances(*of),
    }
    return {name: _page(request, rows, RECORD_PAGE, f"{name}-page") for name, rows in lists.items()}


def _notes(request: HttpRequest, found: About) -> dict[str, Any]:
    return {
        "page": _page(request, notes_of(found.kind, found.id), RECORD_PAGE),
        "members": about.members(found),
        "related": about.same_owner(found),
    }


def _page(request: HttpRequest, rows: Any, size: int, name: str = "page") -> Page:
    return Paginator(rows, size).get_page(request.GET.get(name, "1")[:9])


_PARTS: dict[str, Callable[[HttpRequest, About], dict[str, Any]]] = {
    "": _overview, "weeks": _weeks, "incidents": _incidents, "lives": _lives, "record": _record, "notes": _notes,
}  # fmt: skip
