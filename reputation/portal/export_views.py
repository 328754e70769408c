"""A subject's own data, as a download."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from reputation.base.time import now
from reputation.portal.access import members_only, subject_or_404
from reputation.portal.export import ExportBusyError, contents, export_make, file_name


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def export(request: HttpRequest, kind: str, subject_id: str) -> HttpResponseBase:
    """What would be in it; a POST makes it."""
    subject = subject_or_404(request, kind, subject_id)
    busy = False
    if request.method == "POST":
        try:
            file = export_make(subject=subject, by=request.user)  # type: ignore[arg-type] (members_only)
        except ExportBusyError:
            busy = True
        else:
            name = file_name(subject, now())
            return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    context = {"subject": subject, "parts": contents(), "busy": busy}
    return render(request, "portal/export.html", context, status=409 if busy else 200)
