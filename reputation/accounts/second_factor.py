"""Whether the person behind a request has shown a second factor."""

import time

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

_PROOFS = ("password", "mfa")


def second_factor_missing(request: HttpRequest) -> str:
    """Where a member of staff has to go first; nothing where a second factor is shown, or none is asked for."""
    if not settings.STAFF_SECOND_FACTOR:
        return ""
    if not has_second_factor(request):
        return reverse("mfa_activate_totp")
    if not _shown(request):
        return f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.get_full_path()})}"
    return ""


def has_second_factor(request: HttpRequest) -> bool:
    return Authenticator.objects.filter(user=request.user, type=Authenticator.Type.TOTP).exists()


def recently_proved(request: HttpRequest) -> bool:
    """Within the last minutes, by the strongest means that this account has."""
    wanted = ("mfa",) if has_second_factor(request) else _PROOFS
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    records = get_authentication_records(request, request.user)
    return any(record["method"] in wanted and record["at"] >= since for record in records)


def _shown(request: HttpRequest) -> bool:
    return any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
