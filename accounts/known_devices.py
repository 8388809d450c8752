"""Devices that a person has signed in from before; the limits count them apart.

Anybody can type wrong passwords for an address. Counted by the account alone, they would lock its owner out; so failures
count for one device that is known for the account, or for one network. The cookie opens nothing: it holds a random id of
the device and keyed hashes of the last few addresses that signed in with it.
"""

import datetime as dt
import secrets

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

from accounts import emails
from accounts.http import DeviceRequest
from accounts.models import User
from core import client_ip

LIFETIME = dt.timedelta(days=365)
# Addresses remembered by one device: a family shares one.
MOST = 5
_SALT = "accounts.known_devices"


def is_known(request: DeviceRequest, email: str) -> bool:
    return _hash(email) in _read(request)[1]


def source(request: DeviceRequest, email: str) -> str:
    """What attempts on an address are counted by: a device known for it, or the network."""
    device, _people = _read(request)
    return f"{emails.normalise(email)}|{device if is_known(request, email) else _network(request)}"


def remember(request: DeviceRequest, user: User) -> None:
    """Makes the device known for a person who has signed in."""
    device, people = _read(request)
    mine = _hash(user.email)
    latest = [mine, *(other for other in people if other != mine)][:MOST]
    request.known_device = signing.dumps([device or secrets.token_urlsafe(12), latest], salt=_SALT)


def _read(request: DeviceRequest) -> tuple[str, list[str]]:
    try:
        device, people = signing.loads(
            request.COOKIES.get(settings.KNOWN_DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=LIFETIME
        )
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return device, people


def _network(request: DeviceRequest) -> str:
    address = client_ip.address(request)
    return str(client_ip.network(address)) if address else "unknown"


def _hash(email: str) -> str:
    return salted_hmac(_SALT, emails.normalise(email), algorithm="sha256").hexdigest()[:32]
