"""Who sends a request, as far as that can be known."""

from django.conf import settings
from django.http import HttpRequest


def caller_address(request: HttpRequest) -> str:
    """The address of the one who calls: what the outermost of our own proxies saw.

    Each proxy appends to X-Forwarded-For the address that called it, and what stands before theirs may be forged. So
    with TRUSTED_PROXIES = n the n-th from the end counts, and with 0, or a header that is too short, the connection.
    """
    count: int = settings.TRUSTED_PROXIES
    seen = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if not count or len(seen) < count or not seen[-count]:
        return str(request.META["REMOTE_ADDR"])
    return seen[-count]
