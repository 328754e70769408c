"""Who sends a request, as far as that can be known."""

from ipaddress import IPv6Network, ip_address

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


def caller_network(address: str) -> str:
    """Whom to count together: an IPv4 address, or the 64 bits of an IPv6 address that are given to one line. Whoever has
    such a line has all the 2^64 addresses of it."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4 or found.ipv4_mapped:
        return str(found if found.version == 4 else found.ipv4_mapped)
    return str(IPv6Network((int(found), 64), strict=False))
