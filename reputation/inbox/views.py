"""Where the links of mails lead that stop them: without signing in, for the link itself says who may."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from reputation.inbox.kinds import LABELS
from reputation.inbox.services import mails_stop
from reputation.inbox.stopping import stop_of


# Exempt: a mail program posts here by itself (RFC 8058), and no cookie gives the right to; the token does.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Asks first: programs that look into mails open links, and must not stop anything by it."""
    found = stop_of(token)
    if found is not None and request.method == "POST":
        mails_stop(user=found.user, kinds=found.kinds)
    context = {
        "stop": found,
        "labels": [LABELS[kind] for kind in found.kinds] if found else [],
        "done": request.method == "POST",
    }
    answer = render(request, "inbox/stop.html", context, status=200 if found else 404)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
