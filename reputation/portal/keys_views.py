"""Keys with which a store's or an anchor's own programs read what is about it. For owners alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reputation.base.audit import by_user
from reputation.base.keys import LONGEST_NAME, MOST_OF_A_SUBJECT, OWN_READ, api_key_create, api_keys, own_key_revoke
from reputation.base.models import ApiKey
from reputation.portal.access import members_only, owned_or_refused
from reputation.portal.makers import Makers


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def listing(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """A key is in the answer to the form alone: loading the page again cannot show it."""
    subject = owned_or_refused(request, kind, subject_id)
    context: dict[str, Any] = {"subject": subject, "most": MOST_OF_A_SUBJECT, "longest": LONGEST_NAME}
    if request.method == "POST" and request.POST.get("deed") == "revoke":
        return _revoked(request, kind, subject_id)
    if request.method == "POST":
        context |= _made(request, (kind, subject_id))
    makers = Makers(kind, subject_id)
    rows = [(key, makers.name(key.made_by), makers.left(key.made_by)) for key in api_keys((kind, subject_id))]
    live = [row for row in rows if row[0].revoked_at is None]
    context |= {"live": live, "revoked": [row for row in rows if row[0].revoked_at][::-1]}
    return render(request, "portal/keys.html", context | {"full": len(live) >= MOST_OF_A_SUBJECT})


def _made(request: HttpRequest, subject: tuple[str, str]) -> dict[str, Any]:
    name = request.POST.get("name", "")
    try:
        key, secret = api_key_create(name=name, scopes=[OWN_READ], by=by_user(request.user), subject=subject)
    except ValidationError as error:
        return {"wrong": error.messages, "name": name}
    return {"secret": secret, "made": key}


def _revoked(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    pk = request.POST.get("key", "")
    wanted = int(pk) if pk.isdecimal() and len(pk) < 19 else 0
    gone: list[ApiKey] = own_key_revoke(pk=wanted, subject=(kind, subject_id), by=by_user(request.user))
    for key in gone:
        messages.success(request, _("The key “%(name)s” is revoked: it opens nothing any more.") % {"name": key.name})
    return redirect("portal:api_keys", kind, subject_id)
