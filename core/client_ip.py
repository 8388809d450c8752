"""The client's IP address, read from X-Forwarded-For only where our own proxies wrote it."""

import functools
import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The client's address; None when unknown (a Unix socket, a header without an address).

    Each of our `settings.TRUSTED_PROXIES` proxies appends the address it saw to X-Forwarded-For, so the client is that
    many from the right; entries further left were written by the client. With fewer entries than proxies, or from a peer
    outside `settings.TRUSTED_PROXY_NETWORKS`, the request bypassed the proxies, and the peer itself is the client.
    """
    proxies: int = settings.TRUSTED_PROXIES
    header = request.headers.get("X-Forwarded-For")
    forwarded = header.split(",") if header else []
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if 0 < proxies <= len(forwarded) and _is_ours(peer):
        return _parsed(forwarded[-proxies])
    return peer


def came_through_proxies(request: HttpRequest) -> bool:
    """Whether one of our proxies sent the request, so that its headers can be trusted."""
    return settings.TRUSTED_PROXIES > 0 and _is_ours(_parsed(request.META.get("REMOTE_ADDR", "")))


def network(client: IPv4Address | IPv6Address) -> IPv4Network | IPv6Network:
    """The network of an address: IPv4 /24, IPv6 /48."""
    bits = 24 if client.version == 4 else 48
    return ipaddress.ip_network(f"{client}/{bits}", strict=False)


def _is_ours(peer: IPv4Address | IPv6Address | None) -> bool:
    # A peer without an address used a Unix socket, so it is on this machine.
    return peer is None or any(peer in network for network in _networks(tuple(settings.TRUSTED_PROXY_NETWORKS)))


@functools.cache
def _networks(spelled: tuple[str, ...]) -> list[IPv4Network | IPv6Network]:
    return [ipaddress.ip_network(network) for network in spelled]


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:443
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
