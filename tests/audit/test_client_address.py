"""The client's address cannot be forged with headers."""

from ipaddress import ip_address

import pytest
from django.test import RequestFactory

from core import client_ip

FORGED, TRUE, PROXY = "198.51.100.66", "203.0.113.9", "10.0.0.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "peer", "expected"),
    [
        (0, TRUE, PROXY, PROXY),  # no proxy: the client wrote the header
        (1, TRUE, PROXY, TRUE),
        (1, f"{FORGED}, {TRUE}", PROXY, TRUE),
        (1, FORGED, "203.0.113.9", TRUE),  # not in our networks: bypassed the proxy
        (1, TRUE, "", TRUE),  # through a Unix socket
        (1, f"{FORGED}, {FORGED}, {TRUE}", PROXY, TRUE),
        (2, f"{FORGED}, {TRUE}, 10.0.0.2", PROXY, TRUE),
        (2, TRUE, "192.0.2.4", "192.0.2.4"),  # bypassed our proxies
        (1, "", PROXY, PROXY),
        (1, "[2001:db8::8]:443", PROXY, "2001:db8::8"),
        (1, f"{TRUE}:4711", PROXY, TRUE),
        (0, "", "::ffff:203.0.113.9", TRUE),
        (1, f"{TRUE}, unknown", PROXY, None),
        (0, "", "", None),
    ],
)
def test_the_client_is_as_far_from_the_right_as_proxies_are_ours(settings, proxies, forwarded, peer, expected):
    settings.TRUSTED_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)

    assert client_ip.address(request) == (ip_address(expected) if expected else None)
