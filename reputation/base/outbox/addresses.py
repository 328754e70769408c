"""Which addresses a webhook may reach: a URL that somebody typed must not become a hand inside our own network."""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from django.conf import settings

Resolver = Callable[[str, int], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Metadata services of clouds that stand in no range which Python 3.11 knows to be private.
_METADATA = (ipaddress.ip_network("168.63.129.16/32"), ipaddress.ip_network("192.0.0.0/24"))


class AddressRefusedError(OSError):
    """The name leads to an address that is not on the public internet."""


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host, in the system's order of preference. Raises OSError where there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_kind, address in found))


def private_allowed(*, members: bool = False) -> bool:
    """Of what the platform's own people added, or `members`, whom the platform's network is no business of."""
    return bool(settings.WEBHOOK_MEMBERS_ALLOW_PRIVATE if members else settings.WEBHOOK_ALLOW_PRIVATE)


def addresses_checked(host: str, port: int, resolver: Resolver = resolve, *, members: bool = False) -> list[str]:
    """Where to connect to, and nowhere else: a second look-up could give another answer.

    Raises AddressRefusedError where any of the addresses is not public, OSError where there is none.
    """
    found = list(resolver(host, port))
    refused = [] if private_allowed(members=members) else [address for address in found if not is_public(address)]
    if refused and members:  # where it leads inside the platform's network is nothing for them to find out
        raise AddressRefusedError(f"{host} is not on the public internet")
    if refused:
        raise AddressRefusedError(f"{host} leads to {refused[0]}, which is not on the public internet")
    if not found:
        raise OSError(f"{host} has no address")
    return found


def is_public(text: str) -> bool:
    """Whether anyone on the internet could reach the address; one inside another (mapped, NAT64, 6to4) is what counts."""
    try:
        address = _innermost(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    metadata = any(address in network for network in _METADATA)
    return address.is_global and not address.is_multicast and not metadata


def _innermost(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(address.packed[-4:])
    if address.teredo:
        return ipaddress.IPv4Address(0)  # a tunnel to anywhere: never meant by a receiver
    return address.ipv4_mapped or address.sixtofour or address
