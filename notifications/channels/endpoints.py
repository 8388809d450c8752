"""Allow-list of Web Push hosts. Endpoints come from browsers, so from anyone.

Checked when a browser registers and again before each push, because the list may have become shorter.
Development may add origins in `PUSH_TEST_ORIGINS`; production ignores that setting.
"""

import re

from django.conf import settings

LONGEST = 2000
VENDORS = frozenset({"fcm.googleapis.com"})
VENDOR_DOMAINS = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")

# Lower-case ASCII names only: no user, no address, no port but 443, no dot at the end, nothing to be decoded.
_ENDPOINT = re.compile(r"https://(?P<host>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9][a-z0-9-]*)+)(?::443)?/[!$-\[\]-~]*")


class EndpointRefused(ValueError):
    """An address that is not on the list."""


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
    """Whether it is a push service on this machine, for tests."""
    return settings.DEVELOPMENT and any(endpoint.startswith(f"{origin}/") for origin in settings.PUSH_TEST_ORIGINS)
