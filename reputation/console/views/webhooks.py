from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy

from reputation.base.audit import by_user
from reputation.base.models import Delivery, WebhookEndpoint
from reputation.base.outbox import endpoints, selectors
from reputation.base.outbox.deeds import OF_STAFF, endpoint_deed
from reputation.base.outbox.events import EVENTS
from reputation.console.permitted import not_permitted, permitted

PAGE, NEWEST = 50, 20
CHANGING = "base.change_webhookendpoint"
STATES = {
    "waiting": gettext_lazy("to be sent"),
    "delivered": gettext_lazy("delivered"),
    "dead": gettext_lazy("dead letter"),
}


class EndpointForm(forms.Form):
    url = forms.CharField(label=gettext_lazy("Address"), widget=forms.URLInput, max_length=2000)
    events = forms.MultipleChoiceField(
        label=gettext_lazy("Events"), choices=[(event, event) for event in EVENTS], widget=forms.CheckboxSelectMultiple
    )


@permitted("base.view_webhookendpoint")
def listing(request: HttpRequest) -> HttpResponse:
    """A secret is in the answer to the form alone: loading the page again cannot show it."""
    context: dict[str, Any] = {"form": EndpointForm(request.POST or None)}
    if request.method == "POST":
        if not request.user.has_perm(CHANGING):
            return not_permitted(request)
        context |= _add(request, context["form"])
    context |= {
        "endpoints": selectors.endpoints(endpoints.PLATFORM),
        "newest": _rows(selectors.deliveries(subject=endpoints.PLATFORM)[:NEWEST]),
        "dead": _rows(selectors.deliveries(subject=endpoints.PLATFORM, state=Delivery.State.DEAD)[:NEWEST]),
    }
    return render(request, "console/webhooks.html", context)


def _add(request: HttpRequest, form: EndpointForm) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    try:
        endpoint, secret = endpoints.endpoint_create(**form.cleaned_data, by=by_user(request.user))
    except ValidationError as error:
        form.add_error("url", error)
        return {}
    return {"secret": secret, "secret_of": endpoint, "form": EndpointForm()}


@permitted("base.view_webhookendpoint")
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A store's or an anchor's own endpoint is no business of the platform's staff."""
    secret = ""
    found = selectors.endpoints(endpoints.PLATFORM).filter(pk=pk)
    if request.method == "POST":
        if not request.user.has_perm(CHANGING):
            return not_permitted(request)
        secret = _changed(request, pk) if found.exists() else ""
        if not secret:
            return redirect("console:webhook", pk=pk)
    if (endpoint := found.first()) is None:
        raise Http404
    return _shown(request, endpoint, secret)


def _shown(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    page = Paginator(selectors.deliveries(endpoint=endpoint.pk), PAGE).get_page(request.GET.get("page"))
    dead = selectors.deliveries(endpoint=endpoint.pk, state=Delivery.State.DEAD)[:PAGE]
    context = {
        "endpoint": endpoint, "secret": secret, "secret_of": endpoint, "page": page, "newest": _rows(page),
        "dead": _rows(dead), "both": endpoint.secret_count == endpoints.LIVE_SECRETS,
    }  # fmt: skip
    return render(request, "console/webhook.html", context)


def _rows(deliveries: Any) -> list[tuple[Delivery, str]]:
    return [(delivery, str(STATES[delivery.state])) for delivery in deliveries]


def _changed(request: HttpRequest, pk: int) -> str:
    """The new secret where the form asked for one. What cannot be done is told on the page."""
    asked = {"name": request.POST.get("deed", ""), "allowed": OF_STAFF, "by": by_user(request.user)}
    try:
        return endpoint_deed(**asked, pk=pk, sent=request.POST)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return ""
