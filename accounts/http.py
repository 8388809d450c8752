"""Types of requests: before authentication, and with a signed-in user."""

from typing import Any

from accounts.models import User
from core.htmx import HtmxHttpRequest


class DeviceRequest(HtmxHttpRequest):
    """A request whose user may be anonymous.

    `device_token` is the device's new token: None leaves its cookie unchanged, an empty token deletes it.
    """

    user: Any
    _cached_user: Any
    device_token: str | None
    # The new value of the known device's cookie; None leaves it unchanged.
    known_device: str | None


class PersonRequest(DeviceRequest):
    user: User
