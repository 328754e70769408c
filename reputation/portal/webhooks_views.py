"""Webhooks of a store or an anchor: its own events sent to its own systems. For owners alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from reputation.base.audit import by_user
from reputation.base.models import Delivery, WebhookEndpoint
from reputation.base.outbox import endpoints, selectors
from reputation.base.outbox.deeds import OF_MEMBERS, endpoint_deed
from reputation.base.outbox.events import OWN_EVENTS
from reputation.portal.access import members_only, owned_or_refused
from reputation.portal.makers import Makers

PAGE = 20
EVENT_WORDS = {
    "rating.changed": gettext_lazy("The star or its state changed overnight"),
    "action.started": gettext_lazy("A measure began"),
    "action.changed": gettext_lazy("A measure changed"),
    "action.ended": gettext_lazy("A measure ended"),
    "appeal.decided": gettext_lazy("An appeal is decided"),
    "complaint.opened": gettext_lazy("A complaint came in by the form of this site"),
    "complaint.answered": gettext_lazy("A complaint was answered"),
    "complaint.decided": gettext_lazy("A complaint is decided"),
}
STATES = {
    "waiting": gettext_lazy("to be sent"),
    "delivered": gettext_lazy("delivered"),
    "dead": gettext_lazy("dead letter"),
}


class EndpointForm(forms.Form):
    url = forms.CharField(label=gettext_lazy("Address"), widget=forms.URLInput, max_length=2000)
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"),
        choices=[(event, EVENT_WORDS[event]) for event in OWN_EVENTS],
        widget=forms.CheckboxSelectMultiple,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def listing(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """A secret is in the answer to the form alone: loading the page again cannot show it."""
    subject = owned_or_refused(request, kind, subject_id)
    context: dict[str, Any] = {"subject": subject, "form": EndpointForm(request.POST or None)}
    if request.method == "POST":
        context |= _added(request, context["form"], (kind, subject_id))
    found = list(selectors.endpoints((kind, subject_id)))
    makers = Makers(kind, subject_id)
    context["rows"] = [(hook, makers.name(hook.made_by), makers.left(hook.made_by)) for hook in found]
    context |= {"full": len(found) >= endpoints.MOST_OF_A_SUBJECT, "most": endpoints.MOST_OF_A_SUBJECT}
    return render(request, "portal/webhooks.html", context)


def _added(request: HttpRequest, form: EndpointForm, subject: tuple[str, str]) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    try:
        endpoint, secret = endpoints.endpoint_create(**form.cleaned_data, by=by_user(request.user), subject=subject)
    except ValidationError as error:
        form.add_error("url", error)
        return {}
    return {"secret": secret, "secret_of": endpoint, "form": EndpointForm()}


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def detail(request: HttpRequest, pk: int, kind: str, subject_id: str) -> HttpResponse:
    """Another's endpoint and one that does not exist are the same answer."""
    subject = owned_or_refused(request, kind, subject_id)
    found = selectors.endpoints((kind, subject_id)).filter(pk=pk)
    secret = ""
    if request.method == "POST" and found.exists():
        secret = _changed(request, pk)
        if not found.exists():
            messages.success(request, _("The webhook is removed, and with it what was due to it."))
            return redirect("portal:webhooks", kind, subject_id)
        if not secret:
            return redirect("portal:webhook", pk, kind, subject_id)
    if (endpoint := found.first()) is None:
        raise Http404
    return render(request, "portal/webhook.html", _shown(request, endpoint) | {"subject": subject, "secret": secret})


def _shown(request: HttpRequest, endpoint: WebhookEndpoint) -> dict[str, Any]:
    page = Paginator(selectors.deliveries(endpoint=endpoint.pk), PAGE).get_page(request.GET.get("page"))
    return {
        "endpoint": endpoint,
        "secret_of": endpoint,
        "page": page,
        "rows": _rows(page),
        "events": [EVENT_WORDS[event] for event in OWN_EVENTS if event in endpoint.events],
        "both": endpoint.secret_count == endpoints.LIVE_SECRETS,
    }


def _rows(deliveries: Iterable[Delivery]) -> list[tuple[Delivery, str, str]]:
    return [(one, str(EVENT_WORDS[one.event.event]), str(STATES[one.state])) for one in deliveries]


def _changed(request: HttpRequest, pk: int) -> str:
    """The new secret where the form asked for one. What cannot be done is told on the page."""
    asked = {"name": request.POST.get("deed", ""), "allowed": OF_MEMBERS, "by": by_user(request.user)}
    try:
        return endpoint_deed(**asked, pk=pk, sent=request.POST)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return ""
