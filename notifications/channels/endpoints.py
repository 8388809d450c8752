"""Where Web Push may go. The address comes from a browser, that is, from anyone: only the vendors' hosts are believed.

Checked when a browser registers and again each time before something is sent (the list may have become shorter).
Development may name origins of its own in `PUSH_TEST_ORIGINS`; production reads no such setting.
"""

import re

from django.conf import settings

LONGEST = 2000
VENDORS = frozenset({"fcm.googleapis.com"})
VENDOR_DOMAINS = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")

# Lower-case ASCII names only: no user, no address, no port but 443, no dot at the end, nothing to be decoded.
_ENDPOINT = re.compile(r"https://(?P<host>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+)(?::443)?/[!$-\[\]-~]*")


class EndpointRefused(ValueError):
    """Not a place we send to."""


def check(endpoint: str) -> None:
    """Raises EndpointRefused."""
    if len(endpoint) > LONGEST:
        raise EndpointRefused("too long")
    if is_test(endpoint):
        return
    found = _ENDPOINT.fullmatch(endpoint)
    if not found:
        raise EndpointRefused("not a push service's address")
    host = found["host"]
    if host not in VENDORS and not host.endswith(VENDOR_DOMAINS):
        raise EndpointRefused("not a push service we know")


def is_test(endpoint: str) -> bool:
    """A push service of this machine, for tests."""
    return settings.DEVELOPMENT and any(endpoint.startswith(f"{origin}/") for origin in settings.PUSH_TEST_ORIGINS)
