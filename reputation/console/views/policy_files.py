"""A policy as a file: read, sent up, mended line by line, saved."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.base.time import market_day, now
from reputation.console.permitted import permitted, writes
from reputation.console.policies.editing import UneditableError, desk, differences
from reputation.console.policies.forms import FileForm, NoteForm
from reputation.console.policies.problems import Told, told
from reputation.console.policies.shown import read
from reputation.console.views import policy_editing
from reputation.governance.models import PolicyVersion
from reputation.governance.services import PolicyError, PolicyOutdated, policy_save
from scoring.policy import policy_read

SHIPPED = settings.ROOT / "policies" / "default.yaml"


@writes("governance.edit_policy")
def of_version(request: HttpRequest, version: int) -> HttpResponse:
    policy = get_object_or_404(PolicyVersion, version=version)
    if request.method == "POST":
        return _sent(request, policy)
    return file_page(request, FileForm(initial={"content": policy.text}), policy, policy_editing.newest_version())


@permitted("governance.edit_policy")
def new(request: HttpRequest) -> HttpResponse:
    """A file that no version is behind: the one that ships, or the reader's own."""
    if request.method == "POST":
        return _sent(request, None)
    shipped = SHIPPED.read_text("utf-8") if "shipped" in request.GET and SHIPPED.exists() else ""
    return file_page(request, FileForm(initial={"content": shipped}), None, policy_editing.newest_version())


def file_page(
    request: HttpRequest,
    form: FileForm,
    policy: PolicyVersion | None,
    newest: int,
    newer: PolicyVersion | None = None,
) -> HttpResponse:
    """`newer`: a version that somebody has saved meanwhile."""
    text = _text(form)
    checked = policy_read(text) if text.strip() else None
    lines = text.split("\n")
    context = {
        "form": FileForm(initial={"content": text}),
        "errors": form.errors.get("upload", []) if form.is_bound else [],
        "version": policy,
        "newest": newest,
        "newer": newer,
        "change": differences(read(newer), checked.policy) if newer and checked and checked.policy else None,
        "note": NoteForm(request.POST if newer else None),
        "checked": checked,
        "problems": [(one, _line(lines, one)) for one in map(told, checked.problems)] if checked else [],
        "lines": lines,
    }
    return render(request, "console/policies/file.html", context)


def _text(form: FileForm) -> str:
    """As typed or sent up; of a file that cannot be read, what was typed before."""
    if not form.is_bound:
        return str(form.initial.get("content", ""))
    return form.text() if form.is_valid() else str(form.data.get("content", "")).replace("\r\n", "\n")


def _line(lines: list[str], problem: Told) -> str:
    return lines[problem.line - 1].strip()[:200] if 0 < problem.line <= len(lines) else ""


def _sent(request: HttpRequest, policy: PolicyVersion | None) -> HttpResponse:
    form = FileForm(request.POST, request.FILES)
    newest = int(text) if (text := request.POST.get("newest", "")).isdecimal() and len(text) < 9 else 0
    deed = request.POST.get("deed", "check")
    if not form.is_valid() or deed not in ("form", "save"):
        return file_page(request, form, policy, newest)
    if deed == "save":
        return _save(request, form, policy, newest)
    try:
        return policy_editing.overview(request, desk(form.text()), policy, newest)
    except UneditableError:
        messages.warning(request, _("The form shows a policy once nothing in it is refused."))
        return file_page(request, form, policy, newest)


def _save(request: HttpRequest, form: FileForm, policy: PolicyVersion | None, newest: int) -> HttpResponse:
    note = NoteForm(request.POST)
    words = note.cleaned_data["note"] if note.is_valid() else ""
    try:
        saved = policy_save(
            content=form.text(), today=market_day(now()), by=by_user(request.user), note=words,
            base=policy.version if policy else None, newest=newest,
        )  # fmt: skip
    except PolicyOutdated as error:
        return file_page(request, form, policy, error.newer.version, error.newer)
    except PolicyError:
        return file_page(request, form, policy, newest)  # it names every problem
    messages.success(request, _("Saved as version %(version)s.") % {"version": saved.version})
    return redirect("console:policy", version=saved.version)
